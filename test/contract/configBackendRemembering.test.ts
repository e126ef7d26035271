import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Observed, StaleObservation } from '../../src/backend/backend.ts';
import { type RememberingBackend, rememberingBackend } from '../../src/backend/remember.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { randomFrom } from '../support/random.ts';
import { become, type Desired, host, network, planFor, SCOPE, subnet } from '../support/rows.ts';
import { openPostgresHarness } from './configBackendPostgres.ts';

const TRUST_MS = 40_000;

let server: TestPostgres;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

/** Reservations as one map, whatever parts it is made of. */
const plain = ({ owned, ...rest }: Observed) => ({ ...rest, owned: { ...owned, hosts: new Map(owned.hosts) } });

describe('A backend that remembers what it read', () => {
  let harness: Awaited<ReturnType<typeof openPostgresHarness>>;
  let backend: RememberingBackend;
  let reads: number;
  let later = 0;

  beforeEach(async () => {
    harness = await openPostgresHarness(server);
    [reads, later] = [0, 0];
    const counting = {
      ...harness.backend,
      observe: (...args: Parameters<typeof harness.backend.observe>) => {
        reads++;
        return harness.backend.observe(...args);
      },
    };
    const clock = { ...systemClock, monotonic: () => systemClock.monotonic() + later };
    backend = rememberingBackend(counting, clock, TRUST_MS);
  });
  afterEach(() => harness.close());

  const OFFICE = subnet(1, '10.0.0.0/24');
  const LAB = subnet(2, '10.0.1.0/24');

  it('knows after any changes of its own what the database holds', async () => {
    const random = randomFrom(11);
    const names = ['north', 'south'] as const;
    const timers = [100, 200, undefined] as const;
    const timer = () => {
      const chosen = random.pick(timers);
      return chosen === undefined ? {} : { 'renew-timer': chosen };
    };
    let [remembered, passes] = [0, 0];
    for (let pass = 0; pass < 60; pass++) {
      const networks = names.filter(() => random.chance(0.8)).map((name) => network(name, timer()));
      const subnets = [1, 2, 3, 4, 5]
        .filter(() => random.chance(0.8))
        .map((id) => {
          const home = random.chance(0.5) ? networks[0]?.body.name : undefined;
          return subnet(id, `10.0.${id}.0/24`, {
            ...timer(),
            ...(home === undefined ? {} : { 'shared-network-name': home }),
          });
        });
      const hosts = [1, 2, 3]
        .filter(() => random.chance(0.7))
        .map((n) => host(n, `02005e10000${n}`, { hostname: `h${random.below(3)}` }));
      const orphans = random.chance(0.1) ? (['Subnet/lab/subnet-5'] as const) : [];
      const policies = new Map(
        subnets.map(({ body }) => [body.id, random.pick(['Protect', 'Delete', 'Orphan'] as const)]),
      );
      const definitions = new Map([['subnet', `uid ${random.below(2)}`] as const]);
      const before = reads;
      await become(backend, { networks, subnets, hosts, orphans, policies, definitions });
      expect(plain(await backend.observe(SCOPE)), `pass ${pass}`).toEqual(plain(await harness.backend.observe(SCOPE)));
      passes++;
      if (reads === before) remembered++;
    }
    expect(remembered, `of ${passes} passes`).toBeGreaterThan(10);
  });

  it.each<[sentence: string, first: Desired, then: Desired, reads: number]>([
    ['a changed row', { subnets: [OFFICE] }, { subnets: [subnet(1, '10.0.0.0/24', { 'renew-timer': 7 })] }, 1],
    ['a new row', { subnets: [OFFICE] }, { subnets: [OFFICE, LAB] }, 1],
    ['a removed row', { subnets: [OFFICE, LAB] }, { subnets: [OFFICE] }, 1],
    ['a row that is let go of', { subnets: [OFFICE, LAB] }, { subnets: [OFFICE], orphans: ['Subnet/lab/subnet-2'] }, 2],
  ])('reads no more than it has to after %s', async (_, first, then, expected) => {
    await become(harness.backend, first);
    await become(backend, then);
    await backend.observe(SCOPE);
    expect(reads).toBe(expected);
  });

  it('reads again when somebody else announced a change', async () => {
    await become(backend, { subnets: [OFFICE] });
    await become(harness.backend, { subnets: [OFFICE, LAB] });
    expect([...(await backend.observe(SCOPE)).owned.subnets.keys()]).toEqual([1, 2]);
  });

  it('finds what was changed in silence once its knowledge is old', async () => {
    await become(backend, { subnets: [OFFICE] });
    await harness.foreignSubnet({ id: 9, subnet: '10.9.0.0/24' }, ['all']);
    expect((await backend.observe(SCOPE)).foreign).toEqual([]);
    expect(backend.age()).toBeLessThan(TRUST_MS);
    later = TRUST_MS;
    expect(await backend.observe(SCOPE)).toMatchObject({ foreign: [{ item: { body: { id: 9 } } }] });
    expect(backend.age()).toBeLessThan(TRUST_MS);
  });

  it('asks about the leases of prefixes that it was not asked about before', async () => {
    await become(backend, { subnets: [OFFICE] });
    await harness.lease('10.0.7.5', 70);
    const { leaseSubnetIds } = await backend.observe({ ...SCOPE, prefixes: ['10.0.7.0/24'] });
    expect(leaseSubnetIds).toEqual(new Map([['10.0.7.0/24', [70]]]));
  });

  it('believes nothing after a change that failed', async () => {
    await become(backend, { subnets: [OFFICE] });
    const observed = await backend.observe(SCOPE);
    await become(harness.backend, { subnets: [OFFICE, LAB] });
    const late = backend.apply(planFor({ subnets: [] }, observed), SCOPE, observed.revision);
    await expect(late).rejects.toThrow(StaleObservation);
    expect(backend.age()).toBe(Infinity);
    expect((await backend.observe(SCOPE)).owned.subnets.size).toBe(2);
  });
});
