/** ClientClasses and OptionDefinitions: what becomes of them, and who keeps them. */
import { describe, expect, it } from 'vitest';
import {
  clientClass,
  compileWith,
  definition,
  messageOf,
  network,
  pair,
  reservation,
  sceneOf,
  subnet,
  TO_PAIR,
  verdictOf,
} from '../../test/support/objects.ts';
import { OFFICE, office } from '../../test/support/office.ts';
import type { ClientClass, Subnet } from '../api/index.ts';
import type { ObjectRef } from '../kea/state.ts';
import type { Children, Compiled } from './types.ts';

const GOLD = 'ClientClass/prod/gold';
const QUEUE = 'OptionDefinition/prod/queue';
const gold = clientClass('gold', { test: "member('phones')", order: -5 });
const phones = clientClass('phones', { test: "option[60].hex == 'phone'", validLifetime: 600 });
const queue = definition('queue', { code: 224, type: 'uint16' });
const guarded = office({ pools: [{ pool: '10.0.0.10-10.0.0.20', clientClasses: ['gold'] }] });

const places = ({ desired }: Compiled): Readonly<Record<string, number>> =>
  Object.fromEntries([...desired.classes].map(([name, { body }]) => [name, body['order-index']]));

describe('classes of a pair', () => {
  it('get rows in the order in which they ask for one another, then in that of order, then of names', () => {
    const last = clientClass('alpha', { order: 7 });
    const compiled = compileWith(sceneOf({ classes: [last, gold, phones, clientClass('beta', {})] }));
    expect(verdictOf(compiled, GOLD)).toBe('accepted');
    const found = places(compiled);
    expect(Object.keys(found).sort((a, b) => (found[a] ?? 0) - (found[b] ?? 0))).toEqual([
      'beta',
      'phones',
      'gold',
      'alpha',
    ]);
    expect(compiled.desired.classes.get('phones')?.body).toMatchObject({
      test: "option[60].hex == 'phone'",
      'valid-lifetime': 600,
    });
  });

  it('keep their places while others come and go', () => {
    const before = compileWith(sceneOf({ classes: [gold, phones] }));
    const after = compileWith(sceneOf({ classes: [gold, phones, clientClass('beta', {})] }), { owned: before.desired });
    expect(places(after)).toMatchObject(places(before));
    const again = compileWith(sceneOf({ classes: [gold, phones] }), { owned: before.desired });
    expect(again.desired.classes.get('gold')).toEqual(before.desired.classes.get('gold'));
  });

  it('define option 43 for themselves where they have it, as that of the servers does not reach them', () => {
    const printers = clientClass('printers', { optionData: [{ code: 43, data: '0102AABB', csvFormat: false }] });
    const compiled = compileWith(sceneOf({ classes: [printers] }));
    expect(verdictOf(compiled, 'ClientClass/prod/printers')).toBe('accepted');
    expect(compiled.desired.classes.get('printers')?.body['option-def']).toMatchObject([{ code: 43, type: 'binary' }]);
  });

  it('go by the names that they say', () => {
    const compiled = compileWith(sceneOf({ classes: [clientClass('gold', { name: 'Gold Clients' })] }));
    expect([...compiled.desired.classes.keys()]).toEqual(['Gold Clients']);
  });

  it('make their clients known to pools, which wait for them until then', () => {
    const without = compileWith(sceneOf({ subnets: [guarded] }));
    expect(verdictOf(without, OFFICE)).toBe('UnknownClientClass');
    const classes = compileWith(sceneOf({ subnets: [guarded], classes: [gold, phones] }));
    expect(verdictOf(classes, OFFICE)).toBe('accepted');
  });

  it('may ask for members of classes that reservations give alone, and say that they hang on these', () => {
    const desk = reservation('desk', {
      subnetRef: { name: 'office' },
      identifier: { hwAddress: '02:00:5e:10:00:01' },
      clientClasses: ['phones'],
    });
    const compiled = compileWith(sceneOf({ subnets: [office()], reservations: [desk], classes: [gold] }));
    expect(verdictOf(compiled, GOLD)).toBe('accepted');
    expect(compiled.desired.classes.get('gold')?.body).toMatchObject({ 'depend-on-known': true });
  });
});

