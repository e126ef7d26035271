/** What one pass from objects to plan takes, of everything anew and of one change: no cluster, no database. */
import type { HostReservation, Subnet } from '../../src/api/index.ts';
import { rememberingBackend } from '../../src/backend/remember.ts';
import { takeSnapshot } from '../../src/compile/snapshot.ts';
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import type { LeaseSource } from '../../src/leases/source.ts';
import type { Cache } from '../../src/runtime/cache.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createIntake } from '../../src/runtime/intake.ts';
import type { KubeObject } from '../../src/runtime/object.ts';
import { followChildren, gather, type Sources } from '../../src/sync/gather.ts';
import { createRowsMemory, type Planned, planRows } from '../../src/sync/planRows.ts';
import { collectGarbage } from '../support/garbage.ts';
import { memoryBackend } from '../support/memoryBackend.ts';
import { DEFINITIONS, NAMESPACE, pair, reservation, SERVER_TAG, subnet, TO_PAIR } from '../support/objects.ts';
import { emptySources } from '../support/sources.ts';

export interface CompileResult {
  readonly reservations: number;
  readonly repetitions: number;
  readonly sizes: readonly SizeResult[];
}

interface SizeResult {
  readonly subnets: number;
  /** CPU time, ms, the least of all repetitions; `block` is the longest time that others waited, the least of them too. */
  readonly scratch: Cost;
  readonly change: Cost;
  /** What is remembered between two passes, MiB. */
  readonly memoryMiB: number;
}

interface Cost {
  readonly cpuMs: number;
  readonly blockMs: number;
}

interface Settings {
  readonly sizes: readonly number[];
  readonly reservations: number;
  readonly repetitions: number;
}

export const measureCompile = async (
  { sizes, reservations, repetitions }: Settings,
  say: (line: string) => void,
): Promise<CompileResult> => {
  const results: SizeResult[] = [];
  for (const subnets of sizes) {
    say(`  ${subnets} Subnets …`);
    results.push(await measureSize(subnets, reservations, repetitions));
  }
  return { reservations, repetitions, sizes: results };
};

const KEY = `${NAMESPACE}/hq` as const;
/** Nobody is asked: the database has all ids. */
export const NO_LEASES = {
  page: () => Promise.resolve({ leases: [] }),
  countActive: () => Promise.resolve(new Map<number, number>()),
  remaining: () => Promise.resolve(new Map()),
} as unknown as LeaseSource;
const { signal } = new AbortController();

const officeOf = (index: number): string => `${10 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
/** Of 256 addresses each, 50,000 of them in 10.0.0.0/8 would not do. */
const subnetOf = (index: number, version: number): Subnet => {
  const network = officeOf(index);
  const spec = {
    ...TO_PAIR,
    cidr: `${network}.0/24`,
    pools: [{ pool: `${network}.100-${network}.199` }],
    optionData: [{ name: 'routers', data: `${network}.${1 + (version % 90)}` }],
    deletionPolicy: 'Protect',
  };
  return at(subnet(`office-${index}`, spec, { age: index % 60, generation: version }), version);
};
const reservationOf = (index: number, host: number, version: number): HostReservation => {
  const hwAddress = (BigInt(index * 100 + host) + 0x02_00_00_00_00_00n).toString(16).padStart(12, '0');
  const spec = {
    subnetRef: { name: `office-${index}` },
    identifier: { hwAddress },
    ipAddress: `${officeOf(index)}.${10 + host}`,
    hostname: `host-${host}-${version}`,
  };
  return at(reservation(`host-${index}-${host}`, spec, { age: host, generation: version }), version);
};
const at = <T extends { readonly metadata: object }>(object: T, version: number): T => ({
  ...object,
  metadata: { ...object.metadata, resourceVersion: String(version) },
});

const measureSize = async (subnets: number, reservations: number, repetitions: number): Promise<SizeResult> => {
  const sources = emptySources();
  sources.pairs.replace([pair({ leaseStorage: 'PostgreSQL' })]);
  sources.subnets.replace(Array.from({ length: subnets }, (_, index) => subnetOf(index, 1)));
  sources.reservations.replace(
    Array.from({ length: subnets * reservations }, (_, index) =>
      reservationOf(Math.floor(index / reservations), index % reservations, 1),
    ),
  );
  const backend = rememberingBackend(memoryBackend(), systemClock, Infinity, createIntake(Infinity));
  const apply = async ({ plan, scope, observed }: Planned): Promise<void> => {
    await backend.apply(plan, scope, observed.revision, signal);
  };
  const passesOf = (from: Sources) => {
    const caches = followChildren(from);
    const memory = createRowsMemory();
    return async (): Promise<Planned> => {
      const { pair: of, children } = gather(caches, KEY);
      if (of === undefined) throw new Error('there is no pair');
      const snapshot = takeSnapshot(of, DHCPV4, children);
      return planRows(
        { clock: systemClock, memory: { rows: memory }, signal },
        { snapshot, serverTag: SERVER_TAG, definitions: DEFINITIONS, dropsLookups: false },
        { backend, leases: NO_LEASES },
      );
    };
  };

  /** Who follows the objects no longer than for one pass. */
  const once = async (): Promise<Planned> =>
    passesOf({
      pairs: sources.pairs,
      definitions: still(sources.definitions),
      classes: still(sources.classes),
      networks: still(sources.networks),
      subnets: still(sources.subnets),
      reservations: still(sources.reservations),
    })();
  // The rows of everything are there before anything is measured.
  await apply(await once());
  const scratch: Cost[] = [];
  for (let n = 0; n < SCRATCH; n++) scratch.push(await costOf(once));

  const before = heapMiB();
  const pass = passesOf(sources);
  await pass();
  const memoryMiB = Math.round(heapMiB() - before);
  const change: Cost[] = [];
  for (let n = 2; n < repetitions + 2; n++) {
    const index = (n * 7919) % subnets;
    if (n % 2 === 0) sources.subnets.put(subnetOf(index, n));
    else sources.reservations.put(reservationOf(index, n % reservations, n));
    let planned: Planned | undefined;
    change.push(
      await costOf(async () => {
        planned = await pass();
      }),
    );
    if (planned?.plan.changes.length !== 1) throw new Error(`one change became ${planned?.plan.changes.length}`);
    await apply(planned);
  }
  return { subnets, scratch: leastOf(scratch), change: leastOf(change), memoryMiB };
};

/** Everything is read anew so often. */
const SCRATCH = 3;

/** A cache that tells of no change. */
const still = <T extends KubeObject>(cache: Cache<T>): Cache<T> => ({
  ...cache,
  onChange: () => () => undefined,
});

const leastOf = (costs: readonly Cost[]): Cost => ({
  cpuMs: Math.min(...costs.map(({ cpuMs }) => cpuMs)),
  blockMs: Math.min(...costs.map(({ blockMs }) => blockMs)),
});

const costOf = async (work: () => Promise<unknown>): Promise<Cost> => {
  heapMiB();
  let blockMs = 0;
  let isOver = false;
  let last = performance.now();
  const look = (): void => {
    const now = performance.now();
    blockMs = Math.max(blockMs, now - last);
    last = now;
    if (!isOver) setImmediate(look);
  };
  setImmediate(look);
  const began = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(began);
  isOver = true;
  look();
  return { cpuMs: (user + system) / 1000, blockMs };
};

/** After what nobody needs any more is gone. */
export const heapMiB = (): number => {
  collectGarbage();
  return process.memoryUsage().heapUsed / 2 ** 20;
};
