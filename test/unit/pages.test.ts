/** What people follow and copy from the pages: links lead somewhere, commands leave no kind out, objects are accepted. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { type ClientClass, type HAPair, kinds, type OptionDefinition, type Subnet } from '../../src/api/index.ts';
import type { KubeObject } from '../../src/runtime/object.ts';
import { compileWith, pair } from '../support/objects.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const pages = ['*.md', '.github/*.md', 'charts/**/*.md', 'docs/**/*.md', 'test/*/README.md'].flatMap((pattern) =>
  globSync(pattern, { cwd: ROOT }),
);
const textOf = (page: string): string => readFileSync(join(ROOT, page), 'utf8');
const withoutBlocks = (page: string): string => textOf(page).replaceAll(/^```.*?^```/gms, '');

/** Where the headings of a page can be linked to, as GitHub names them. */
const anchorsOf = (page: string): ReadonlySet<string> => {
  const anchors = new Set<string>();
  for (const [, heading = ''] of withoutBlocks(page).matchAll(/^#+ (.+)$/gm)) {
    const words = heading.toLowerCase().replaceAll(/\]\(.*?\)/g, '');
    const anchor = words.replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(' ', '-');
    // Of two headings with one text the second has a number.
    const same = [...anchors].filter((one) => one.replace(/-\d+$/, '') === anchor).length;
    anchors.add(same === 0 ? anchor : `${anchor}-${same}`);
  }
  return anchors;
};

const leadsNowhere = (page: string): readonly string[] =>
  [
    ...withoutBlocks(page)
      .replaceAll(/`[^`\n]*`/g, '')
      .matchAll(/\]\(([^)\s]+)\)/g),
  ].flatMap(([, link = '']) => {
    if (/^https?:/.test(link)) return [];
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? page : join(dirname(page), path);
    const leads = existsSync(join(ROOT, target)) && (anchor === undefined || anchorsOf(target).has(anchor));
    return leads ? [] : [link];
  });

describe.each(pages)('%s', (page) => {
  test('has no link that leads nowhere', () => {
    expect(leadsNowhere(page)).toEqual([]);
  });

  // What is left holds the others, as a ClientClass its HAPair.
  test('has no command that deletes some kinds and forgets others', () => {
    const commands = [...textOf(page).matchAll(/kubectl delete (?:crd )?([\w.,-]+(?: [\w.-]+\.kea-operator\.io)*)/g)];
    const forgetful = commands.flatMap(([command, words = '']) => {
      const plurals = new Set(words.split(/[ ,]/).map((word) => word.split('.')[0]));
      const named = kinds.filter(({ plural }) => plurals.has(plural));
      return named.length > 1 && named.length < kinds.length ? [command] : [];
    });
    expect(forgetful).toEqual([]);
  });
});

test('pages have links', () => {
  expect(pages.length).toBeGreaterThan(60);
});

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