describe('what is rejected, with a message that names field and remedy', () => {
  it.each<{ because: string; in: Partial<Children>; ref: ObjectRef; reason: string; says: string }>([
    {
      because: 'a class that asks for members of one that is not there',
      in: { classes: [gold] },
      ref: GOLD,
      reason: 'UnknownClientClass',
      says: 'test: there is no client class phones, of which it asks for members: it waits until there is one; create it, or correct the name',
    },
    {
      because: 'classes that ask for one another',
      in: { classes: [gold, clientClass('phones', { test: "member('gold')" })] },
      ref: GOLD,
      reason: 'ClassCycle',
      says: 'test: its classes ask for one another in a circle (gold, phones, gold)',
    },
    {
      because: 'a class of a rejected one',
      in: { classes: [gold, clientClass('phones', { test: 'nonsense' })] },
      ref: GOLD,
      reason: 'UnknownClientClass',
      says: 'there is no client class phones',
    },
    {
      because: 'an expression that is none',
      in: { classes: [clientClass('gold', { test: 'option[60].hex ==' })] },
      ref: GOLD,
      reason: 'InvalidSpec',
      says: 'test: it ends at character 18, where',
    },
    {
      because: 'a second class of a name',
      in: { classes: [clientClass('gold', {}, { age: 2 }), clientClass('other', { name: 'gold' }, { age: 1 })] },
      ref: GOLD,
      reason: 'NameConflict',
      says: 'ClientClass prod/other is a client class gold already: give one of them another name, or delete it',
    },
    {
      because: 'a second definition of a code',
      in: {
        definitions: [
          definition('queue', { code: 224, type: 'string' }, { age: 2 }),
          definition('other', { code: 224, type: 'uint8' }),
        ],
      },
      ref: QUEUE,
      reason: 'NameConflict',
      says: 'OptionDefinition prod/other is a definition of option queue, or of code 224',
    },
    {
      because: 'a definition of what Kea defines itself',
      in: { definitions: [definition('queue', { code: 6, type: 'uint16' })] },
      ref: QUEUE,
      reason: 'InvalidSpec',
      says: 'code: option 6',
    },
    {
      because: 'an option of a class that is guarded by one that is not there',
      in: {
        classes: [
          clientClass('gold', { optionData: [{ name: 'routers', data: '10.0.0.1', clientClasses: ['nobody'] }] }),
        ],
      },
      ref: GOLD,
      reason: 'UnknownClientClass',
      says: 'optionData[0].clientClasses: there is no client class nobody',
    },
  ])('$because', ({ in: children, ref, reason, says }) => {
    const compiled = compileWith(sceneOf(children));
    expect(verdictOf(compiled, ref)).toBe(reason);
    expect(messageOf(compiled, ref)).toContain(says);
  });

  it('keeps the row that it has already', () => {
    const before = compileWith(sceneOf({ classes: [gold, phones] }));
    const wrong = clientClass('phones', { test: 'nonsense' });
    const after = compileWith(sceneOf({ classes: [gold, wrong] }), { owned: before.desired });
    expect(after.desired.classes.get('phones')).toEqual(before.desired.classes.get('phones'));
    expect(verdictOf(after, GOLD)).toBe('accepted');
  });
});

