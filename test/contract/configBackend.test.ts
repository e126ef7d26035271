import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { StaleObservation } from '../../src/backend/backend.ts';
import type { ConfigBackend, ForeignRow } from '../../src/backend/backend.ts';
import { memoryBackend } from '../../src/backend/memory.ts';
import { hostKey } from '../../src/kea/state.ts';
import type { Host4, SharedNetwork4, Subnet4 } from '../../src/kea/state.ts';
import {
  FULL_HOST,
  FULL_NETWORK,
  FULL_SUBNET,
  SCOPE,
  become,
  host,
  network,
  planFor,
  state,
  subnet,
} from '../support/rows.ts';
import { startPostgres } from '../support/postgres.ts';
import type { TestPostgres } from '../support/postgres.ts';
import { openPostgresHarness } from './configBackendPostgres.ts';

/** A backend, and what other users of its database do. */
export interface Harness {
  readonly backend: ConfigBackend;
  foreignNetwork(body: SharedNetwork4, serverTags: readonly string[]): Promise<void>;
  foreignSubnet(body: Subnet4, serverTags: readonly string[]): Promise<void>;
  foreignHost(body: Host4): Promise<void>;
  lease(address: string, subnetId: number): Promise<void>;
  close(): Promise<void>;
}

const memoryHarness = (): Harness => {
  const backend = memoryBackend();
  return {
    backend,
    foreignNetwork: async (body, serverTags) => {
      await Promise.resolve(backend.rows.networks.set(body.name, { item: { body }, serverTags }));
    },
    foreignSubnet: async (body, serverTags) => {
      await Promise.resolve(backend.rows.subnets.set(body.id, { item: { body }, serverTags }));
    },
    foreignHost: async (body) => {
      await Promise.resolve(backend.rows.hosts.set(hostKey(body), { body }));
    },
    lease: async (address, subnetId) => {
      await Promise.resolve(backend.rows.leases.push({ address, subnetId }));
    },
    close: () => backend.close(),
  };
};

let server: TestPostgres;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

