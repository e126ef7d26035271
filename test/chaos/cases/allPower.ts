/** Power-off of everything, and on again in every order. */
import { BOOT, type Case, HOLD } from '../case.ts';
import { type Act, at, type Step, step, wait } from '../steps.ts';

/** The order in which things come back, and what it is called. */
const PARTS: readonly (readonly [string, Step])[] = [
  ['primary', step('power-off', 'primary')],
  ['partner', step('power-off', 'partner')],
  ['services', step('power-off', 'services')],
  ['control-plane', step('stop', 'control-plane')],
];

const permutations = <T>(items: readonly T[]): readonly (readonly T[])[] =>
  items.length === 0
    ? [[]]
    : items.flatMap((first) => permutations(items.filter((one) => one !== first)).map((rest) => [first, ...rest]));

export const allPower: readonly Case[] = permutations(PARTS).map((order) => ({
  name: `on-again-${order.map(([name]) => name).join('-')}`,
  group: 'All power',
  acts: [
    at(...PARTS.map(([, one]) => one)),
    wait(2),
    ...order.flatMap(([, one], index): readonly Act[] => [
      ...(index === 0 ? [] : [wait(2)]),
      { act: 'heal', steps: [one] },
    ]),
  ],
  // All begins anew, one after another.
  silence: { HotStandby: HOLD + 2 * BOOT, LoadBalancing: HOLD + 2 * BOOT },
  ready: 120,
  standardOnly: true,
}));