describe('what is being deleted', () => {
  const leaving = clientClass('gold', { test: "member('phones')", order: -5 }, { deleting: true });

  it('stays while somebody refers to it, and says who', () => {
    const before = compileWith(sceneOf({ subnets: [guarded], classes: [gold, phones] }));
    const after = compileWith(sceneOf({ subnets: [guarded], classes: [leaving, phones] }), { owned: before.desired });
    expect(after.deletions.get(GOLD)).toEqual({
      state: 'held',
      reason: 'ReferencesExist',
      message: 'it stays, as Subnet prod/office still refers to it: correct them, or delete them first',
    });
    expect(after.desired.classes.has('gold')).toBe(true);
    expect(verdictOf(after, OFFICE)).toBe('accepted');
  });

  const option = { name: 'domain-name', data: 'example.org', clientClasses: ['gold'] };
  it.each<{ because: string; user: Partial<Children>; name: string }>([
    {
      because: 'an option of a Subnet',
      user: { subnets: [office({ optionData: [option] })] },
      name: 'Subnet prod/office',
    },
    {
      because: 'an option of a pool',
      user: { subnets: [office({ pools: [{ pool: '10.0.0.10-10.0.0.20', optionData: [option] }] })] },
      name: 'Subnet prod/office',
    },
    {
      because: 'an option of a SharedNetwork',
      user: { networks: [network('campus', { ...TO_PAIR, optionData: [option] })] },
      name: 'SharedNetwork prod/campus',
    },
    {
      because: 'an option of another class',
      user: { classes: [clientClass('alpha', { optionData: [option] })] },
      name: 'ClientClass prod/alpha',
    },
    {
      because: 'a reservation that gives it',
      user: {
        subnets: [office()],
        reservations: [
          reservation('printer', {
            subnetRef: { name: 'office' },
            identifier: { hwAddress: '02:00:5e:10:00:01' },
            clientClasses: ['gold'],
          }),
        ],
      },
      name: 'HostReservation prod/printer',
    },
  ])('stays for $because', ({ user, name }) => {
    const { classes = [], ...others } = user;
    const sceneWith = (one: ClientClass) => sceneOf({ ...others, classes: [...classes, one, phones] });
    const before = compileWith(sceneWith(gold));
    const after = compileWith(sceneWith(leaving), { owned: before.desired });
    expect(after.deletions.get(GOLD)).toMatchObject({
      state: 'held',
      message: `it stays, as ${name} still refers to it: correct them, or delete them first`,
    });
    expect(after.desired).toEqual(before.desired);
  });

  it('goes though an option of it is for its own clients, or for those of one that goes too', () => {
    const guardedBy = (name: string, by: string, deleting = false) =>
      clientClass(name, { optionData: [{ ...option, clientClasses: [by] }] }, { deleting });
    for (const [first, second] of [
      ['gold', 'phones'],
      ['phones', 'gold'],
    ] as const) {
      const before = compileWith(sceneOf({ classes: [guardedBy('gold', first), guardedBy('phones', second)] }));
      const both = [guardedBy('gold', first, true), guardedBy('phones', second, true)];
      const after = compileWith(sceneOf({ classes: both }), { owned: before.desired });
      expect([...after.desired.classes.keys()]).toEqual([]);
      expect(after.deletions.get(GOLD)).toEqual({ state: 'leaving' });
    }
  });

  it('goes when nobody does', () => {
    const before = compileWith(sceneOf({ classes: [gold, phones] }));
    const after = compileWith(sceneOf({ classes: [leaving, phones] }), { owned: before.desired });
    expect(after.deletions.get(GOLD)).toEqual({ state: 'leaving' });
    expect([...after.desired.classes.keys()]).toEqual(['phones']);
  });

  it('goes together with the classes that ask for it', () => {
    const before = compileWith(sceneOf({ classes: [gold, phones] }));
    const both = [leaving, clientClass('phones', { test: "option[60].hex == 'phone'" }, { deleting: true })];
    const after = compileWith(sceneOf({ classes: both }), { owned: before.desired });
    expect([...after.desired.classes.keys()]).toEqual([]);
  });

  it('stays for a Subnet where its object was torn away past its finalizer', () => {
    const before = compileWith(sceneOf({ subnets: [guarded], classes: [gold, phones] }));
    const after = compileWith(sceneOf({ subnets: [guarded], classes: [phones] }), { owned: before.desired });
    expect(after.desired.classes.get('gold')).toEqual(before.desired.classes.get('gold'));
    expect(verdictOf(after, OFFICE)).toBe('accepted');
  });

  it('of a definition waits for the options of it', () => {
    const lan = subnet('office', {
      ...TO_PAIR,
      cidr: '10.0.0.0/24',
      optionData: [{ code: 224, data: '0007', csvFormat: false }],
    });
    const before = compileWith(sceneOf({ subnets: [lan], definitions: [queue] }));
    const gone = definition('queue', { code: 224, type: 'uint16' }, { deleting: true });
    const after = compileWith(sceneOf({ subnets: [lan], definitions: [gone] }), { owned: before.desired });
    expect(after.deletions.get(QUEUE)).toMatchObject({ state: 'held', reason: 'ReferencesExist' });
  });
});

