/** The objects on the pages of kinds are what people copy: each must be accepted, and refused what is said to be. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { ClientClass, HAPair, OptionDefinition, Subnet } from '../../src/api/index.ts';
import type { KubeObject } from '../../src/runtime/object.ts';
import { compileWith, pair } from '../support/objects.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Of each block of YAML on a page the objects; parts of one are none. */
const objectsOn = (page: string): readonly KubeObject[][] =>
  [...readFileSync(`${ROOT}docs/kinds/${page}.md`, 'utf8').matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, block = '']) =>
    parseAllDocuments(block).flatMap((document) => {
      const object = document.toJS() as KubeObject;
      return 'kind' in object ? [{ ...object, metadata: { ...object.metadata, namespace: 'prod' } }] : [];
    }),
  );

const HEAD_OFFICE: HAPair = { ...pair(), metadata: { ...pair().metadata, name: 'head-office' } };

test.each(['clientclass', 'optiondefinition'])('every object on the page of %s is accepted', (page) => {
  const blocks = objectsOn(page);
  const ofKind = <T>(kind: string, objects: readonly KubeObject[]): T[] =>
    objects.filter((object) => object.kind === kind) as T[];
  const classes = ofKind<ClientClass>('ClientClass', blocks.flat());
  for (const objects of blocks) {
    const { verdicts } = compileWith({
      pair: HEAD_OFFICE,
      classes,
      definitions: ofKind<OptionDefinition>('OptionDefinition', objects),
      networks: [],
      subnets: ofKind<Subnet>('Subnet', objects),
      reservations: [],
    });
    expect([...verdicts].filter(([, verdict]) => !verdict.accepted)).toEqual([]);
    expect(verdicts.size).toBeGreaterThanOrEqual(objects.length);
  }
  expect(blocks.flat().length).toBeGreaterThan(4);
});
