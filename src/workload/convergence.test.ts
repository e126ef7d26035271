import { describe, expect, it } from 'vitest';
import { haServer as server } from '../../test/support/haServer.ts';
import { rejoining, type ServerContact } from './convergence.ts';
import type { ServerCondition } from './rollout.ts';

const NOW = 1_000_000;
const MINUTE = 60_000;

const A = server('a', 'primary', 'terminated');
const B = server('b', 'standby', 'terminated');

describe('servers that ended their work together', () => {
  it.each<readonly [string, readonly ServerCondition[], object, readonly string[]]>([
    ['begin anew together once their clocks agree', [A, B], {}, ['a', 'b']],
    ['not while their clocks are apart', [A, B], { offsets: { a: 90_000, b: 0 } }, []],
    ['not while nothing is known of a clock', [A, B], { offsets: { a: 0 } }, []],
    ['not soon again, as what they ended it for may not have gone', [A, B], { rejoined: { a: NOW - MINUTE } }, []],
    ['but later', [A, B], { rejoined: { a: NOW - 3 * MINUTE } }, ['a', 'b']],
    [
      'soon again where one was restarted, as it answers nobody until the other begins anew',
      [server('a', 'primary', 'waiting'), B],
      { rejoined: { b: NOW - MINUTE } },
      ['b'],
    ],
    [
      'nobody, where they work together',
      [server('a', 'primary', 'hot-standby'), server('b', 'standby', 'hot-standby')],
      {},
      [],
    ],
  ])('%s', (_, servers, world, expected) => {
    const { offsets = { a: 0, b: 400 }, rejoined = {} } = world as {
      readonly offsets?: Readonly<Record<string, number>>;
      readonly rejoined?: Readonly<Record<string, number>>;
    };
    const contacts = new Map(
      Object.entries(offsets).map(([name, clockOffset]) => [name, { clockOffset } as ServerContact] as const),
    );
    const result = rejoining(servers, contacts, { rejoined: new Map(Object.entries(rejoined)) }, NOW);
    expect(
      result.flatMap(({ name, configCurrent, jointly }) => (configCurrent === false && jointly ? [name] : [])),
    ).toEqual(expected);
  });
});
