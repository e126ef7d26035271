import { describe, expect, it } from 'vitest';
import { makePair, topologyOf } from '../../test/support/pair.ts';
import { host, subnet } from '../../test/support/rows.ts';
import type { Change } from '../plan/plan.ts';
import type { PodState } from '../workload/podState.ts';
import { createMemory, driftIn, type Expected, learnAddresses } from './memory.ts';

const office = subnet(1, '192.0.2.0/24');
const other = subnet(1, '192.0.2.0/24', { 'renew-timer': 5 });
const printer = host(1, '02005e100001');
const seen: Expected = {
  digest: ({ kind, key }) => (kind === 'subnet' && key === 1 ? office.marker?.digest : undefined),
};

describe('driftIn', () => {
  const cases: readonly { readonly because: string; readonly change: Change; readonly drift: number }[] = [
    {
      because: 'a row that was right, is not, and is desired as before was changed by somebody else',
      change: { kind: 'subnet', op: 'update', key: 1, item: office, was: other, fields: ['renew-timer'] },
      drift: 1,
    },
    {
      because: 'so was one that is gone',
      change: { kind: 'subnet', op: 'create', key: 1, item: office },
      drift: 1,
    },
    {
      because: 'one whose Subnet says something else of its deletion was changed by nobody else',
      change: { kind: 'subnet', op: 'update', key: 1, item: office, was: office, fields: [] },
      drift: 0,
    },
    {
      because: 'another desired state explains a change',
      change: { kind: 'subnet', op: 'update', key: 1, item: other, was: office, fields: [] },
      drift: 0,
    },
    {
      because: 'a row that was not yet seen to be right has not drifted',
      change: { kind: 'subnet', op: 'create', key: 2, item: subnet(2, '198.51.100.0/24') },
      drift: 0,
    },
    {
      because: 'a host of the same key is another row',
      change: { kind: 'host', op: 'create', key: '1/hw-address/02005e100001', item: printer },
      drift: 0,
    },
    {
      because: 'a removal follows from the desired state',
      change: { kind: 'subnet', op: 'remove', key: 1, was: office },
      drift: 0,
    },
  ];
  it.each(cases)('$because', ({ change, drift }) => {
    expect(driftIn([change], seen)).toBe(drift);
  });

  it('a new process knows of no drift', () => {
    expect(driftIn([{ kind: 'subnet', op: 'create', key: 1, item: office }], createMemory().expected)).toBe(0);
  });
});

it('the addresses of a server are those of its own interfaces, and stay while its pod is being replaced', () => {
  const memory = createMemory();
  const [server] = topologyOf(makePair()).servers;
  if (server === undefined) throw new Error('no server');
  const learn = (pod: PodState) => Object.fromEntries(learnAddresses(memory, [{ server, pod }]));
  const addresses = [
    { interface: 'lan0', address: '198.51.100.2' },
    { interface: 'cni0', address: '10.244.0.1' },
  ];
  expect(learn({ exists: false, ready: false })).toEqual({ a: [] });
  expect(learn({ exists: true, ready: true, addresses })).toEqual({ a: ['198.51.100.2'] });
  expect(learn({ exists: false, ready: false })).toEqual({ a: ['198.51.100.2'] });
  expect(Object.fromEntries(learnAddresses(memory, []))).toEqual({});
});

it("of an interface that is served at one address, all addresses are the server's", () => {
  const [server] = topologyOf(makePair()).servers;
  if (server === undefined) throw new Error('no server');
  const served = { ...server, interfaces: ['lan0/192.0.2.2'] };
  const addresses = ['192.0.2.2', '198.51.100.2'].map((address) => ({ interface: 'lan0', address }));
  const learnt = learnAddresses(createMemory(), [{ server: served, pod: { exists: true, ready: true, addresses } }]);
  expect(Object.fromEntries(learnt)).toEqual({ a: ['192.0.2.2', '198.51.100.2'] });
});
