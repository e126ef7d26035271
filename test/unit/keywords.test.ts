/** The table of keywords (src/kea/keywords.ts) is the source: what one more line in it brings, and what does not compile without its schema. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { objectSchema } from '../../src/api/crd.ts';
import { globalsFieldOf } from '../../src/api/families.ts';
import { haPairKind } from '../../src/api/haPair.ts';
import { hostReservationKind } from '../../src/api/hostReservation.ts';
import { networkFields } from '../../src/api/network.ts';
import { sharedNetworkKind } from '../../src/api/sharedNetwork.ts';
import type { Structural } from '../../src/api/structural.ts';
import { subnetKind } from '../../src/api/subnet.ts';
import { tableOf } from '../../src/kea/columns.ts';
import { FAMILIES } from '../../src/kea/families.ts';
import { type Field, fieldsAt, KEYWORDS, type Level, type Schemas } from '../../src/kea/keywords.ts';

const ROOT = join(import.meta.dirname, '../..');

describe('A keyword that is added by a line in the table and a line in the schema', () => {
  const ENTRY =
    "  'adaptive-lease-time-threshold': { kind: 'real', bounds: [0, 1], inherited: 'nearest', since: '3.1', at: EVERYWHERE },\n";
  const SCHEMA =
    "  adaptiveLeaseTimeThreshold: fraction('From which part of its pools in use on leases are short.').optional(),\n";
  let copy: string;
  let seen: Readonly<Record<string, unknown>>;

  const insert = (file: string, before: string, line: string): void => {
    const path = join(copy, file);
    const text = readFileSync(path, 'utf8');
    if (text.split(before).length !== 2) throw new Error(`${file} does not have ${JSON.stringify(before)} once`);
    writeFileSync(
      path,
      text.replace(before, () => line + before),
    );
  };
  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'keyword-'));
    for (const part of ['src', 'package.json', 'test/support/pair.ts'])
      cpSync(join(ROOT, part), join(copy, part), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
    insert('src/kea/keywords.ts', "  'valid-lifetime': {", ENTRY);
    insert('src/api/lifetimes.ts', '  validLifetime: seconds(', SCHEMA);
    for (const family of ['src/kea/dhcpv4.ts', 'src/kea/dhcpv6.ts']) {
      insert(family, "  'cache_max_age',\n", "  'adaptive_lease_time_threshold',\n");
      insert(family, "    'cache-max-age',\n", "    'adaptive-lease-time-threshold',\n");
    }
    writeFileSync(join(copy, 'look.ts'), LOOK);
    seen = JSON.parse(execFileSync(process.execPath, ['look.ts'], { cwd: copy, encoding: 'utf8' })) as typeof seen;
  }, 60_000);
  afterAll(() => {
    rmSync(copy, { recursive: true });
  });

  it.each(['HAPair', 'SharedNetwork', 'Subnet'])('is in the CustomResourceDefinition of %s', (kind) => {
    expect(seen.crds).toMatchObject({ [kind]: true });
  });

  it('is in the documentation, and its column is none of those that are left empty', () => {
    // In each of the two families' globals, in SharedNetwork and in Subnet: what it is, and the rule that it has.
    expect(seen.api).toBe(8);
    expect(seen.page).toEqual([
      '| `adaptive-lease-time-threshold` | number between 0 and 1 | configuration file | `adaptive_lease_time_threshold` | `adaptive_lease_time_threshold` |  |  |  |  |  |  | inherited; frozen by live commands; since Kea 3.1 |',
    ]);
  });

  it('is written to its column, and read from it', () => {
    expect(seen.written).toBe(0.6);
    expect(seen.read).toBe(0.6);
    expect(seen.empty).toBe(false);
  });

  it('is in Kea’s JSON, of live commands with the value of the network, and in the bootstrap configuration', () => {
    expect([seen.json, seen.live, seen.global]).toEqual([0.6, 0.3, 0.06]);
  });

  it('comes from the specification, and counts in comparisons', () => {
    expect([seen.scalar, seen.digest]).toEqual([0.6, true]);
  });
});

/** Runs in the copy: what its modules make of the keyword. */
const LOOK = `
import { generatedFiles } from './src/generate/files.ts';
import * as rows from './src/backend/postgres/rows.ts';
import { canonicalNetwork, canonicalSubnet } from './src/kea/canonical.ts';
import { digest } from './src/kea/digest.ts';
import { DHCPV4 } from './src/kea/dhcpv4.ts';
import { emptyColumns } from './src/kea/columns.ts';
import { liveSubnet, preflightFragment } from './src/kea/json.ts';
import { scalarsOf } from './src/compile/inherit.ts';
import { serverConfig } from './src/workload/bootstrap/config.ts';
import { makePair, topologyOf } from './test/support/pair.ts';

const files = generatedFiles();
const has = (path) => files.get(path).includes('adaptiveLeaseTimeThreshold');
const lines = (path, text) => files.get(path).split('\\n').filter((line) => line.includes(text));
const bare = { id: 1, subnet: '192.0.2.0/24' };
const subnet = { body: canonicalSubnet({ ...bare, 'adaptive-lease-time-threshold': 0.6 }) };
const network = canonicalNetwork({ name: 'n', 'adaptive-lease-time-threshold': 0.3 });
const record = rows.subnetRecord(DHCPV4, subnet);
const row = Object.fromEntries(rows.columnsOf(DHCPV4, 'subnet').map(([column]) => [column, record[column] ?? null]));
const pair = makePair({ dhcp4: { adaptiveLeaseTimeThreshold: 0.06 } });
const topology = topologyOf(pair);
const { config } = serverConfig({
  pair, topology, server: topology.servers[0], digestKey: '', files: {},
  database: { host: '', port: 1, name: '', user: '', password: '', sslMode: 'disable' },
});
console.log(JSON.stringify({
  crds: { HAPair: has('crds/hapairs.yaml'), SharedNetwork: has('crds/sharednetworks.yaml'), Subnet: has('crds/subnets.yaml') },
  api: lines('docs/reference/api.md', 'adaptiveLeaseTimeThreshold').length,
  page: lines('docs/reference/keywords.md', '| \\u0060adaptive-lease-time-threshold\\u0060 | number'),
  written: record.adaptive_lease_time_threshold,
  read: rows.subnetItem(DHCPV4, { ...row, tags: [], others: null }, { options: [], pools: [] }).body['adaptive-lease-time-threshold'],
  empty: emptyColumns(DHCPV4, 'subnet').includes('adaptive_lease_time_threshold'),
  json: preflightFragment(DHCPV4, { networks: [], subnets: [subnet] }).Dhcp4.subnet4[0]['adaptive-lease-time-threshold'],
  live: liveSubnet(DHCPV4, { body: bare }, network)['adaptive-lease-time-threshold'],
  global: config.Dhcp4['adaptive-lease-time-threshold'],
  scalar: scalarsOf({ adaptiveLeaseTimeThreshold: 0.6 })['adaptive-lease-time-threshold'],
  digest: digest(subnet.body) !== digest(canonicalSubnet(bare)),
}));
`;

