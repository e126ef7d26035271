import { setImmediate as settle } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fakeClock.ts';
import { reasonOf } from './clock.ts';
import { type Leadership, LeadershipLost } from './leader.ts';
import { createLogger } from './log.ts';
import { createTerms } from './terms.ts';

/** An election that this candidate wins whenever the test says so, and a work that ends when the test says so. */
const setup = () => {
  const clock = createFakeClock();
  const lost: AbortController[] = [];
  const happened: string[] = [];
  let win: () => void = () => undefined;
  let endWork: () => void = () => undefined;
  let ask: () => void = () => undefined;
  const elector = {
    acquire: (signal: AbortSignal): Promise<Leadership> =>
      new Promise((resolve, reject) => {
        happened.push('compete');
        signal.addEventListener('abort', () => {
          reject(reasonOf(signal));
        });
        win = () => {
          const controller = new AbortController();
          lost.push(controller);
          const release = (): Promise<void> => {
            happened.push('release');
            return Promise.resolve();
          };
          resolve({ lost: controller.signal, holds: () => !controller.signal.aborted, release });
        };
      }),
  };
  const terms = createTerms({
    elector,
    clock,
    log: createLogger({ level: 'silent' }),
    work: (term, mustLead) => {
      happened.push('work');
      ask = mustLead;
      term.addEventListener('abort', () => happened.push('told to end'));
      return new Promise((resolve) => {
        endWork = () => {
          happened.push('ended');
          resolve();
        };
      });
    },
  });
  const stop = new AbortController();
  const running = terms.run(stop.signal).catch((error: unknown) => error);
  const act = async (what: () => void): Promise<void> => {
    what();
    await settle();
  };
  return {
    clock,
    happened,
    terms,
    stop,
    running,
    win: () => act(win),
    lose: () => act(() => lost.at(-1)?.abort(new Error('lost'))),
    endWork: () => act(endWork),
    ask: () => {
      ask();
    },
  };
};

describe('terms', () => {
  it('follow one another, and the next begins when the work of the last has ended', async () => {
    const { happened, win, lose, endWork } = setup();
    await win();
    await lose();
    expect(happened).toEqual(['compete', 'work', 'told to end']);
    await endWork();
    await win();
    expect(happened).toEqual(['compete', 'work', 'told to end', 'ended', 'compete', 'work']);
  });

  it('end with the signal, while it works as while it competes', async () => {
    const first = setup();
    await first.win();
    first.stop.abort(new Error('enough'));
    expect(first.happened.at(-1)).toBe('told to end');
    await first.endWork();
    expect(await first.running).toBeUndefined();
    await first.terms.resign();
    expect(first.happened.at(-1)).toBe('release');

    const second = setup();
    second.stop.abort(new Error('enough'));
    expect(await second.running).toEqual(new Error('enough'));
  });

  it('can be asked whether they surely go on, by what must not be done twice', async () => {
    const { ask, win, lose } = setup();
    await win();
    expect(ask).not.toThrow();
    await lose();
    expect(ask).toThrow(LeadershipLost);
  });

  it('are alive while they wait, however long, and while they work', async () => {
    const { clock, terms, win } = setup();
    await clock.advance(3_600_000);
    expect(terms.isAlive).toBe(true);
    await win();
    await clock.advance(3_600_000);
    expect(terms.isAlive).toBe(true);
  });

  it('are not alive where the work of a term does not end in three minutes', async () => {
    const { clock, terms, win, lose, endWork } = setup();
    await win();
    await lose();
    await clock.advance(179_999);
    expect(terms.isAlive).toBe(true);
    await clock.advance(1);
    expect(terms.isAlive).toBe(false);
    await endWork();
    expect(terms.isAlive).toBe(true);
  });
});
