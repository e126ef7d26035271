/** What many Subnets of both families and many classes cost, from objects to rows of a real PostgreSQL: no cluster. */
import type { ClientClass, Subnet } from '../../src/api/index.ts';
import { openBackend } from '../../src/backend/open.ts';
import { takeSnapshot } from '../../src/compile/snapshot.ts';
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import { DHCPV6 } from '../../src/kea/dhcpv6.ts';
import { ipFamilyOf } from '../../src/kea/families.ts';
import type { Family } from '../../src/kea/family.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { followChildren, gather } from '../../src/sync/gather.ts';
import { createRowsMemory, planRows } from '../../src/sync/planRows.ts';
import { clientClass, DEFINITIONS, NAMESPACE, pair, SERVER_TAG, subnet, TO_PAIR } from '../support/objects.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { emptySources } from '../support/sources.ts';
import { heapMiB, NO_LEASES } from './compile.ts';

export interface FamiliesResult {
  readonly classes: number;
  readonly sizes: readonly FamilySize[];
}

/** Of one family; CPU time of the operator's process, ms. */
export interface FamilySize {
  readonly ipFamily: string;
  readonly subnets: number;
  /** Reads the empty database, judges every object, and plans. */
  readonly compileMs: number;
  /** Writes all rows, in one transaction: by the clock, as PostgreSQL does its part. */
  readonly applySeconds: number;
  /** The next pass: reads all rows and finds them right. */
  readonly againMs: number;
  /** What is remembered after it, MiB. */
  readonly memoryMiB: number;
}

interface Settings {
  readonly sizes: readonly number[];
  readonly classes: number;
}

export const measureFamilies = async (
  { sizes, classes }: Settings,
  say: (line: string) => void,
): Promise<FamiliesResult> => {
  const postgres = await startPostgres();
  const results: FamilySize[] = [];
  try {
    for (const family of [DHCPV4, DHCPV6]) {
      for (const subnets of sizes) {
        say(`  ${subnets} Subnets of ${ipFamilyOf(family)} …`);
        results.push(await measureSize(postgres, family, subnets, classes));
      }
    }
  } finally {
    await postgres.stop();
  }
  return { classes, sizes: results };
};

const KEY = `${NAMESPACE}/hq` as const;
const { signal } = new AbortController();

/** Three options each, and a pool for the clients of one of the classes. */
const subnetOf = ({ version }: Family, index: number, classes: number): Subnet => {
  const guard = [`class-${index % classes}`];
  const [high, low] = [index >> 8, index & 255];
  const spec =
    version === 4
      ? {
          cidr: `10.${high}.${low}.0/24`,
          pools: [{ pool: `10.${high}.${low}.100-10.${high}.${low}.199`, clientClasses: guard }],
          optionData: [
            { name: 'routers', data: `10.${high}.${low}.1` },
            { name: 'domain-name-servers', data: '192.0.2.53, 192.0.2.54' },
            { name: 'domain-name', data: `office-${index}.example.org` },
          ],
        }
      : {
          cidr: `2001:db8:${index.toString(16)}::/64`,
          pools: [{ pool: `2001:db8:${index.toString(16)}::1000/116`, clientClasses: guard }],
          optionData: [
            { name: 'dns-servers', data: '2001:db8:ffff::53, 2001:db8:ffff::54' },
            { name: 'domain-search', data: `office-${index}.example.org` },
            { name: 'sntp-servers', data: '2001:db8:ffff::123' },
          ],
        };
  return subnet(`office-${index}`, { ...TO_PAIR, ...spec, deletionPolicy: 'Protect' }, { age: index % 60 });
};

/** Every second one asks for the members of the one before. */
const classOf = (family: Family, index: number): ClientClass => {
  const test = `option[${family.version === 4 ? 60 : 16}].hex == 0x${index.toString(16).padStart(4, '0')}`;
  const spec = {
    ...TO_PAIR,
    ipFamily: ipFamilyOf(family),
    order: 0,
    test: index % 2 === 0 ? test : `member('class-${index - 1}') and ${test}`,
    validLifetime: 600 + index,
  };
  return clientClass(`class-${index}`, spec);
};

const measureSize = async (
  postgres: TestPostgres,
  family: Family,
  subnets: number,
  classes: number,
): Promise<FamilySize> => {
  const ipFamily = ipFamilyOf(family);
  const database = await postgres.database();
  const backend = openBackend(database.target, family);
  try {
    const before = heapMiB();
    const sources = emptySources();
    sources.pairs.replace([pair({ leaseStorage: 'PostgreSQL', ipFamilies: [ipFamily] })]);
    sources.classes.replace(Array.from({ length: classes }, (_, index) => classOf(family, index)));
    sources.subnets.replace(Array.from({ length: subnets }, (_, index) => subnetOf(family, index, classes)));
    const objects = heapMiB() - before;
    const caches = followChildren(sources);
    const memory = { rows: createRowsMemory() };
    const plan = async () => {
      const { pair: of, children } = gather(caches, KEY);
      if (of === undefined) throw new Error('there is no pair');
      return planRows(
        { clock: systemClock, memory, signal },
        {
          snapshot: takeSnapshot(of, family, children),
          serverTag: SERVER_TAG,
          definitions: DEFINITIONS,
          dropsLookups: false,
        },
        { backend, leases: NO_LEASES },
      );
    };
    const [compileMs, planned] = await cpuOf(plan);
    if (planned.plan.changes.length !== subnets + classes) {
      throw new Error(`${subnets + classes} objects became ${planned.plan.changes.length} changes`);
    }
    const began = performance.now();
    await backend.apply(planned.plan, planned.scope, planned.observed.revision, signal);
    const applySeconds = (performance.now() - began) / 1000;
    const [againMs, again] = await cpuOf(plan);
    if (again.plan.changes.length > 0)
      throw new Error(`${again.plan.changes.length} rows are not as they were written`);
    const memoryMiB = Math.round(heapMiB() - before - objects);
    return { ipFamily, subnets, compileMs, applySeconds, againMs, memoryMiB };
  } finally {
    await backend.close();
    await database.drop();
  }
};

const cpuOf = async <T>(work: () => Promise<T>): Promise<readonly [number, T]> => {
  heapMiB();
  const began = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(began);
  return [(user + system) / 1000, result];
};
