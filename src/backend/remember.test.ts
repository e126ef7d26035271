/** How long rows are kept in mind; what is known of them is the matter of the contract suite. */
import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fakeClock.ts';
import { memoryBackend } from '../../test/support/memoryBackend.ts';
import { become, clientClass, host, network, optionDef, SCOPE, subnet } from '../../test/support/rows.ts';
import { HostMap } from '../kea/partedMap.ts';
import { createIntake } from '../runtime/intake.ts';
import type { Observed } from './backend.ts';
import { rememberingBackend } from './remember.ts';

const open = (room = createIntake(100), bytes = 40) => {
  const backend = memoryBackend();
  let reads = 0;
  const counting: typeof backend = {
    ...backend,
    observe: (scope, signal, took) => {
      reads++;
      took?.(bytes);
      return backend.observe(scope, signal);
    },
  };
  const remembering = rememberingBackend(counting, createFakeClock(), 40_000, room);
  return { remembering, reads: () => reads };
};

describe('rows that were read', () => {
  it('are kept where there is room for them', async () => {
    const { remembering, reads } = open();
    await remembering.observe(SCOPE);
    await become(remembering, { subnets: [subnet(1, '10.0.0.0/24')] });
    await remembering.observe(SCOPE);
    expect(reads()).toBe(1);
  });

  it('are the same objects where they are read again and are as they were', async () => {
    const backend = memoryBackend();
    const clock = createFakeClock();
    const remembering = rememberingBackend(backend, clock, 40_000, createIntake(100));
    const hosts = [host(1, '02005e100001'), host(2, '02005e100002')];
    const subnets = [subnet(1, '10.0.0.0/24'), subnet(2, '10.0.1.0/24')];
    const others = { optionDefs: [optionDef('site', 222)], classes: [clientClass('gold', 1)] };
    await become(remembering, { ...others, networks: [network('campus')], subnets, hosts });
    const before = await remembering.observe(SCOPE);
    const again = async () => {
      await clock.advance(40_000);
      return remembering.observe(SCOPE);
    };
    const same = await again();
    expect(same.owned.optionDefs).toBe(before.owned.optionDefs);
    expect(same.owned.classes).toBe(before.owned.classes);
    expect(same.owned.networks).toBe(before.owned.networks);
    expect(same.owned.subnets).toBe(before.owned.subnets);
    const parts = ({ owned }: Observed) => [...HostMap.of(owned.hosts).parts.values()];
    expect(parts(same).map((part, at) => part === parts(before)[at])).toEqual([true, true]);
    // By hand, under the same marker.
    const edited = backend.rows.subnets.get(1);
    if (edited)
      backend.rows.subnets.set(1, { ...edited, item: { ...edited.item, body: { id: 1, subnet: '10.0.0.0/25' } } });
    const changed = await again();
    expect(changed.owned.subnets.get(1)?.body.subnet).toBe('10.0.0.0/25');
    expect(changed.owned.subnets.get(2)).toBe(before.owned.subnets.get(2));
  });

  it('are read again each time where there is none', async () => {
    const { remembering, reads } = open(createIntake(100), 101);
    await remembering.observe(SCOPE);
    expect(remembering.age()).toBe(Infinity);
    await become(remembering, { subnets: [subnet(1, '10.0.0.0/24')] });
    expect((await remembering.observe(SCOPE)).owned.subnets.size).toBe(1);
    expect(reads()).toBe(3);
  });

  it('make room for those of others, and for answers', async () => {
    const room = createIntake(100);
    const [one, other] = [open(room, 60), open(room, 30)];
    await one.remembering.observe(SCOPE);
    await other.remembering.observe(SCOPE);
    room.open(Infinity, () => undefined).take(20);
    expect([one.remembering.age(), other.remembering.age()]).toEqual([Infinity, 0]);
  });

  it('take no room any more once the backend is closed', async () => {
    const room = createIntake(100);
    const one = open(room, 90);
    await one.remembering.observe(SCOPE);
    await one.remembering.close();
    const other = open(room, 90);
    await other.remembering.observe(SCOPE);
    expect(other.remembering.age()).toBe(0);
  });
});