describe('A keyword without its schema', () => {
  const MORE = {
    ...KEYWORDS,
    'adaptive-lease-time-threshold': { kind: 'real', at: { network: { in: 'column' }, subnet: { in: 'column' } } },
  } as const;
  type More = Schemas<'network', 4, typeof MORE>;

  it('does not compile', () => {
    // @ts-expect-error The schema of adaptive-lease-time-threshold is missing.
    networkFields satisfies More;
    // @ts-expect-error It is a number.
    ({ ...networkFields, adaptiveLeaseTimeThreshold: z.string().optional() }) satisfies More;
    ({ ...networkFields, adaptiveLeaseTimeThreshold: z.number().optional() }) satisfies More;
    expect(Object.keys(MORE)).toContain('adaptive-lease-time-threshold');
  });
});

describe('The table of keywords', () => {
  const shapeOf = (kind: Parameters<typeof objectSchema>[0], ...path: readonly string[]): Structural => {
    let schema: Structural | undefined = objectSchema(kind).properties?.spec;
    for (const name of path) {
      const inner: Structural | undefined = schema?.properties?.[name];
      schema = inner?.items ?? inner;
    }
    if (schema === undefined) throw new Error(`no schema at ${path.join('.')}`);
    return schema;
  };
  const SHAPES: Partial<Record<Level, Structural>> = {
    network: shapeOf(sharedNetworkKind),
    subnet: shapeOf(subnetKind),
    pool: shapeOf(subnetKind, 'pools'),
    'pd-pool': shapeOf(subnetKind, 'pdPools'),
    host: shapeOf(hostReservationKind),
    option: shapeOf(subnetKind, 'optionData'),
  };
  const bounded = FAMILIES.flatMap((family) =>
    Object.entries({ ...SHAPES, global: shapeOf(haPairKind, globalsFieldOf(family)) }).flatMap(([level, shape]) =>
      fieldsAt(level as Level, family.version).map(
        (field: Field) => [family.daemon, level, field.keyword, field, shape] as const,
      ),
    ),
  );

  it.each(bounded)('has the bounds of the schema: %s %s %s', (_daemon, _level, _, field, shape) => {
    const { kind, bounds, given } = field;
    const schema = shape.properties?.[given ?? field.field];
    if (bounds === undefined) {
      expect([schema?.minimum, schema?.maximum]).toEqual([undefined, undefined]);
      return;
    }
    const [least, most] = bounds;
    if (kind === 'text' || kind === 'octets') expect([0, schema?.maxLength]).toEqual([least, most]);
    // Excluding bounds are rules.
    else if (kind === 'integer') expect([schema?.minimum, schema?.maximum]).toEqual([least, most]);
  });

  const tables = FAMILIES.flatMap((family) =>
    (['network', 'subnet', 'pool', 'pd-pool'] as const).flatMap((level) => {
      const { name, columns } = tableOf(family.tables, level);
      return columns.length === 0 ? [] : [[name, columns, fieldsAt(level, family.version)] as const];
    }),
  );
  it.each(tables)('names columns that Kea has: %s', (_, columns, fields) => {
    const named = fields.flatMap((field: Field) => (field.in === 'column' ? field.columns : []));
    expect(named.filter((column) => !columns.includes(column))).toEqual([]);
  });
});
