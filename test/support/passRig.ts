/** Passes over memory alone: what surrounds them says nothing, or what a test has it say. */
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import type { Family } from '../../src/kea/family.ts';
import type { ConditionFacts, PassFacts, ServerFacts } from '../../src/metrics/pairs.ts';
import { createLogger } from '../../src/runtime/log.ts';
import { conditionsOf } from '../../src/status/conditions.ts';
import type { StatusWrite } from '../../src/status/types.ts';
import { followChildren } from '../../src/sync/gather.ts';
import { NO_LEASE_SOURCES } from '../../src/sync/leaseSources.ts';
import { passKeyOf } from '../../src/sync/passKey.ts';
import { createPasses, type ReconcileDeps } from '../../src/sync/reconcile.ts';
import { createSessions, type PairParts } from '../../src/sync/sessions.ts';
import { createFakeClock } from './fakeClock.ts';
import { pair, subnet, TO_PAIR } from './objects.ts';
import { emptySources } from './sources.ts';

const log = createLogger({ level: 'silent' });
export const office = subnet('office', { ...TO_PAIR, cidr: '10.0.0.0/24' });
const KEY = 'prod/hq';

/** Ends when the pass does, and not before. */
export const hang = (signal?: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal?.addEventListener('abort', () => {
      reject(signal.reason as Error);
    });
  });

const SILENT = {
  databases: { resolve: (...asked: unknown[]) => hang(asked.at(-1) as AbortSignal) },
  connections: { current: () => undefined, close: () => Promise.resolve() },
};

/** The passes of the pair hq, whose database says nothing. */
export const setup = (more: Partial<ReconcileDeps & PairParts> = {}, family: Family = DHCPV4) => {
  const clock = createFakeClock();
  const sources = emptySources();
  const caches = { ...followChildren(sources), ...sources };
  caches.pairs.replace([pair()]);
  caches.subnets.replace([office]);
  const published: (readonly StatusWrite[])[] = [];
  const first: (readonly StatusWrite[])[] = [];
  const told: (readonly ServerFacts[])[] = [];
  const facts: PassFacts[] = [];
  const conditions: (readonly ConditionFacts[])[] = [];
  const keep = (into: (readonly StatusWrite[])[]) => (writes: readonly StatusWrite[]) => {
    into.push(writes);
    return Promise.resolve();
  };
  const deps = {
    clock,
    caches,
    namespace: 'kea-system',
    client: {
      raw: () => Promise.resolve({ metadata: { uid: 'x' } }),
      list: () => Promise.resolve({ items: [] }),
      get: () => Promise.resolve(undefined),
      patch: () => Promise.resolve({}),
    },
    metrics: {
      phase: () => undefined,
      forget: () => undefined,
      forgetFamily: () => undefined,
      pass: (_: unknown, __: unknown, found: PassFacts) => {
        facts.push(found);
        told.push(found.servers);
      },
      conditions: (_: unknown, found: readonly ConditionFacts[]) => conditions.push(found),
    },
    nodes: () => new Map(['node1', 'node2'].map((name, index) => [name, { internalIPs: [`10.0.0.${index + 1}`] }])),
    pairs: () => caches.pairs.list(),
    notAllowed: () => undefined,
    hasPods: () => false,
    leaseSources: NO_LEASE_SOURCES,
    publisher: {
      publish: ({ statuses }: { statuses: readonly StatusWrite[] }) => keep(published)(statuses),
      publishFirst: keep(first),
      publishGreatestId: () => Promise.resolve(),
    },
    ...more,
    sessions: createSessions(() => ({ ...SILENT, ...more }) as unknown as PairParts),
  } as unknown as ReconcileDeps;
  const passes = createPasses(deps);
  const stop = new AbortController();
  const pass = async (key = passKeyOf(KEY, family)) => {
    const from = published.length;
    try {
      return await passes.reconcile(key, { signal: stop.signal, log });
    } finally {
      // What a pass says of the pair it says after what it says of the children.
      const said = published.splice(from);
      if (said.length > 0) published.push(said.flat());
    }
  };
  const late = () => passes.late(KEY, { signal: stop.signal });
  return { clock, caches, published, first, told, facts, conditions, stop, pass, late, sessions: deps.sessions };
};

export const saysOf = (writes: readonly StatusWrite[] | undefined, name: string) => {
  const write = writes?.find(({ object }) => object.metadata.name === name);
  return Object.fromEntries(
    [...conditionsOf(write?.status)].map(([type, { status, reason, message }]) => [
      type,
      `${status}/${reason}: ${message}`,
    ]),
  );
};

const TARGET = { host: 'db', port: 5432, name: 'kea', user: 'kea', password: '', sslMode: 'disable' };
/** The pass comes as far as to the servers. */
export const withDatabase = {
  databases: { resolve: () => Promise.resolve({ target: TARGET }) },
  workload: {
    ensure: () =>
      Promise.resolve({
        servers: [{ server: { name: 'a' }, pod: {}, wanted: { config: { Dhcp4: {} } } }],
        problems: [],
        schema: {},
      }),
  },
  connections: { connect: () => ({ servers: [] }), current: () => undefined, close: () => Promise.resolve() },
  settler: { look: (...asked: unknown[]) => hang(asked.at(-1) as AbortSignal) },
} as unknown as Partial<ReconcileDeps & PairParts>;
