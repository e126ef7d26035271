import { expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fakeClock.ts';
import type { KubeClient } from '../runtime/client.ts';
import { ConnectionError } from '../runtime/errors.ts';
import { createLogger } from '../runtime/log.ts';
import type { KubeObject } from '../runtime/object.ts';
import { withdrawWithNamespace } from './departure.ts';

const STAYING: KubeObject = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'kea-system', resourceVersion: '1' },
};
const LEAVING: KubeObject = {
  ...STAYING,
  metadata: { ...STAYING.metadata, resourceVersion: '2', deletionTimestamp: '2026-01-01T00:00:00Z' },
};

/** An API server with the operator's namespace, whose watch tells what is told to it. */
const setup = (failures = 0) => {
  const clock = createFakeClock();
  const state = { namespace: STAYING, deleted: 0, failures };
  const told: ((event: { type: string; object: KubeObject }) => void)[] = [];
  const client = {
    get: () => Promise.resolve(state.namespace),
    list: () => Promise.resolve({ metadata: { resourceVersion: '1' }, items: [state.namespace] }),
    watch: async function* (_: unknown, { signal }: { signal: AbortSignal }) {
      for (;;) {
        yield await new Promise((resolve, reject) => {
          told.push(resolve);
          signal.addEventListener('abort', () => {
            reject(new Error('aborted'));
          });
        });
      }
    },
    delete: () => {
      if (state.failures-- > 0) return Promise.reject(new ConnectionError('Unreachable', 'no way'));
      state.deleted++;
      return Promise.resolve();
    },
  } as unknown as KubeClient;
  const stop = new AbortController();
  const log = createLogger({ level: 'silent' });
  const done = withdrawWithNamespace({ client, namespace: 'kea-system', log, clock }, stop.signal);
  return { clock, state, told, stop, done };
};

it.each<[string, number]>([
  ['at once', 0],
  ['again and again while the API server is away', 3],
])('withdraws the APIService %s when its namespace begins to go', async (_, failures) => {
  const { clock, state, told, stop, done } = setup(failures);
  await clock.advance(1);
  expect(state.deleted).toBe(0);
  told[0]?.({ type: 'MODIFIED', object: LEAVING });
  await clock.advance(10_000);
  expect(state.deleted).toBe(1);
  stop.abort();
  await done;
});

it.each<[string, KubeObject, number]>([
  ['goes: its own end may be the first word of that', LEAVING, 1],
  ['stays, as in an upgrade: not', STAYING, 0],
])('withdraws it at the end of the process where the namespace %s', async (_, namespace, times) => {
  const { clock, state, stop, done } = setup();
  await clock.advance(1);
  state.namespace = namespace;
  stop.abort();
  await done;
  expect(state.deleted).toBe(times);
});

it('gives up in time for the process to end', async () => {
  const { clock, state, told, stop, done } = setup(Infinity);
  await clock.advance(1);
  told[0]?.({ type: 'MODIFIED', object: LEAVING });
  await clock.advance(1);
  stop.abort();
  await clock.advance(11_000);
  await done;
  expect(state.deleted).toBe(0);
});
