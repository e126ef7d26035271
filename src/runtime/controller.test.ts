import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fakeClock.ts';
import { createCache } from './cache.ts';
import { changesOf, type ControllerSpec, createController, type Outcome, type Reconcile } from './controller.ts';
import { asError, ConnectionError } from './errors.ts';
import { createLogger } from './log.ts';
import type { Key, KubeObject } from './object.ts';

const log = createLogger({ level: 'silent' });

const setup = (reconcile: Reconcile, more: Partial<ControllerSpec> = {}) => {
  const clock = createFakeClock();
  const outcomes: Outcome[] = [];
  const longest: [waiting: number, running: number][] = [];
  let active = 0;
  let mostActive = 0;
  const controller = createController({
    name: 'test',
    reconcile,
    sources: [],
    caches: [],
    log,
    random: () => 0,
    metrics: {
      onAdd: () => undefined,
      onRetry: () => undefined,
      onDepth: () => undefined,
      onTaken: () => undefined,
      onPass: (outcome) => outcomes.push(outcome),
      onActive: (workers) => {
        active = workers;
        mostActive = Math.max(mostActive, workers);
      },
      onLongest: (waiting, running) => longest.push([waiting, running]),
    },
    ...more,
    clock,
  });
  const stop = new AbortController();
  const running = controller.run(stop.signal);
  return { clock, controller, outcomes, longest, stop, running, active: () => active, mostActive: () => mostActive };
};

describe('what follows a pass', () => {
  it('success: nothing, until the key is added again', async () => {
    const { clock, controller, outcomes } = setup(() => Promise.resolve({}));
    controller.enqueue('a/1');
    await clock.advance(600_000);
    expect(outcomes).toEqual(['success']);
  });

  it('requeueAfterMs: a pass at that time', async () => {
    const at: number[] = [];
    const { clock, controller } = setup(() => {
      at.push(clock.monotonic());
      return Promise.resolve({ requeueAfterMs: 60_000 });
    });
    controller.enqueue('a/1');
    await clock.advance(130_000);
    expect(at).toEqual([0, 60_000, 120_000]);
  });

  it('an error: passes with growing waits, and after a success the waits start anew', async () => {
    const at: number[] = [];
    let good = false;
    const { clock, controller } = setup(() => {
      at.push(clock.monotonic());
      return good ? Promise.resolve({}) : Promise.reject(new Error('boom'));
    });
    controller.enqueue('a/1');
    await clock.advance(750);
    good = true;
    await clock.advance(1_000);
    good = false;
    controller.enqueue('a/1');
    await clock.advance(250);
    expect(at).toEqual([0, 250, 750, 1_750, 1_750, 2_000]);
  });

  it('an API server that is away: passes every half minute at least, however long', async () => {
    const at: number[] = [];
    const { clock, controller } = setup(() => {
      at.push(clock.monotonic());
      return Promise.reject(new ConnectionError('Unreachable', 'no way'));
    });
    controller.enqueue('a/1');
    await clock.advance(780_000);
    const waits = at.slice(1).map((time, i) => time - (at[i] ?? 0));
    expect(waits.slice(0, 3)).toEqual([500, 1000, 2000]);
    expect(Math.max(...waits)).toBe(30_000);
  });

  it('a pass that was given up: passes every half minute at least, however often', async () => {
    const at: number[] = [];
    const { clock, controller } = setup(
      (_, { signal }) => {
        at.push(clock.monotonic());
        return new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reject(signal.reason as Error);
          });
        });
      },
      { passTimeoutMs: 1_000 },
    );
    controller.enqueue('a/1');
    await clock.advance(600_000);
    const waits = at.slice(1).map((time, i) => time - (at[i] ?? 0) - 1_000);
    expect(waits.slice(0, 3)).toEqual([500, 1000, 2000]);
    expect(Math.max(...waits)).toBe(30_000);
  });

  it('a throw that is no promise is an error too', async () => {
    const { clock, controller, outcomes } = setup(() => {
      throw new Error('sync boom');
    });
    controller.enqueue('a/1');
    await clock.advance(0);
    expect(outcomes).toEqual(['error']);
  });
});

it('works on no more keys at a time than it has workers, and never twice on one', async () => {
  const busy = new Set<Key>();
  const clashes: Key[] = [];
  const { clock, controller, outcomes, mostActive } = setup(
    async (key) => {
      if (busy.has(key)) clashes.push(key);
      busy.add(key);
      await new Promise<void>((resolve) => clock.after(100, resolve));
      busy.delete(key);
      return {};
    },
    { workers: 3 },
  );
  for (let round = 0; round < 3; round++) {
    for (let key = 0; key < 8; key++) controller.enqueue(`a/${key}`);
    await clock.advance(50);
  }
  await clock.advance(10_000);
  expect(clashes).toEqual([]);
  expect(mostActive()).toBe(3);
  expect(outcomes.length).toBeGreaterThanOrEqual(8);
});

it('starts no pass before every cache is complete', async () => {
  const [first, second] = [createCache(), createCache()];
  const { clock, controller, outcomes } = setup(() => Promise.resolve({}), { caches: [first, second] });
  controller.enqueue('a/1');
  first.replace([]);
  await clock.advance(60_000);
  expect(outcomes).toEqual([]);
  second.replace([]);
  await clock.advance(0);
  expect(outcomes).toEqual(['success']);
});

