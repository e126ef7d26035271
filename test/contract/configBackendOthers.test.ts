/** What the database holds beside the pair's own rows: ids of the past, and rows of other users. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { ConfigBackend } from '../../src/backend/backend.ts';
import type { ForeignRow } from '../../src/kea/kinds.ts';
import { plainRows } from '../support/objects.ts';
import { become, FULL_HOST, FULL_NETWORK, FULL_SUBNET, host, network, SCOPE, state, subnet } from '../support/rows.ts';
import { describeBackends, type Harness } from './backends.ts';

describeBackends('ConfigBackend', (current) => {
  let harness: Harness;
  let backend: ConfigBackend;
  beforeEach(() => {
    harness = current();
    ({ backend } = harness);
  });

  const observe = () => backend.observe(SCOPE);

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
    ])('are adopted when the desired state has their key: a row of %s', async (_, tags) => {
      await harness.foreignNetwork({ name: 'campus', 'renew-timer': 60 }, tags);
      await harness.foreignSubnet({ id: 9, subnet: '203.0.113.0/24', 'renew-timer': 60 }, tags);
      await harness.foreignHost(host(9, '02005e100001', { hostname: 'x' }).body);
      const desired = {
        networks: [network('campus')],
        subnets: [subnet(9, '203.0.113.0/24', { 'shared-network-name': 'campus' })],
        hosts: [host(9, '02005e100001', { hostname: 'y' })],
      };
      await become(backend, desired);
      const observed = await observe();
      expect(plainRows(observed.owned)).toEqual(state(desired));
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
      expect(plainRows((await observe()).owned)).toEqual(state({}));
      expect(await rows()).toEqual([
        { kind: 'host', item: { body: FULL_HOST.body }, serverTags: [] },
        { kind: 'network', item: { body: FULL_NETWORK.body }, serverTags: ['lab.pair'] },
        { kind: 'subnet', item: { body: FULL_SUBNET.body }, serverTags: ['lab.pair'] },
      ]);
    });

    it('are left without what the operator derived: nobody keeps it right any more', async () => {
      const { body, marker } = subnet(9, '203.0.113.0/24', { 'reservations-in-subnet': false });
      const derived = marker && { ...marker, derived: ['reservations-in-subnet'] };
      await become(backend, { subnets: [{ body, ...(derived && { marker: derived }) }] });
      expect((await observe()).owned.subnets.get(9)).toMatchObject({ body, marker: derived });
      await become(backend, { orphans: ['Subnet/lab/subnet-9'] });
      expect(await rows()).toEqual([
        { kind: 'subnet', item: { body: { id: 9, subnet: '203.0.113.0/24' } }, serverTags: ['lab.pair'] },
      ]);
    });
  });
});
