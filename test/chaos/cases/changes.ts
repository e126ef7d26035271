/** Every change of mode and servers that the API allows, there and back. */
import { type Case, MOMENT } from '../case.ts';
import type { Mode } from '../shapes.ts';
import { heal, inject, settle } from '../steps.ts';

/** There and back again take the same time. */
const walked = (
  name: string,
  on: string,
  modes: readonly Mode[],
  seconds: number,
  { ready = 90, ...more }: Partial<Case> = {},
): Case => ({
  name,
  group: 'Change',
  acts: [inject('change', on), settle(ready), heal('change', on)],
  silence: Object.fromEntries(modes.map((mode) => [mode, seconds])),
  ready,
  ...more,
});

const PAIRS: readonly Mode[] = ['HotStandby', 'LoadBalancing'];

export const changes: readonly Case[] = [
  // Both servers must have the new mode before they can work together.
  walked('mode-LoadBalancing-and-back', 'mode LoadBalancing', ['HotStandby'], 2 * MOMENT, { quick: true }),
  walked('mode-HotStandby-and-back', 'mode HotStandby', ['LoadBalancing'], 2 * MOMENT),
  walked('mode-Standalone-and-back', 'mode Standalone', PAIRS, MOMENT),
  walked('partner-added-and-removed', 'mode HotStandby with a second server', ['Standalone'], MOMENT),
  walked('backup-added-and-removed', 'a backup more', PAIRS, MOMENT),
  walked('partner-replaced', 'another partner on another node', PAIRS, MOMENT),
  walked('partner-moved', 'partner on another node', PAIRS, MOMENT),
  walked('primary-replaced', 'another primary on another node', PAIRS, MOMENT),
  walked('primary-moved', 'primary on another node', PAIRS, MOMENT),
  walked('roles-swapped', 'roles swapped', PAIRS, MOMENT),
  walked('backup-made-partner', 'backup and partner swapped', PAIRS, MOMENT),
  walked('control-port-changed', 'another control port', PAIRS, MOMENT),
  walked('ha-port-changed', 'another HA port', PAIRS, MOMENT),
  walked('timers-changed', 'HA timers of the sample', PAIRS, MOMENT),
];
