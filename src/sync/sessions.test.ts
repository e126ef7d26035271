import { describe, expect, it } from 'vitest';
import { createSessions, type PairParts } from './sessions.ts';

const KEY = 'prod/hq';

const setup = () => {
  let opened = 0;
  const closed: number[] = [];
  const sessions = createSessions(() => {
    const own = ++opened;
    return { connections: { close: () => Promise.resolve(closed.push(own)) } } as unknown as PairParts;
  });
  return { sessions, closed, opened: () => opened };
};

describe('what is known of a pair', () => {
  it('stays between passes', () => {
    const { sessions, opened } = setup();
    const first = sessions.of(KEY, 'one');
    first.memory.unsettled = 3;
    expect(sessions.of(KEY, 'one')).toBe(first);
    expect(sessions.get(KEY)?.memory.unsettled).toBe(3);
    expect(opened()).toBe(1);
  });

  it('is not what was known of an earlier pair of the same name', () => {
    const { sessions, closed } = setup();
    sessions.of(KEY, 'one').memory.unsettled = 3;
    expect(sessions.of(KEY, 'other').memory.unsettled).toBe(0);
    expect(closed).toEqual([1]);
  });

  it('is forgotten in one go, with all that is open', async () => {
    const { sessions, closed } = setup();
    sessions.of(KEY, 'one');
    sessions.of('prod/lab', 'two');
    expect(await sessions.forget(KEY)).toBe(true);
    expect(sessions.get(KEY)).toBeUndefined();
    expect(await sessions.forget(KEY)).toBe(false);
    expect(closed).toEqual([1]);
    await sessions.close();
    expect(closed).toEqual([1, 2]);
  });
});
