import { beforeEach, describe, expect, it } from 'vitest';
import { type ConfigBackend, StaleObservation } from '../../src/backend/backend.ts';
import type { OptionData } from '../../src/kea/state.ts';
import { plainRows } from '../support/objects.ts';
import {
  become,
  clientClass,
  FULL,
  FULL_HOST,
  FULL_NETWORK,
  FULL_SUBNET,
  host,
  network,
  optionDef,
  planFor,
  SCOPE,
  state,
  subnet,
} from '../support/rows.ts';
import { describeBackends } from './backends.ts';

const EVERYTHING = {
  optionDefs: [FULL[4].optionDef],
  classes: [FULL[4].clientClass],
  networks: [FULL_NETWORK],
  subnets: [FULL_SUBNET],
  hosts: [FULL_HOST],
};

const ROUTERS: OptionData = { code: 3, space: 'dhcp4', data: '192.0.2.254', 'csv-format': true };

describeBackends('ConfigBackend', (current) => {
  let backend: ConfigBackend;
  beforeEach(() => {
    ({ backend } = current());
  });

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
    await become(backend, EVERYTHING);
    const { owned, foreign } = await observe();
    expect(owned).toEqual(state(EVERYTHING));
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
    await become(backend, EVERYTHING);
    const bare = {
      optionDefs: [optionDef('site-servers', 222)],
      classes: [clientClass('Gold', 5)],
      networks: [network('campus')],
      subnets: [subnet(FULL_SUBNET.body.id, '198.51.100.0/24')],
      hosts: [host(FULL_HOST.body['subnet-id'], FULL_HOST.body.identifier)],
    };
    await become(backend, bare);
    expect(plainRows((await observe()).owned)).toEqual(state(bare));
    await become(backend, EVERYTHING);
    expect(plainRows((await observe()).owned)).toEqual(state(EVERYTHING));
  });

  it('removes rows with all that belongs to them', async () => {
    await become(backend, EVERYTHING);
    await become(backend, {});
    expect(await observe()).toMatchObject({ owned: state({}), foreign: [] });
  });

  it('commits nothing where it is told so when all is written, and is as before', async () => {
    await become(backend, { subnets: [subnet(1, '192.0.2.0/25')] });
    const before = await observe();
    const plan = planFor({ subnets: [subnet(2, '192.0.2.128/25')] }, before);
    const no = new Error('another process leads');
    const writing = backend.apply(plan, SCOPE, before.revision, undefined, () => {
      throw no;
    });
    await expect(writing).rejects.toBe(no);
    expect(await observe()).toEqual(before);
    await backend.apply(plan, SCOPE, before.revision, undefined, () => undefined);
    expect([...(await observe()).owned.subnets.keys()]).toEqual([2]);
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
    const desires = [1, 2, 3, 4].map((id) => ({ subnets: [subnet(id, `192.0.${id}.0/24`)] }));
    const results = await Promise.allSettled(
      desires.map((desired) => backend.apply(planFor(desired, observed), SCOPE, observed.revision)),
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
      const desired = {
        networks: [network('new')],
        subnets: [subnet(1, '192.0.2.0/24', { 'shared-network-name': 'new' })],
      };
      await become(backend, desired);
      expect(plainRows((await observe()).owned)).toEqual(state(desired));
    });

    it('a prefix from a subnet that goes to one that comes', async () => {
      await become(backend, { subnets: [subnet(1, '192.0.2.0/24')] });
      await become(backend, { subnets: [subnet(2, '192.0.2.0/24')] });
      expect(plainRows((await observe()).owned)).toEqual(state({ subnets: [subnet(2, '192.0.2.0/24')] }));
    });

    it('a reserved address from one client to another', async () => {
      const subnets = [subnet(1, '192.0.2.0/24')];
      await become(backend, { subnets, hosts: [host(1, '02005e100001', { 'ip-address': '192.0.2.9' })] });
      const desired = { subnets, hosts: [host(1, '02005e100002', { 'ip-address': '192.0.2.9' })] };
      await become(backend, desired);
      expect(plainRows((await observe()).owned)).toEqual(state(desired));
    });

    describe('reservations to other clients:', () => {
      const [a, b, c] = ['02005e100001', '02005e100002', '02005e100003'];
      /** The reservation that was made for the first of the clients. */
      const of = (first: string, mac: string, address: string) => ({
        ...host(1, first),
        body: host(1, mac, { 'ip-address': address, hostname: `of-${first}`, 'option-data': [ROUTERS] }).body,
      });
      const was = [of(a, a, '192.0.2.1'), of(b, b, '192.0.2.2')];
      it.each([
        { what: 'one', hosts: [of(a, c, '192.0.2.1'), of(b, b, '192.0.2.2')] },
        { what: 'two that swap them', hosts: [of(a, b, '192.0.2.1'), of(b, a, '192.0.2.2')] },
        { what: 'two that swap them and their addresses', hosts: [of(a, b, '192.0.2.2'), of(b, a, '192.0.2.1')] },
        { what: 'two that swap their addresses', hosts: [of(a, a, '192.0.2.2'), of(b, b, '192.0.2.1')] },
        { what: 'one to the client that the next gives up', hosts: [of(a, b, '192.0.2.1'), of(b, c, '192.0.2.2')] },
      ])('$what', async ({ hosts }) => {
        const subnets = [subnet(1, '192.0.2.0/24')];
        await become(backend, { subnets, hosts: was });
        const desired = { subnets, hosts };
        await become(backend, desired);
        expect(plainRows((await observe()).owned)).toEqual(state(desired));
      });
    });
  });

  it('ends at once when it is aborted', async () => {
    const reason = new Error('enough');
    await expect(backend.observe(SCOPE, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
