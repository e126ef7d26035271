import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createFakeClock, type FakeClock } from '../../test/support/fakeClock.ts';
import { type LeasePage, type LeaseSource, LeasesUnavailable } from '../leases/source.ts';
import { createSemaphore, guardSource, namespaceSemaphore } from './guard.ts';

/** A store that answers when the test says so, and the reads of it that are under way. */
const store = () => {
  const open: {
    readonly answer: () => void;
    readonly fail: (error: Error) => void;
    readonly signal: AbortSignal | undefined;
  }[] = [];
  const read = (signal?: AbortSignal): Promise<LeasePage> => {
    const { promise, resolve, reject } = Promise.withResolvers<LeasePage>();
    const read = {
      answer: () => {
        open.splice(open.indexOf(read), 1);
        resolve({ leases: [] });
      },
      fail: (error: Error) => {
        open.splice(open.indexOf(read), 1);
        reject(error);
      },
      signal,
    };
    open.push(read);
    return promise;
  };
  const source: LeaseSource = {
    get: async (_address, signal) => {
      await read(signal);
      return undefined;
    },
    page: (_limit, _after, signal) => read(signal),
    select: (_selection, _limit, _after, signal) => read(signal),
    ofAddresses: () => Promise.resolve([]),
    usage: () => Promise.resolve([]),
    countActive: () => Promise.resolve(new Map()),
    remaining: () => Promise.resolve(new Map()),
    close: () => Promise.resolve(),
  };
  return { source, open };
};

const guarded = (clock: FakeClock = createFakeClock(), pair = 'evil/x', shared = namespaceSemaphore('evil', clock)) => {
  const { source, open } = store();
  const failures: string[] = [];
  const onFailure = (why: string, first: boolean): void => void failures.push(`${first ? 'now ' : ''}${why}`);
  return { guard: guardSource(source, { pair, shared, clock, onFailure }), open, clock, shared, failures };
};
const outcome = (read: Promise<unknown>): Promise<unknown> =>
  read.then(
    () => 'answered',
    (error: unknown) => error,
  );
const BUSY = 'too many leases of HAPair evil/x are being read at this moment: try again';
const LATE = 'leases of HAPair evil/x cannot be read: no answer within 10 s';

describe('reads of one pair', () => {
  it('go on four at a time, the others in the order in which they came', async () => {
    const { guard, open } = guarded();
    const done: number[] = [];
    const reads = [1, 2, 3, 4, 5, 6].map(async (n) => {
      await guard.page(1);
      done.push(n);
    });
    await setImmediate();
    expect(open).toHaveLength(4);
    open[1]?.answer();
    await setImmediate();
    expect([done, open.length]).toEqual([[2], 4]);
    while (open.length > 0) {
      open[0]?.answer();
      await setImmediate();
    }
    await Promise.all(reads);
    expect(done).toEqual([2, 1, 3, 4, 5, 6]);
  });

  it('that wait for five seconds are refused, to be tried again', async () => {
    const { guard, clock } = guarded();
    const reads = [1, 2, 3, 4, 5].map(() => outcome(guard.page(1)));
    await clock.advance(5_000);
    expect(await reads[4]).toMatchObject({ code: 429, message: BUSY, retryAfter: 1 });
  });

  it('are refused at once where 500 wait', async () => {
    const { guard } = guarded();
    for (let n = 0; n < 504; n++) void outcome(guard.page(1));
    await setImmediate();
    expect(await outcome(guard.page(1))).toMatchObject({ code: 429, message: BUSY });
  });

  it('take no more than ten seconds, and after one that did the pair is left alone for ten', async () => {
    const { guard, open, clock } = guarded();
    const hung = outcome(guard.page(1));
    await clock.advance(9_999);
    expect(open).toHaveLength(1);
    await clock.advance(1);
    expect(await hung).toMatchObject({ code: 504, message: LATE });
    expect(open[0]?.signal?.aborted).toBe(true);
    open.length = 0;
    expect(await outcome(guard.get('192.0.2.1'))).toMatchObject({ code: 504, message: LATE });
    expect(await outcome(guard.look())).toMatchObject({ code: 504 });
    expect(open).toHaveLength(0);
    await clock.advance(10_000);
    const again = outcome(guard.page(1));
    await setImmediate();
    open[0]?.answer();
    expect(await again).toBe('answered');
  });

  it('that fail by themselves fail as they do, and the pair is asked again', async () => {
    const { guard, open } = guarded();
    for (let n = 0; n < 2; n++) {
      const failing = outcome(guard.page(1));
      await setImmediate();
      open[0]?.fail(new LeasesUnavailable('refused'));
      expect(await failing).toEqual(new LeasesUnavailable('refused'));
    }
  });

  it('end with those who asked, and make room for others', async () => {
    const { guard, open } = guarded();
    const gone = new AbortController();
    const reason = new Error('gone');
    const reads = [1, 2, 3, 4, 5, 6].map(() => outcome(guard.page(1, undefined, gone.signal)));
    await setImmediate();
    gone.abort(reason);
    expect(await Promise.all(reads)).toEqual(Array(6).fill(reason));
    open.length = 0;
    const other = outcome(guard.page(1));
    await setImmediate();
    open[0]?.answer();
    expect(await other).toBe('answered');
  });
});

