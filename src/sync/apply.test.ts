import { describe, expect, it } from 'vitest';
import { memoryBackend } from '../../test/support/memoryBackend.ts';
import { type Desired, host, network, planned, SCOPE, subnet } from '../../test/support/rows.ts';
import { BackendRefused, type ConfigBackend } from '../backend/backend.ts';
import { type KeaClient, KeaRefused, KeaUnreachable } from '../kea/client.ts';
import { DHCPV4 } from '../kea/dhcpv4.ts';
import type { ObjectRef } from '../kea/state.ts';
import type { Change } from '../plan/plan.ts';
import { systemClock } from '../runtime/clock.ts';
import { LeadershipLost } from '../runtime/leader.ts';
import type { ServerSession } from '../servers/session.ts';
import type { Refusal } from '../status/types.ts';
import { type Applied, applyRows, tryRows } from './apply.ts';
import { createMemory, type PairMemory } from './memory.ts';

const GOING = new AbortController().signal;

/** A server that judges a fragment by its text: what it gives is thrown. */
const serverThat = (judge: (fragment: string) => Error | undefined, name = 'a', reachable = true): ServerSession => {
  const client: KeaClient = {
    name,
    family: DHCPV4,
    call: (_command, args) => {
      const error = judge(JSON.stringify(args));
      return error === undefined ? Promise.resolve(true as never) : Promise.reject(error);
    },
    close: () => Promise.resolve(),
  };
  return { client, lastView: () => ({ name, reachable }), expect: () => undefined } as unknown as ServerSession;
};
const HTTP_400 = new KeaRefused('config-test', 400, 'HTTP status 400: Bad Request');
const content = serverThat(() => undefined);

interface Given {
  readonly before?: Desired;
  readonly desired: Desired;
  readonly servers?: readonly ServerSession[];
  readonly backend?: ConfigBackend;
  readonly barred?: ReadonlyMap<ObjectRef, Refusal>;
  readonly memory?: PairMemory;
  readonly mustLead?: () => void;
}
const apply = async ({
  before,
  desired,
  servers = [content],
  backend = memoryBackend(),
  barred,
  memory = createMemory(),
  mustLead = () => undefined,
}: Given) => {
  const write = async (
    target: Desired,
    by: readonly ServerSession[],
    bars: Given['barred'] = new Map(),
  ): Promise<Applied> => {
    const plan = await planned(backend, target);
    const context = { clock: systemClock, signal: GOING, memory, mustLead };
    const tried = await tryRows(context, plan, by, bars);
    return applyRows(context, plan, tried, { backend, servers: by });
  };
  if (before) await write(before, [content]);
  const applied = await write(desired, servers, barred);
  const { owned } = await backend.observe(SCOPE);
  return { applied, rows: [...owned.networks.keys(), ...owned.subnets.keys(), ...owned.hosts.keys()] };
};

const office = subnet(1, '192.0.2.0/25');
const lab = subnet(2, '192.0.2.128/25');
const deep = subnet(3, '198.51.100.0/24', { 'user-context': { note: 'too deep' } });
const DEEP: ObjectRef = 'Subnet/lab/subnet-3';

describe('what a server cannot read', () => {
  const reader = serverThat((fragment) => (fragment.includes('too deep') ? HTTP_400 : undefined));

  it('is refused by name, and the others are written', async () => {
    const { applied, rows } = await apply({ desired: { subnets: [office, deep, lab] }, servers: [reader] });
    expect([...applied.refusals]).toEqual([[DEEP, { by: 'server', text: 'HTTP status 400: Bad Request' }]]);
    expect(rows).toEqual([1, 2]);
    expect([applied.waiting.size, applied.untried.size]).toEqual([0, 0]);
  });

  it('takes what hangs on it along, and nothing else', async () => {
    const hosts = [host(3, '02005e100003'), host(1, '02005e100001')];
    const { applied, rows } = await apply({ desired: { subnets: [office, deep], hosts }, servers: [reader] });
    expect([...applied.refusals.keys()]).toEqual([DEEP]);
    expect(rows).toEqual([1, '1/hw-address/02005e100001']);
  });
});

