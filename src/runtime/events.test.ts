import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fakeClock.ts';
import type { KubeClient } from './client.ts';
import { ApiError } from './errors.ts';
import { createEventRecorder, type KubeEvent } from './events.ts';
import type { KubeObject } from './object.ts';

const widget = (name = 'ball'): KubeObject => ({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name, namespace: 'nursery', uid: `uid-${name}`, resourceVersion: '7' },
});
const broke = { type: 'Warning', reason: 'Broke', action: 'Play', note: 'it fell' } as const;

const setup = () => {
  const clock = createFakeClock();
  const created: KubeEvent[] = [];
  const patches: { name: string; patch: unknown }[] = [];
  const counts: Record<string, number> = {};
  const state: { fail: ApiError | undefined } = { fail: undefined };
  const client = {
    create: (_: unknown, event: KubeEvent) => {
      if (state.fail !== undefined) return Promise.reject(state.fail);
      created.push(event);
      return Promise.resolve(event);
    },
    patch: (_: unknown, { name }: { name: string }, patch: unknown) => {
      if (state.fail !== undefined) return Promise.reject(state.fail);
      patches.push({ name, patch });
      return Promise.resolve({});
    },
  } as unknown as KubeClient;
  const recorder = createEventRecorder({
    client,
    controller: 'example.com/operator',
    instance: 'pod-1',
    clock,
    metrics: { onEvent: (result) => (counts[result] = (counts[result] ?? 0) + 1) },
  });
  return { clock, created, patches, counts, state, recorder };
};

describe('an event', () => {
  it('names the object, the program and the moment', async () => {
    const { clock, created, recorder } = setup();
    recorder.record(widget(), broke);
    await clock.advance(0);
    expect(created[0]).toMatchObject({
      metadata: { namespace: 'nursery' },
      eventTime: '2026-01-01T00:00:00.000000Z',
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:00:00Z',
      count: 1,
      reportingComponent: 'example.com/operator',
      reportingInstance: 'pod-1',
      involvedObject: {
        apiVersion: 'example.com/v1',
        kind: 'Widget',
        namespace: 'nursery',
        name: 'ball',
        uid: 'uid-ball',
      },
      type: 'Warning',
      reason: 'Broke',
      action: 'Play',
      message: 'it fell',
    });
    expect(created[0]?.metadata.name).toMatch(/^ball\.[0-9a-f]+$/);
  });

  it('about a cluster-scoped object lives in the namespace default', async () => {
    const { clock, created, recorder } = setup();
    recorder.record({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } }, broke);
    await clock.advance(0);
    expect(created[0]?.metadata.namespace).toBe('default');
  });

  it('with a note that is too long is cut at a whole character', async () => {
    const { clock, created, recorder } = setup();
    recorder.record(widget(), { ...broke, note: 'ä'.repeat(2_000) });
    await clock.advance(0);
    expect(Buffer.byteLength(created[0]?.message ?? '')).toBeLessThanOrEqual(1_024);
    expect(created[0]?.message).toMatch(/^ä+…$/);
  });

  it('with a note that a terminal would obey shows what it is', async () => {
    const { clock, created, recorder } = setup();
    recorder.record(widget(), { ...broke, note: 'it\u001b[2J fell\n' });
    await clock.advance(0);
    expect(created[0]?.message).toBe('it\\u{1b}[2J fell\\n');
  });
});

describe('the same event again', () => {
  it('becomes a series that is written once in 30 s', async () => {
    const { clock, created, patches, counts, recorder } = setup();
    for (let i = 0; i < 50; i++) {
      recorder.record(widget(), broke);
      await clock.advance(1_000);
    }
    await clock.advance(60_000);
    expect(created).toHaveLength(1);
    expect(patches).toHaveLength(2);
    expect(patches.at(-1)).toEqual({
      name: created[0]?.metadata.name,
      patch: {
        count: 50,
        lastTimestamp: '2026-01-01T00:00:49Z',
        series: { count: 50, lastObservedTime: '2026-01-01T00:00:49.000000Z' },
      },
    });
    expect(counts).toEqual({ created: 1, merged: 49 });
  });

  it('after a rest of ten minutes is an event of its own', async () => {
    const { clock, created, recorder } = setup();
    recorder.record(widget(), broke);
    await clock.advance(600_001);
    recorder.record(widget(), broke);
    await clock.advance(0);
    expect(created).toHaveLength(2);
  });

  it('with another note, or about another object, is another event', async () => {
    const { clock, created, recorder } = setup();
    recorder.record(widget(), broke);
    recorder.record(widget(), { ...broke, note: 'it was thrown' });
    recorder.record(widget('bear'), broke);
    await clock.advance(0);
    expect(created).toHaveLength(3);
  });

  it('is created anew when the server has forgotten the first', async () => {
    const { clock, created, state, recorder } = setup();
    recorder.record(widget(), broke);
    await clock.advance(0);
    recorder.record(widget(), broke);
    state.fail = new ApiError(404, { reason: 'NotFound' }, 'event');
    await clock.advance(30_000);
    state.fail = undefined;
    recorder.record(widget(), broke);
    await clock.advance(0);
    expect(created).toHaveLength(2);
  });
});

it('silences an object that is talked about too much, and no other', async () => {
  const { clock, created, counts, recorder } = setup();
  for (let i = 0; i < 100; i++) recorder.record(widget(), { ...broke, note: `fall ${i}` });
  recorder.record(widget('bear'), broke);
  await clock.advance(0);
  expect(created).toHaveLength(26);
  expect(counts.dropped).toBe(75);
  await clock.advance(300_000);
  recorder.record(widget(), { ...broke, note: 'one more' });
  recorder.record(widget(), { ...broke, note: 'and one too many' });
  await clock.advance(0);
  expect(created).toHaveLength(27);
});

it('drops what comes faster than it can be written', async () => {
  const { clock, created, counts, recorder } = setup();
  for (let i = 0; i < 1_500; i++) recorder.record(widget(`widget-${i}`), broke);
  await clock.advance(0);
  expect(created.length).toBeGreaterThanOrEqual(1_000);
  expect((counts.dropped ?? 0) + created.length).toBe(1_500);
});

it('never throws, and begins anew after a failure', async () => {
  const { clock, created, counts, state, recorder } = setup();
  state.fail = new ApiError(403, { reason: 'Forbidden' }, 'event');
  recorder.record(widget(), broke);
  await clock.advance(0);
  expect(counts).toEqual({ failed: 1 });
  state.fail = undefined;
  recorder.record(widget(), broke);
  await clock.advance(0);
  expect(created).toHaveLength(1);
});

it('writes what is pending when it is closed, and nothing later', async () => {
  const { clock, patches, counts, recorder } = setup();
  recorder.record(widget(), broke);
  await clock.advance(0);
  recorder.record(widget(), broke);
  await recorder.close(1_000);
  expect(patches).toHaveLength(1);
  recorder.record(widget('bear'), broke);
  expect(counts.dropped).toBe(1);
  expect(clock.pending).toBe(0);
});