describe.each([
  ['memory', () => Promise.resolve(memoryHarness())],
  ['PostgreSQL', () => openPostgresHarness(server)],
] as const)('ConfigBackend in %s', (_, open) => {
  let harness: Harness;
  let backend: ConfigBackend;
  beforeEach(async () => {
    harness = await open();
    ({ backend } = harness);
  });
  afterEach(() => harness.close());

  const observe = () => backend.observe(SCOPE);

  it('says what is there: Kea’s schema, and that it can be written', async () => {
    expect(await backend.probe()).toEqual({ schemaVersion: '29.0', writable: true });
  });

  it('observes nothing in an empty database', async () => {
    const observed = await observe();
    expect(observed).toMatchObject({ owned: state({}), foreign: [], greatestSubnetId: 0 });
    expect([observed.ledger.size, observed.leaseSubnetIds.size]).toEqual([0, 0]);
  });

  it('gives back every field as it was written, with its marker', async () => {
    await become(backend, { networks: [FULL_NETWORK], subnets: [FULL_SUBNET], hosts: [FULL_HOST] });
    const { owned, foreign } = await observe();
    expect(owned).toEqual(state({ networks: [FULL_NETWORK], subnets: [FULL_SUBNET], hosts: [FULL_HOST] }));
    expect(foreign).toEqual([]);
  });

  it.each(['hw-address', 'duid', 'circuit-id', 'client-id', 'flex-id'] as const)(
    'keeps a reservation by %s, also a global one',
    async (type) => {
      const hosts = [
        host(0, '0a0b0c', { 'identifier-type': type }),
        host(7, '0a0b0c', { 'identifier-type': type, 'ip-address': '192.0.2.255' }),
      ];
      await become(backend, { subnets: [subnet(7, '192.0.2.0/24')], hosts });
      expect((await observe()).owned.hosts).toEqual(state({ hosts }).hosts);
    },
  );

  it('changes every field of a row, and takes what is left out away', async () => {
    await become(backend, { networks: [FULL_NETWORK], subnets: [FULL_SUBNET], hosts: [FULL_HOST] });
    const bare = {
      networks: [network('campus')],
      subnets: [subnet(FULL_SUBNET.body.id, '198.51.100.0/24')],
      hosts: [host(FULL_HOST.body['subnet-id'], FULL_HOST.body.identifier)],
    };
    await become(backend, bare);
    expect((await observe()).owned).toEqual(state(bare));
    await become(backend, { networks: [FULL_NETWORK], subnets: [FULL_SUBNET], hosts: [FULL_HOST] });
    expect((await observe()).owned).toEqual(
      state({ networks: [FULL_NETWORK], subnets: [FULL_SUBNET], hosts: [FULL_HOST] }),
    );
  });

  it('removes rows with all that belongs to them', async () => {
    await become(backend, { networks: [FULL_NETWORK], subnets: [FULL_SUBNET], hosts: [FULL_HOST] });
    await become(backend, {});
    expect(await observe()).toMatchObject({ owned: state({}), foreign: [] });
  });

  it('does nothing for an empty plan, not even with an old basis', async () => {
    const { revision } = await observe();
    await become(backend, { subnets: [subnet(1, '192.0.2.0/24')] });
    const now = await observe();
    expect(await backend.apply({ changes: [], withheld: [] }, SCOPE, revision)).toBe(revision);
    expect((await observe()).revision).toBe(now.revision);
  });

  it('returns the revision that the next observation has', async () => {
    const first = await become(backend, { subnets: [subnet(1, '192.0.2.0/24')] });
    expect((await observe()).revision).toBe(first);
    const second = await become(backend, { subnets: [subnet(1, '192.0.2.0/24')], hosts: [host(1, '02005e100001')] });
    expect((await observe()).revision).toBe(second);
    expect(second).not.toBe(first);
  });

  it.each([
    ['a subnet', { subnets: [subnet(2, '198.51.100.0/24')] }],
    ['a reservation', { hosts: [host(0, '02005e100002')] }],
  ])('refuses a plan that was made before somebody else wrote %s, and writes nothing of it', async (_, other) => {
    const observed = await observe();
    await become(backend, other);
    const before = await observe();
    const plan = planFor({ subnets: [subnet(1, '192.0.2.0/24')] }, observed);
    await expect(backend.apply(plan, SCOPE, observed.revision)).rejects.toThrow(StaleObservation);
    expect(await observe()).toEqual(before);
  });

  it('takes one of two writers that saw the same, and the other after it looked again', async () => {
    const observed = await observe();
    const wishes = [1, 2, 3, 4].map((id) => ({ subnets: [subnet(id, `192.0.${id}.0/24`)] }));
    const results = await Promise.allSettled(
      wishes.map((wish) => backend.apply(planFor(wish, observed), SCOPE, observed.revision)),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await observe()).owned.subnets.size).toBe(1);
  });

  it('leaves nothing of a plan that fails in the middle', async () => {
    await become(backend, { subnets: [subnet(1, '192.0.2.0/24')] });
    const before = await observe();
    const plan = {
      changes: [
        { kind: 'network', op: 'create', key: 'n', item: network('n') },
        { kind: 'host', op: 'create', key: '0/hw-address/02005e100001', item: host(0, '02005e100001') },
        { kind: 'subnet', op: 'create', key: 2, item: subnet(2, '192.0.2.0/24') },
      ],
      withheld: [],
    } as const;
    await expect(backend.apply(plan, SCOPE, before.revision)).rejects.toThrow();
    expect(await observe()).toEqual(before);
  });

  it('refuses to change a row that is gone', async () => {
    const observed = await observe();
    const [item, was] = [subnet(1, '192.0.2.0/24'), subnet(1, '192.0.2.0/24', { 'renew-timer': 1 })];
    const plan = { changes: [{ kind: 'subnet', op: 'update', key: 1, item, was, fields: [] }], withheld: [] } as const;
    await expect(backend.apply(plan, SCOPE, observed.revision)).rejects.toThrow(StaleObservation);
  });

  describe('moves', () => {
    it('a subnet into a new network while its old network goes', async () => {
      await become(backend, {
        networks: [network('old')],
        subnets: [subnet(1, '192.0.2.0/24', { 'shared-network-name': 'old' })],
      });
      const wish = {
        networks: [network('new')],
        subnets: [subnet(1, '192.0.2.0/24', { 'shared-network-name': 'new' })],
      };
      await become(backend, wish);
      expect((await observe()).owned).toEqual(state(wish));
    });

    it('a prefix from a subnet that goes to one that comes', async () => {
      await become(backend, { subnets: [subnet(1, '192.0.2.0/24')] });
      await become(backend, { subnets: [subnet(2, '192.0.2.0/24')] });
      expect((await observe()).owned).toEqual(state({ subnets: [subnet(2, '192.0.2.0/24')] }));
    });

    it('a reserved address from one client to another', async () => {
      const subnets = [subnet(1, '192.0.2.0/24')];
      await become(backend, { subnets, hosts: [host(1, '02005e100001', { 'ip-address': '192.0.2.9' })] });
      const wish = { subnets, hosts: [host(1, '02005e100002', { 'ip-address': '192.0.2.9' })] };
      await become(backend, wish);
      expect((await observe()).owned).toEqual(state(wish));
    });
  });

  describe('ids', () => {
    it('stay in the ledger when their rows are gone', async () => {
      await become(backend, { subnets: [subnet(7, '192.0.2.0/24')] });
      await become(backend, {});
      const { ledger, greatestSubnetId } = await observe();
      expect([...ledger]).toEqual([[7, { subnetId: 7, prefix: '192.0.2.0/24', object: 'Subnet/lab/subnet-7' }]]);
      expect(greatestSubnetId).toBe(7);
    });

    it('are known from foreign rows, reservations and leases too', async () => {
      await harness.foreignSubnet({ id: 20, subnet: '203.0.113.0/24' }, ['all']);
      expect((await observe()).greatestSubnetId).toBe(20);
      await harness.foreignHost(host(30, '02005e100001').body);
      expect((await observe()).greatestSubnetId).toBe(30);
      await harness.lease('192.0.2.10', 40);
      expect((await observe()).greatestSubnetId).toBe(40);
    });

    it('are found by the leases of a prefix', async () => {
      await harness.lease('192.0.2.10', 41);
      await harness.lease('192.0.2.200', 40);
      await harness.lease('192.0.2.201', 40);
      await harness.lease('192.0.3.1', 42);
      const { leaseSubnetIds } = await backend.observe({ ...SCOPE, prefixes: ['192.0.2.0/24', '198.51.100.0/24'] });
      expect([...leaseSubnetIds]).toEqual([['192.0.2.0/24', [40, 41]]]);
    });
  });

  describe('rows of others', () => {
    const rows = async () =>
      (await observe()).foreign.toSorted((a, b) => (a.kind < b.kind ? -1 : 1)) as readonly ForeignRow[];

    it('are told apart by marker and server tag', async () => {
      await harness.foreignNetwork({ name: 'theirs', 'renew-timer': 60 }, ['all']);
      await harness.foreignSubnet({ id: 9, subnet: '203.0.113.0/24' }, ['lab.pair']);
      await harness.foreignHost(host(9, '02005e100001', { hostname: 'x' }).body);
      await become(backend, { subnets: [subnet(1, '192.0.2.0/24')] });
      expect(await rows()).toEqual([
        { kind: 'host', item: { body: host(9, '02005e100001', { hostname: 'x' }).body }, serverTags: [] },
        { kind: 'network', item: { body: { name: 'theirs', 'renew-timer': 60 } }, serverTags: ['all'] },
        { kind: 'subnet', item: { body: { id: 9, subnet: '203.0.113.0/24' } }, serverTags: ['lab.pair'] },
      ]);
      expect([...(await observe()).owned.subnets.keys()]).toEqual([1]);
    });

    it('stay as they are whatever is written', async () => {
      await harness.foreignSubnet({ id: 9, subnet: '203.0.113.0/24' }, ['other']);
      const before = await rows();
      await become(backend, { subnets: [subnet(1, '192.0.2.0/24')] });
      await become(backend, {});
      expect(await rows()).toEqual(before);
    });

    it.each([
      ['the pair’s own tag', ['lab.pair']],
      ['all servers', ['all']],
      ['another pair', ['other']],
      ['several servers', ['lab.pair', 'other']],
      ['no server', []],
    ])('are adopted when the wish has their key: a row of %s', async (_, tags) => {
      await harness.foreignNetwork({ name: 'campus', 'renew-timer': 60 }, tags);
      await harness.foreignSubnet({ id: 9, subnet: '203.0.113.0/24', 'renew-timer': 60 }, tags);
      await harness.foreignHost(host(9, '02005e100001', { hostname: 'x' }).body);
      const wish = {
        networks: [network('campus')],
        subnets: [subnet(9, '203.0.113.0/24', { 'shared-network-name': 'campus' })],
        hosts: [host(9, '02005e100001', { hostname: 'y' })],
      };
      await become(backend, wish);
      const observed = await observe();
      expect(observed.owned).toEqual(state(wish));
      expect(observed.foreign).toEqual([]);
    });

    it('are what is left when a row is released: the same without the marker', async () => {
      await become(backend, { networks: [FULL_NETWORK], subnets: [FULL_SUBNET], hosts: [FULL_HOST] });
      await become(backend, {
        orphans: [
          'SharedNetwork/lab/campus',
          `Subnet/lab/subnet-${FULL_SUBNET.body.id}`,
          `HostReservation/lab/host-${FULL_SUBNET.body.id}-02005e100001`,
        ],
      });
      expect((await observe()).owned).toEqual(state({}));
      expect(await rows()).toEqual([
        { kind: 'host', item: { body: FULL_HOST.body }, serverTags: [] },
        { kind: 'network', item: { body: FULL_NETWORK.body }, serverTags: ['lab.pair'] },
        { kind: 'subnet', item: { body: FULL_SUBNET.body }, serverTags: ['lab.pair'] },
      ]);
    });
  });

  it('ends at once when it is aborted', async () => {
    const reason = new Error('enough');
    await expect(backend.observe(SCOPE, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