describe('a pool of which each server has a half', () => {
  const sharing = pair({ mode: 'LoadBalancing' });
  const lan = (...clientClasses: readonly string[]) =>
    office({ pools: [{ pool: '10.0.0.10-10.0.0.19', clientClasses }] });
  const scene = (subnets: readonly Subnet[], classes = [gold, phones]) => sceneOf({ subnets, classes }, sharing);

  it('is for clients of the server that are of one of its classes', () => {
    const { desired } = compileWith(scene([lan('gold', 'phones')]));
    const [body] = [...desired.subnets.values()].map((item) => item.body);
    expect(body?.pools).toEqual([
      { pool: '10.0.0.10-10.0.0.14', 'client-classes': ['kea-operator/HA_a/gold+phones'] },
      { pool: '10.0.0.15-10.0.0.19', 'client-classes': ['kea-operator/HA_b/gold+phones'] },
    ]);
    const half = desired.classes.get('kea-operator/HA_b/gold+phones');
    expect(half?.body.test).toBe("member('HA_b') and (member('gold') or member('phones'))");
    expect(half?.marker?.object).toBe('HAPair/prod/hq');
    const places = [...desired.classes.values()].map(
      ({ body: { name, 'order-index': place } }) => [place, name] as const,
    );
    expect(places.sort(([a], [b]) => a - b).map(([, name]) => name)).toEqual([
      'phones',
      'gold',
      'kea-operator/HA_a/gold+phones',
      'kea-operator/HA_b/gold+phones',
    ]);
  });

  it('makes classes that stay as they are while it does, and go with it', () => {
    const first = compileWith(scene([lan('gold')]));
    const again = compileWith(scene([lan('gold')]), { owned: first.desired });
    expect(again.desired.classes).toEqual(first.desired.classes);
    const without = compileWith(scene([lan()]), { owned: first.desired });
    expect(new Set(without.desired.classes.keys())).toEqual(new Set(['phones', 'gold']));
  });

  it('keeps them while its Subnet is rejected', () => {
    const first = compileWith(scene([lan('gold')]));
    const wrong = office({ pools: [{ pool: '10.9.0.0/24', clientClasses: ['gold'] }] });
    const after = compileWith(scene([wrong]), { owned: first.desired });
    expect(after.desired.classes).toEqual(first.desired.classes);
  });

  it('may have more classes than a name has room for', () => {
    const names = Array.from({ length: 8 }, (_, n) => `a-class-with-quite-a-long-name-${n}`);
    const classes = names.map((name) => clientClass(name, {}));
    const { desired } = compileWith(scene([lan(...names)], classes));
    const halves = [...desired.classes.keys()].filter((name) => name.startsWith('kea-operator/'));
    expect(halves).toHaveLength(2);
    for (const name of halves) expect(name.length).toBeLessThan(40);
  });
});
