import { describe, expect, it } from 'vitest';
import type { KeaClient } from '../kea/client.ts';
import type { KeaStatus } from '../kea/commands.ts';
import { DHCPV4 } from '../kea/dhcpv4.ts';
import type { ServerView } from '../servers/session.ts';
import { createHeartbeat } from './heartbeat.ts';

const status = (pid: number): KeaStatus => ({ pid, uptime: 10, reload: 10 });
const viewOf = (found: KeaStatus | undefined): ServerView => ({
  name: 'a',
  reachable: found !== undefined,
  ...(found === undefined ? {} : { status: found }),
});

interface Moment {
  readonly server?: KeaStatus | undefined;
  readonly database?: boolean;
  readonly leaseProblem?: string;
  /** Version of the credentials Secret; undefined: the API server does not answer. */
  readonly secret?: string | undefined;
}

/** At which of the moments that its heartbeats find a pair is looked at, whose server was in one way at its last pass. */
const lookedAt = async (last: ServerView | undefined, moments: readonly Moment[]): Promise<readonly number[]> => {
  const looked: number[] = [];
  let index = 0;
  const now = (): Moment => ({ server: last?.status, database: true, secret: '1', ...moments[index] });
  const client = {
    name: 'a',
    family: DHCPV4,
    call: () => {
      const { server } = now();
      return server === undefined ? Promise.reject(new Error('no answer')) : Promise.resolve(server);
    },
  } as unknown as KeaClient;
  const leaseProblem = () => Promise.resolve(now().leaseProblem);
  const probe = () => (now().database === true ? Promise.resolve({}) : Promise.reject(new Error('refused')));
  const beat = createHeartbeat({
    client: {
      get: () => {
        const { secret } = now();
        return secret === undefined
          ? Promise.reject(new Error('refused'))
          : Promise.resolve({ metadata: { resourceVersion: secret } });
      },
    },
    caches: { pairs: { get: () => ({ metadata: {}, spec: { database: { credentialsSecretRef: { name: 'db' } } } }) } },
    sessions: {
      get: () => ({
        connections: {
          current: () => ({ backend: { probe }, servers: [{ client, lastView: () => last, leaseProblem }] }),
        },
      }),
    },
    enqueue: () => looked.push(index),
  } as unknown as Parameters<typeof createHeartbeat>[0]);
  for (; index < moments.length; index++)
    await beat('prod/hq', { signal: new AbortController().signal } as Parameters<typeof beat>[1]);
  return looked;
};

const ONE = viewOf(status(1));
const WELL: Moment = {};
const AWAY: Moment = { database: false };
const CHANGED: Moment = { secret: '2' };

describe('a pair is looked at', () => {
  it.each<readonly [string, ServerView | undefined, readonly Moment[], readonly number[]]>([
    ['not, while its server is as it was', ONE, [WELL, WELL], []],
    ['not, before its first pass', undefined, [{ server: status(1) }], []],
    ['not again, while its server still does not answer', viewOf(undefined), [WELL], []],
    ['where its server is another process', ONE, [{ server: status(2) }], [0]],
    ['where its server does not answer any more, also at the first beat', ONE, [{ server: undefined }], [0]],
    ['where its server answers again', viewOf(undefined), [{ server: status(1) }], [0]],
    ['where its server has lost its lease database', ONE, [{ leaseProblem: 'gone' }], [0]],
    ['when its database goes and when it comes back', ONE, [WELL, AWAY, AWAY, WELL], [1, 3]],
    [
      'within three beats of a change of the Secret that it names',
      ONE,
      [WELL, CHANGED, CHANGED, CHANGED, CHANGED],
      [3],
    ],
    ['not for a Secret that could not be read', ONE, [WELL, WELL, WELL, { secret: undefined }, WELL], []],
  ])('%s', async (_, last, moments, looked) => {
    expect(await lookedAt(last, moments)).toEqual(looked);
  });
});
