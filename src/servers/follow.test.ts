import { describe, expect, it } from 'vitest';
import { DHCPV4 } from '../kea/dhcpv4.ts';
import { type Aim, begin, type FollowEvent, type Following, type Knowledge, next } from './follow.ts';
import { keyOfStep, type Running, stepsBetween } from './steps.ts';

const running = (...objects: readonly (readonly [number, string])[]): Running =>
  new Map(objects.map(([id, digest]) => [`4/subnet/${id}` as const, { digest }]));
const NOTHING = running();
const OLD = running([1, 'old']);
const NEW = running([1, 'new']);
const BOTH = running([1, 'new'], [2, 'new']);

const UNKNOWN: Knowledge = { kind: 'unknown' };
const known = (seen: Running, proven?: Running): Knowledge => ({
  kind: 'known',
  running: seen,
  ...(proven === undefined ? {} : { proven }),
});
const read = (seen: Running): FollowEvent => ({ kind: 'read', running: seen });
const taken = (refusal?: string): FollowEvent => ({ kind: 'taken', refusal });

const aimAt = (desired: Running, more: Partial<Aim> = {}): Aim => ({
  family: DHCPV4,
  desired,
  stepsFrom: (seen) => stepsBetween(seen, desired),
  heldBack: () => undefined,
  ...more,
});

/** The state in a few words: `taking live: update 4/subnet/1`. */
const inWords = (state: Following): string => {
  switch (state.at) {
    case 'reading':
      return 'reading';
    case 'taking':
      return `taking ${state.path}: ${state.steps.map((step) => `${step.op} ${keyOfStep(DHCPV4, step)}`).join(', ')}`;
    case 'checking':
      return `checking ${state.attempt === 1 ? 'what changed' : 'everything'}`;
    case 'done': {
      const left = state.left.map((step) => keyOfStep(DHCPV4, step)).join(', ');
      const drift = state.drifted === 0 ? '' : `, ${state.drifted} drifted`;
      return `done by ${state.path}${drift}${left === '' ? '' : `, left ${left}: ${state.why ?? ''}`}`;
    }
  }
};

const walk = (knowledge: Knowledge, aim: Aim, events: readonly FollowEvent[]): readonly string[] => {
  let state = begin(knowledge, aim);
  const words = [inWords(state)];
  for (const event of events) {
    state = next(state, event, aim);
    words.push(inWords(state));
  }
  return words;
};

describe('a server that is to follow', () => {
  it.each<readonly [string, Knowledge, Aim, readonly FollowEvent[], readonly string[]]>([
    ['is left alone where it is known to run it all', known(NEW), aimAt(NEW), [], ['done by none']],
    ['is read where nothing is known of it', UNKNOWN, aimAt(NEW), [read(NEW)], ['reading', 'done by none']],
    [
      'takes what is missing, and is asked for what changed',
      known(OLD, OLD),
      aimAt(NEW),
      [taken(), read(NEW)],
      ['taking live: update 4/subnet/1', 'checking what changed', 'done by live'],
    ],
    [
      'is read, then takes',
      UNKNOWN,
      aimAt(NEW),
      [read(NOTHING), taken(), read(NEW)],
      ['reading', 'taking live: add 4/subnet/1', 'checking what changed', 'done by live'],
    ],
    [
      'takes by the other path what the one did not do, and is read in full',
      known(OLD, OLD),
      aimAt(BOTH),
      [taken(), read(NEW), taken(), read(BOTH)],
      [
        'taking live: update 4/subnet/1, add 4/subnet/2',
        'checking what changed',
        'taking pull: add 4/subnet/2',
        'checking everything',
        'done by pull',
      ],
    ],
    [
      'says what it refused by both paths, and is left as it is',
      known(OLD, OLD),
      aimAt(NEW),
      [taken('no'), read(OLD), taken('nor so'), read(OLD)],
      [
        'taking live: update 4/subnet/1',
        'checking what changed',
        'taking pull: update 4/subnet/1',
        'checking everything',
        'done by pull, left 4/subnet/1: no; nor so',
      ],
    ],
    [
      'is said to differ where it refused nothing',
      known(OLD),
      aimAt(NEW),
      [taken(), read(OLD), taken(), read(OLD)],
      [
        'taking live: update 4/subnet/1',
        'checking what changed',
        'taking pull: update 4/subnet/1',
        'checking everything',
        'done by pull, left 4/subnet/1: 1 object(s) differ after the change, the first: subnet 1',
      ],
    ],
    [
      'is not asked again for what it failed to do a moment ago',
      known(OLD),
      aimAt(NEW, { heldBack: () => 'it said no' }),
      [],
      ['done by none, left 4/subnet/1: it said no'],
    ],
    [
      'has drifted where it lost what it ran',
      { kind: 'unknown', proven: NEW },
      aimAt(NEW),
      [read(NOTHING), taken(), read(NEW)],
      ['reading', 'taking live: add 4/subnet/1', 'checking what changed', 'done by live, 1 drifted'],
    ],
    [
      'has not drifted where something else is desired now',
      known(OLD, OLD),
      aimAt(NEW),
      [taken(), read(NEW)],
      ['taking live: update 4/subnet/1', 'checking what changed', 'done by live'],
    ],
    [
      'takes what it may have wrong although it is known to have it, and that is no drift',
      known(NEW, NEW),
      aimAt(NEW, { stepsFrom: (seen) => (seen === NEW ? stepsBetween(OLD, NEW) : []) }),
      [taken(), read(running([1, 'new']))],
      ['taking live: update 4/subnet/1', 'checking what changed', 'done by live'],
    ],
  ])('%s', (_, knowledge, aim, events, words) => {
    expect(walk(knowledge, aim, events)).toEqual(words);
  });

  it('says that a pull which refused nothing did not bring the change', () => {
    const CLASSES: Running = new Map([['4/class/phones' as const, { digest: 'new' }]]);
    const words = walk(known(NOTHING), aimAt(CLASSES), [
      taken(),
      read(NOTHING),
      taken('class phones changes by a pull only'),
      read(NOTHING),
    ]);
    expect(words.at(-1)).toBe(
      'done by live, left 4/class/phones: config-backend-pull did not bring class phones, so the server may not reach its database; class phones changes by a pull only',
    );
  });

  it('goes by a pull first where that costs less', () => {
    const many = running(...Array.from({ length: 40 }, (_, id) => [id, 'new'] as const));
    expect(inWords(begin(known(NOTHING), aimAt(many)))).toMatch(/^taking pull: add 4\/subnet\/0, /);
  });

  it.each<readonly [string, Following, FollowEvent]>([
    ['taken', { at: 'reading' }, taken()],
    ['read', begin(known(OLD), aimAt(NEW)), read(NEW)],
    ['read', begin(known(NEW), aimAt(NEW)), read(NEW)],
  ])('waits for one thing at a time: not %s', (_, state, event) => {
    expect(() => next(state, event, aimAt(NEW))).toThrow(TypeError);
  });
});
