/** The examples of GitOps are what people copy into their repositories: each object must be accepted. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type {
  ClientClass,
  HAPair,
  HostReservation,
  OptionDefinition,
  SharedNetwork,
  Subnet,
} from '../../src/api/index.ts';
import { manifestsIn } from '../support/argocd.ts';
import { compileWith } from '../support/objects.ts';

const BASE = fileURLToPath(new URL('../../examples/kustomize/base/', import.meta.url));

const objects = readdirSync(BASE)
  .filter((file) => file !== 'kustomization.yaml')
  .flatMap((file) => manifestsIn(readFileSync(BASE + file, 'utf8')))
  .map((object) => ({ ...object, metadata: { ...object.metadata, namespace: 'prod' } }));

const ofKind = <T>(kind: string): T[] => objects.filter((object) => object.kind === kind) as T[];

test('every object of the base is accepted', () => {
  const [pair] = ofKind<HAPair>('HAPair');
  if (pair === undefined) throw new Error('no HAPair');
  const { verdicts, pending } = compileWith({
    pair,
    definitions: ofKind<OptionDefinition>('OptionDefinition'),
    classes: ofKind<ClientClass>('ClientClass'),
    networks: ofKind<SharedNetwork>('SharedNetwork'),
    subnets: ofKind<Subnet>('Subnet'),
    reservations: ofKind<HostReservation>('HostReservation'),
  });
  expect([...verdicts].filter(([, verdict]) => !verdict.accepted)).toEqual([]);
  expect(verdicts.size).toBe(objects.length - 1);
  expect(pending.size).toBe(0);
});

test('the kustomization of the base names every file', () => {
  const [kustomization] = manifestsIn(readFileSync(`${BASE}kustomization.yaml`, 'utf8'));
  const files = readdirSync(BASE).filter((file) => file !== 'kustomization.yaml');
  expect((kustomization as { resources?: readonly string[] }).resources?.toSorted()).toEqual(files.toSorted());
});
