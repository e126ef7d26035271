/** The samples are what newcomers apply first: each object of them must be accepted. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import type {
  ClientClass,
  HAPair,
  HostReservation,
  OptionDefinition,
  SharedNetwork,
  Subnet,
} from '../../src/api/index.ts';
import { compileWith } from '../support/objects.ts';

const folder = fileURLToPath(new URL('../../manifests/samples/', import.meta.url));
const manifest = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().default('default') }),
});

const objects = readdirSync(folder)
  .flatMap((name) => parseAllDocuments(readFileSync(folder + name, 'utf8')))
  .map((document) => manifest.parse(document.toJS()));

const ofKind = <T>(kind: string, namespace: string): T[] =>
  objects.filter((object) => object.kind === kind && object.metadata.namespace === namespace) as T[];

test.each(['default', 'campus', 'branch'])('every sample of the namespace %s is accepted', (namespace) => {
  const [pair] = ofKind<HAPair>('HAPair', namespace);
  if (pair === undefined) throw new Error(`no HAPair in ${namespace}`);
  const children = {
    definitions: ofKind<OptionDefinition>('OptionDefinition', namespace),
    classes: ofKind<ClientClass>('ClientClass', namespace),
    networks: ofKind<SharedNetwork>('SharedNetwork', namespace),
    subnets: ofKind<Subnet>('Subnet', namespace),
    reservations: ofKind<HostReservation>('HostReservation', namespace),
  };
  const { verdicts, pending } = compileWith({ pair, ...children });
  expect([...verdicts].filter(([, verdict]) => !verdict.accepted)).toEqual([]);
  expect(verdicts.size).toBe(Object.values(children).flat().length);
  expect(pending.size).toBe(0);
});