describe('stopping', () => {
  it('aborts the pass, waits for its end and leaves no timer', async () => {
    const { clock, controller, stop, running, active } = setup(async (_, { signal }) => {
      await new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => clock.after(500, resolve));
      });
      return { requeueAfterMs: 60_000 };
    });
    controller.enqueue('a/1');
    controller.enqueue('a/2', 60_000);
    await clock.advance(0);
    let ended = false;
    void running.then(() => (ended = true));
    stop.abort(new Error('enough'));
    await clock.advance(499);
    expect(ended).toBe(false);
    expect(active()).toBe(1);
    await clock.advance(1);
    expect(ended).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it('counts no pass as failed that ends because the controller does', async () => {
    const { clock, controller, outcomes, stop, running, active } = setup(
      (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reject(asError(signal.reason));
          });
        }),
    );
    controller.enqueue('a/1');
    await clock.advance(0);
    expect(active()).toBe(1);
    stop.abort(new Error('enough'));
    await running;
    expect(active()).toBe(0);
    expect(outcomes).toEqual([]);
  });

  it('ends its interest in the caches: an operator that leads again and again has one set of listeners', async () => {
    const cache = createCache();
    let listeners = 0;
    const onChange: typeof cache.onChange = (listen) => {
      listeners++;
      const end = cache.onChange(listen);
      return () => {
        listeners--;
        end();
      };
    };
    const sources = [changesOf({ ...cache, onChange }, () => ['a/1'])];
    const { stop, running } = setup(() => Promise.resolve({}), { sources });
    expect(listeners).toBe(1);
    stop.abort(new Error('enough'));
    await running;
    expect(listeners).toBe(0);
  });

  it('ends before the caches are complete, too', async () => {
    const { stop, running } = setup(() => Promise.resolve({}), { caches: [createCache()] });
    stop.abort(new Error('enough'));
    await running;
  });
});

describe('a key that waits for its pass, or is in it, for long', () => {
  const LASTS = 12_000;
  const slowly = (more: Partial<ControllerSpec> = {}) => {
    const told: [key: Key, at: number][] = [];
    const bench = setup(
      async () => {
        await new Promise<void>((resolve) => bench.clock.after(LASTS, resolve));
        return {};
      },
      {
        late: (key) => {
          told.push([key, bench.clock.monotonic()]);
          return Promise.resolve();
        },
        ...more,
      },
    );
    return { ...bench, told };
  };

  it('is told of again and again, until that is over', async () => {
    const { clock, controller, told } = slowly();
    controller.enqueue('a/1');
    controller.enqueue('a/2');
    await clock.advance(60_000);
    expect(told).toEqual([
      ['a/2', 5_000],
      ['a/1', 5_000],
      ['a/2', 10_000],
      ['a/1', 10_000],
      ['a/2', 20_000],
    ]);
  });

  it('is not told of when it is over in a few seconds', async () => {
    const { clock, controller, told } = slowly({ reconcile: () => Promise.resolve({ requeueAfterMs: 1_000 }) });
    controller.enqueue('a/1');
    await clock.advance(60_000);
    expect(told).toEqual([]);
  });

  it('shows in the metrics, and is over for them when the controller stops', async () => {
    const { clock, controller, longest, stop, running } = slowly();
    controller.enqueue('a/1');
    controller.enqueue('a/2');
    await clock.advance(10_000);
    expect(longest.at(-1)).toEqual([10, 10]);
    stop.abort(new Error('enough'));
    await clock.advance(LASTS);
    await running;
    expect(longest.at(-1)).toEqual([0, 0]);
  });

  it('holds nobody up where it cannot be told of', async () => {
    const { clock, controller, outcomes } = slowly({ late: () => Promise.reject(new Error('no API server')) });
    controller.enqueue('a/1');
    await clock.advance(60_000);
    expect(outcomes).toEqual(['success']);
  });
});

it('aborts a pass that takes too long and tries it again', async () => {
  const { clock, controller, outcomes } = setup(
    (_, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          reject(new Error(String(signal.reason)));
        });
      }),
    { passTimeoutMs: 1_000 },
  );
  controller.enqueue('a/1');
  await clock.advance(1_000);
  expect(outcomes).toEqual(['error']);
});

describe('a cache as a source', () => {
  interface Widget extends KubeObject<{ owner: string }> {
    spec: { owner: string };
  }
  const widget = (name: string, version: string, owner: string): Widget => ({
    apiVersion: 'example.com/v1',
    kind: 'Widget',
    metadata: { name, namespace: 'n', uid: name, resourceVersion: version },
    spec: { owner },
  });

  it('enqueues who had the object and who has it', () => {
    const cache = createCache<Widget>();
    const enqueued: Key[] = [];
    changesOf<Widget>(cache, ({ spec }) => [`n/${spec.owner}`])((key) => enqueued.push(key));
    cache.put(widget('ball', '1', 'ada'));
    cache.put(widget('ball', '2', 'bob'));
    cache.put(widget('ball', '3', 'bob'));
    cache.remove(widget('ball', '3', 'bob'));
    expect(enqueued).toEqual(['n/ada', 'n/ada', 'n/bob', 'n/bob', 'n/bob']);
  });

  it('leaves out changes that do not count', () => {
    const cache = createCache<Widget>();
    const enqueued: Key[] = [];
    const moved = (before?: Widget, after?: Widget): boolean => before?.spec.owner !== after?.spec.owner;
    changesOf<Widget>(cache, ({ spec }) => [`n/${spec.owner}`], moved)((key) => enqueued.push(key));
    cache.put(widget('ball', '1', 'ada'));
    cache.put(widget('ball', '2', 'ada'));
    expect(enqueued).toEqual(['n/ada']);
  });
});