describe('a server that cannot judge', () => {
  const anything = serverThat(() => new KeaRefused('config-test', 2, 'not supported'), 'b');

  it('blames no object: another one is asked', async () => {
    const { applied, rows } = await apply({ desired: { subnets: [office] }, servers: [content, anything] });
    expect([applied.refusals.size, rows]).toEqual([0, [1]]);
  });

  it.each([
    [
      'it refuses even nothing',
      [anything],
      'waiting for a server that can try the change before it is written: b refuses even a test of nothing: not supported',
    ],
    [
      'it does not know us',
      [serverThat(() => new KeaUnreachable('a: config-test: HTTP status 401'))],
      'waiting for a server that can try the change before it is written: a: config-test: HTTP status 401',
    ],
    [
      'it does not answer',
      [serverThat(() => undefined, 'a', false)],
      'waiting for a server that answers, as one has to try the change before it is written: see the condition WorkloadAvailable of the HAPair',
    ],
  ])('and is the only one holds back what is new, with the reason, and no more: %s', async (_, servers, message) => {
    const before = { networks: [network('campus')], subnets: [office, lab] };
    const desired = { networks: [network('campus')], subnets: [subnet(1, '192.0.2.0/25', { 'renew-timer': 7 }), deep] };
    const { applied, rows } = await apply({ before, desired, servers });
    const problem = { reason: 'ServersUnreachable', message };
    expect([...applied.untried]).toEqual([
      ['Subnet/lab/subnet-1', problem],
      [DEEP, problem],
    ]);
    expect([applied.refusals.size, rows]).toEqual([0, ['campus', 1]]);
  });

  it('lets a row be put right that was changed by hand, in a network that was not', async () => {
    const backend = memoryBackend();
    const memory = createMemory();
    const member = subnet(1, '192.0.2.0/25', { 'shared-network-name': 'campus' });
    const desired = { networks: [network('campus')], subnets: [member] };
    await apply({ desired, backend, memory });
    const bad = { ...member, body: { ...member.body, 'renew-timer': 9 } };
    backend.rows.subnets.set(1, { item: bad, serverTags: [SCOPE.serverTag] });
    const { applied } = await apply({ desired, backend, memory, servers: [anything] });
    expect([applied.changes.length, applied.untried.size]).toEqual([1, 0]);
  });
});

/** A database that does not take rows of which this is true; it names of the first such batch those at fault. */
const databaseThat = (refuses: (change: Change) => boolean): ConfigBackend => {
  const backend = memoryBackend();
  return {
    ...backend,
    apply: (plan, scope, basis, signal) => {
      const [first] = plan.changes.filter(refuses);
      if (first === undefined) return backend.apply(plan, scope, basis, signal);
      const same = plan.changes.filter(
        (change) => refuses(change) && change.kind === first.kind && change.op === first.op,
      );
      return Promise.reject(new BackendRefused('no', new Map(same.map((change) => [change, 'value too long']))));
    },
  };
};