describe('pairs of a namespace', () => {
  it('share eight reads, so that one that hangs leaves four to the others', async () => {
    const evil = guarded();
    const other = guarded(evil.clock, 'evil/y', evil.shared);
    const third = guarded(evil.clock, 'evil/z', evil.shared);
    for (let n = 0; n < 100; n++) void outcome(evil.guard.page(1));
    for (let n = 0; n < 4; n++) void outcome(other.guard.page(1));
    const late = outcome(third.guard.page(1));
    await setImmediate();
    expect([evil, other, third].map(({ open }) => open.length)).toEqual([4, 4, 0]);
    await evil.clock.advance(5_000);
    const message = 'too many leases of namespace evil are being read at this moment: try again';
    expect(await late).toMatchObject({ code: 429, message });
  });

  it('of another namespace feel nothing of it', async () => {
    const evil = guarded();
    for (let n = 0; n < 500; n++) void outcome(evil.guard.page(1));
    const office = guarded(evil.clock, 'dhcp/office', namespaceSemaphore('dhcp', evil.clock));
    const reads = [1, 2, 3, 4].map(() => outcome(office.guard.page(1)));
    await setImmediate();
    expect(office.open).toHaveLength(4);
    for (const { answer } of [...office.open]) answer();
    expect(await Promise.all(reads)).toEqual(Array(4).fill('answered'));
  });
});

describe('whether a pair can be read', () => {
  it('is found out within three seconds', async () => {
    const { guard, clock } = guarded();
    const looked = outcome(guard.look());
    await clock.advance(3_000);
    expect(await looked).toMatchObject({ code: 504, message: LATE.replace('10 s', '3 s') });
  });

  it('is believed for ten seconds after an answer', async () => {
    const { guard, open, clock } = guarded();
    const read = guard.get('192.0.2.1');
    await setImmediate();
    open[0]?.answer();
    await read;
    await clock.advance(9_999);
    await guard.look();
    await clock.advance(1);
    void outcome(guard.look());
    await setImmediate();
    expect(open).toHaveLength(1);
  });
});

it('a semaphore passes on what a read throws at once', async () => {
  const semaphore = createSemaphore('all', 1, createFakeClock());
  const fail = () => {
    throw new Error('at once');
  };
  await expect(semaphore.pass(fail)).rejects.toThrow('at once');
  expect(await semaphore.pass(() => Promise.resolve(1))).toBe(1);
});

describe('failures of a store', () => {
  it('are told, the first of several as such', async () => {
    const { guard, open, failures } = guarded();
    const fail = async (how: () => void): Promise<void> => {
      const read = outcome(guard.page(1));
      await setImmediate();
      how();
      await read;
    };
    await fail(() => open[0]?.fail(new LeasesUnavailable('away')));
    await fail(() => open[0]?.fail(new LeasesUnavailable('away')));
    await fail(() => open[0]?.answer());
    await fail(() => open[0]?.fail(new LeasesUnavailable('away')));
    expect(failures).toEqual(['now away', 'away', 'now away']);
  });

  it('are also the reads that a store which hung is spared', async () => {
    const { guard, clock, failures } = guarded();
    const read = outcome(guard.page(1));
    await setImmediate();
    await clock.advance(10_000);
    await read;
    await outcome(guard.page(1));
    await outcome(guard.look());
    expect(failures).toEqual([`now ${LATE}`, LATE, LATE]);
  });

  it('are not those of a reader who goes away', async () => {
    const { guard, failures } = guarded();
    const reader = new AbortController();
    const read = outcome(guard.page(1, undefined, reader.signal));
    await setImmediate();
    reader.abort(new Error('nobody waits'));
    await read;
    expect(failures).toEqual([]);
  });
});
