import { describe, expect, it } from 'vitest';
import type { KeaClient } from '../kea/client.ts';
import type { KeaStatus } from '../kea/commands.ts';
import { createHeartbeat } from './heartbeat.ts';
import type { ServerView } from './server.ts';

const status = (pid: number): KeaStatus => ({ pid, uptime: 10, reload: 10 });
const viewOf = (found: KeaStatus | undefined): ServerView => ({
  name: 'a',
  reachable: found !== undefined,
  ...(found === undefined ? {} : { status: found }),
});

/** Whether a pair is looked at whose server was in one way at its last turn, and is in another now. */
const isLookedAt = async (last: ServerView | undefined, present: KeaStatus | undefined): Promise<boolean> => {
  const enqueued: string[] = [];
  const client = {
    name: 'a',
    call: () => (present === undefined ? Promise.reject(new Error('no answer')) : Promise.resolve(present)),
  } as unknown as KeaClient;
  const beat = createHeartbeat({
    caches: { pairs: { get: () => ({ spec: {} }) } },
    connections: { get: () => ({ servers: [{ client, lastView: () => last }] }) },
    enqueue: (key: string) => enqueued.push(key),
  } as unknown as Parameters<typeof createHeartbeat>[0]);
  await beat('prod/hq', { signal: new AbortController().signal } as Parameters<typeof beat>[1]);
  return enqueued.length > 0;
};

describe('a pair is looked at', () => {
  it.each([
    { sentence: 'not, while its server is as it was', last: viewOf(status(1)), now: status(1), looked: false },
    { sentence: 'not, before its first turn', last: undefined, now: status(1), looked: false },
    {
      sentence: 'not again, while its server still does not answer',
      last: viewOf(undefined),
      now: undefined,
      looked: false,
    },
    { sentence: 'where its server is another process', last: viewOf(status(1)), now: status(2), looked: true },
    {
      sentence: 'where its server does not answer any more, also at the first beat',
      last: viewOf(status(1)),
      now: undefined,
      looked: true,
    },
    { sentence: 'where its server answers again', last: viewOf(undefined), now: status(1), looked: true },
  ])('$sentence', async ({ last, now, looked }) => {
    expect(await isLookedAt(last, now)).toBe(looked);
  });
});