describe('what the database refuses', () => {
  const of = (...keys: readonly unknown[]) => databaseThat(({ key }) => keys.includes(key));
  const REFUSED: Refusal = { by: 'database', text: 'value too long' };
  const campus = network('campus');
  const inside = subnet(4, '203.0.113.0/24', { 'shared-network-name': 'campus' });
  const guest = (id: number) => host(id, `02005e10000${id}`);

  const cases: readonly [because: string, Given, refused: readonly ObjectRef[], rows: readonly unknown[]][] = [
    [
      'is said of its object, and the others are written',
      { desired: { subnets: [office, lab, deep] }, backend: of(2) },
      ['Subnet/lab/subnet-2'],
      [1, 3],
    ],
    [
      'is found in one kind after the other',
      { desired: { networks: [campus], subnets: [office, lab], hosts: [guest(1)] }, backend: of('campus', 2) },
      ['SharedNetwork/lab/campus', 'Subnet/lab/subnet-2'],
      [1, '1/hw-address/02005e100001'],
    ],
    [
      'takes what hangs on it along',
      {
        desired: { networks: [campus], subnets: [office, inside], hosts: [guest(4), guest(1)] },
        backend: of('campus'),
      },
      ['SharedNetwork/lab/campus'],
      [1, '1/hw-address/02005e100001'],
    ],
    [
      'leaves what there was',
      {
        before: { subnets: [office] },
        desired: { subnets: [subnet(1, '192.0.2.0/25', { 'renew-timer': 7 }), lab] },
        backend: databaseThat(({ op, key }) => op === 'update' && key === 1),
      },
      ['Subnet/lab/subnet-1'],
      [1, 2],
    ],
    [
      'may be a removal: the row stays, and what is to take its place waits',
      {
        before: { subnets: [office] },
        desired: { subnets: [subnet(5, '192.0.2.0/25'), lab] },
        backend: databaseThat(({ op }) => op === 'remove'),
      },
      ['Subnet/lab/subnet-1'],
      [1, 2],
    ],
  ];
  it.each(cases)('%s', async (_, given, refused, rows) => {
    const result = await apply(given);
    expect([...result.applied.refusals]).toEqual(refused.map((ref) => [ref, REFUSED]));
    expect(result.rows).toEqual(rows);
  });

  it('is not tried again until it changes', async () => {
    const memory = createMemory();
    const tried: number[] = [];
    const backend = databaseThat(({ key }) => key === 2);
    const counting: ConfigBackend = {
      ...backend,
      apply: (plan, ...rest) => {
        tried.push(plan.changes.length);
        return backend.apply(plan, ...rest);
      },
    };
    const desired = { subnets: [office, lab] };
    await apply({ desired, backend: counting, memory });
    const { applied } = await apply({ desired, backend: counting, memory });
    expect(tried).toEqual([2, 1, 0]);
    expect([...applied.refusals]).toEqual([['Subnet/lab/subnet-2', REFUSED]]);
  });

  it('fails the pass where it is none of the changes', async () => {
    const backend = {
      ...memoryBackend(),
      apply: () => Promise.reject(new BackendRefused('the table of tags is full')),
    };
    await expect(apply({ desired: { subnets: [office] }, backend })).rejects.toThrow('the table of tags is full');
  });

  it('is no endless work: what is found is remembered, and the rest is for the next pass', async () => {
    const memory = createMemory();
    let writes = 0;
    const slow: ConfigBackend = {
      ...memoryBackend(),
      // One at a time, of 30.
      apply: (plan) => {
        writes++;
        const [change] = plan.changes;
        return Promise.reject(new BackendRefused('no', new Map(change ? [[change, 'no']] : [])));
      },
    };
    const subnets = Array.from({ length: 30 }, (_, index) => subnet(index + 1, `10.0.${index}.0/24`));
    await expect(apply({ desired: { subnets }, backend: slow, memory })).rejects.toThrow(BackendRefused);
    expect([writes, memory.refused.size]).toEqual([10, 10]);
  });
});

it('writes nothing where another process may lead', async () => {
  const backend = memoryBackend();
  const mustLead = () => {
    throw new LeadershipLost('late');
  };
  await expect(apply({ desired: { subnets: [office] }, backend, mustLead })).rejects.toThrow(LeadershipLost);
  expect(backend.rows.subnets.size).toBe(0);
});

it('writes no row for an object that must not have one, and those of the others', async () => {
  const barred = new Map<ObjectRef, Refusal>([[DEEP, { by: 'API server', text: 'too large' }]]);
  const memory = createMemory();
  const { applied, rows } = await apply({
    desired: { subnets: [office, deep], hosts: [host(3, '02005e100003')] },
    barred,
    memory,
  });
  expect([...applied.refusals]).toEqual([...barred]);
  expect(rows).toEqual([1]);
  // It is asked for anew in each pass.
  expect(memory.refused.size).toBe(0);
});
