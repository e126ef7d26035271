import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fakeClock.ts';
import type { WatchOptions } from './client.ts';
import { reasonOf } from './clock.ts';
import { ApiError, ConnectionError } from './errors.ts';
import { createInformer } from './informer.ts';
import type { KubeObject } from './object.ts';
import type { ReflectorSpec } from './reflector.ts';
import type { Resource } from './resource.ts';

const WIDGETS: Resource = { group: 'example.com', version: 'v1', plural: 'widgets', kind: 'Widget', namespaced: true };
const widget = (name: string): KubeObject => ({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name, namespace: 'default', resourceVersion: name },
});

/** An API server that holds names, whose lists may fail and whose watches are silent for ever; the real one is in test/envtest. */
const setup = (failure?: Error) => {
  const clock = createFakeClock();
  const state = { names: ['ball'], failure };
  const asked: number[] = [];
  const client = {
    list: () => {
      asked.push(clock.monotonic());
      if (state.failure !== undefined) return Promise.reject(state.failure);
      return Promise.resolve({ metadata: { resourceVersion: '1' }, items: state.names.map(widget) });
    },
    watch: async function* (_: Resource, { signal }: WatchOptions) {
      await ended(signal);
      yield* [];
    },
  } as unknown as ReflectorSpec<KubeObject>['client'];
  const stop = new AbortController();
  const informer = createInformer({ client, resource: WIDGETS, clock: clock, random: () => 0 });
  const running = informer.run(stop.signal);
  const names = (): string[] => informer.cache.list().map(({ metadata }) => metadata.name);
  return { clock, state, asked, informer, stop, running, names };
};

const ended = (signal: AbortSignal | undefined): Promise<never> =>
  new Promise((_, reject) => {
    signal?.addEventListener('abort', () => {
      reject(reasonOf(signal));
    });
  });

/** The waits between what happened at these times. */
const gaps = (times: readonly number[]): number[] => times.slice(1).map((at, i) => at - (times[i] ?? 0));

describe('the waits of a reflector', () => {
  it('grow to five seconds where nobody answers, and no further: what is away is wanted as soon as it is back', async () => {
    const { clock, asked, stop, running } = setup(new ConnectionError('Unreachable', 'no way'));
    await clock.advance(780_000);
    expect(gaps(asked).slice(0, 6)).toEqual([500, 1000, 2000, 4000, 5000, 5000]);
    expect(Math.max(...gaps(asked))).toBe(5000);
    stop.abort();
    await running;
    expect(clock.pending).toBe(0);
  });

  it('grow to thirty seconds where the answer is an error, and begin anew when the kind of failure changes', async () => {
    const { clock, state, asked, stop, running } = setup(new ConnectionError('Unreachable', 'no way'));
    await clock.advance(780_000);
    // An API server that has just started refuses for a moment.
    state.failure = new ApiError(403, { reason: 'Forbidden' }, 'list');
    asked.length = 0;
    await clock.advance(120_000);
    expect(gaps(asked)).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
    stop.abort();
    await running;
  });
});

describe('a list that is refused', () => {
  it('is not waited for by a refresh: the cache says that it does not know', async () => {
    const { clock, state, informer, stop, running } = setup(new ApiError(403, { reason: 'Forbidden' }, 'list'));
    const refresh = informer.refresh(0);
    await clock.advance(1000);
    expect(informer.cache.isServed()).toBe(true);
    await clock.advance(1000);
    await refresh;
    expect([informer.cache.hasSynced, informer.cache.isServed()]).toEqual([false, false]);
    state.failure = undefined;
    await clock.advance(30_000);
    expect([informer.cache.hasSynced, informer.cache.isServed()]).toEqual([true, true]);
    stop.abort();
    await running;
  });
});

describe('a refresh', () => {
  it('lists again though the watch seems well, and resolves when the cache holds the answer', async () => {
    const { clock, state, informer, names, stop, running } = setup();
    await clock.advance(60_000);
    state.names = ['doll'];
    await clock.advance(60_000);
    expect(names()).toEqual(['ball']);
    await informer.refresh(15_000);
    expect(names()).toEqual(['doll']);
    stop.abort();
    await running;
  });

  it('is done at once while the list is young and nothing has broken since', async () => {
    const { clock, asked, informer, stop, running } = setup();
    await clock.advance(10_000);
    await informer.refresh(15_000);
    expect(asked).toHaveLength(1);
    stop.abort();
    await running;
  });

  it('waits for the first list', async () => {
    const { clock, state, informer, names, stop, running } = setup(new ConnectionError('Unreachable', 'no way'));
    await clock.advance(10_000);
    state.failure = undefined;
    const refreshed = informer.refresh(15_000);
    await clock.advance(5000);
    await refreshed;
    expect(names()).toEqual(['ball']);
    stop.abort();
    await running;
  });

  it('does not wait for a backoff, and goes on trying', async () => {
    const overloaded = new ApiError(503, { reason: 'ServiceUnavailable' }, 'list');
    const { clock, state, asked, informer, names, stop, running } = setup(overloaded);
    await clock.advance(100_000);
    asked.length = 0;
    let isDone = false;
    const refreshing = informer.refresh(15_000).then(() => (isDone = true));
    await clock.advance(0);
    expect(asked).toHaveLength(1);
    expect(isDone).toBe(false);
    state.failure = undefined;
    await clock.advance(30_000);
    await refreshing;
    expect(names()).toEqual(['ball']);
    stop.abort();
    await running;
  });
});
