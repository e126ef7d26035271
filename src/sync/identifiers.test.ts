/** Reservations whose clients and addresses change at once, in whatever way: nobody is left without a row, and no address is kept twice. */
import { expect, it } from 'vitest';
import { compileWith, reservation, sceneOf } from '../../test/support/objects.ts';
import { inOffice, mac, office } from '../../test/support/office.ts';
import { plan } from '../../test/support/plans.ts';
import { type Random, randomFrom } from '../../test/support/random.ts';
import { type KeaState, withRows } from '../kea/kinds.ts';
import type { ObjectRef } from '../kea/state.ts';
import { ownerOf } from '../plan/describe.ts';
import { editOf } from '../plan/plan.ts';
import { withoutRefused } from './preflight.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];
const refOf = (name: string): ObjectRef => `HostReservation/prod/${name}`;

const wish = (name: string, client: number, address: number) => {
  const more = address > 7 ? {} : { ipAddress: `10.0.0.${address + 1}` };
  return reservation(name, { ...inOffice, ...mac(`0${client + 1}`), ...more }, { age: NAMES.indexOf(name) });
};

const first = NAMES.map((name, index) => wish(name, index, index));
const edited = (random: Random) => NAMES.map((name, index) => wish(name, other(random, index), other(random, index)));
const other = (random: Random, index: number): number => (random.below(3) === 0 ? index : random.below(9));

const rowsOf = ({ hosts }: KeaState) =>
  new Map([...hosts.values()].map(({ body, marker }) => [marker?.object, body] as const));

const expectWhole = (state: KeaState, seed: number): void => {
  const rows = rowsOf(state);
  expect([...rows.keys()].sort(), `seed ${seed}`).toEqual(NAMES.map(refOf));
  expect(state.hosts.size, `seed ${seed}`).toBe(NAMES.length);
  const addresses = [...rows.values()].flatMap((body) => body['ip-address'] ?? []);
  expect(new Set(addresses).size, `seed ${seed}: ${addresses.join(' ')}`).toBe(addresses.length);
};

it('each has the row that it asks for, or the one that it had', () => {
  const subnets = [office()];
  const before = compileWith(sceneOf({ subnets, reservations: first })).desired;
  let [refused, held] = [0, 0];
  for (let seed = 0; seed < 400; seed++) {
    const random = randomFrom(seed);
    const { desired, verdicts } = compileWith(sceneOf({ subnets, reservations: edited(random) }), { owned: before });
    expectWhole(desired, seed);
    const [was, is] = [rowsOf(before), rowsOf(desired)];
    for (const ref of NAMES.map(refOf)) {
      if (verdicts.get(ref)?.accepted === true) continue;
      refused++;
      expect(is.get(ref), `seed ${seed}: ${ref}`).toEqual(was.get(ref));
    }
    // A server refuses one of them.
    const { changes } = plan(desired, before);
    const bad = refOf(NAMES[random.below(NAMES.length)] ?? '');
    const { made } = withoutRefused(changes, (ref) => ref === bad, desired);
    expectWhole(withRows(before, made.map(editOf)), seed);
    expect(made.some((change) => ownerOf(change) === bad && change.op !== 'remove')).toBe(false);
    held += changes.length - made.length;
  }
  expect(Math.min(refused, held)).toBeGreaterThan(200);
});
