import { describe, expect, it } from 'vitest';
import type { CoreEvent, Pod, StatefulSet } from './objects.ts';
import { creationProblem, jobProblem, podState, probeProblem, schemaState } from './podState.ts';

const SET: StatefulSet = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'office-a', generation: 3 },
  status: { observedGeneration: 3, updateRevision: 'office-a-2' },
};
const pod = (status: Pod['status'], revision = 'office-a-2', deleted = false): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'office-a-0',
    namespace: 'prod',
    uid: 'u',
    labels: { 'controller-revision-hash': revision },
    ...(deleted ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
  },
  ...(status === undefined ? {} : { status }),
});
const READY = { conditions: [{ type: 'Ready', status: 'True' }], startTime: '2026-01-01T00:00:00Z' };
const LOG = `2026-11-22 14:42:35.830 INFO  [kea-dhcp4.dhcp4/1.1400] DHCP4_STARTING Kea DHCPv4 server version 3.0.4 starting
2026-11-22 14:42:35.837 ERROR [kea-dhcp4.dhcp4/1.1400] DHCP4_INIT_FAIL failed to initialize Kea server: interface 'nope0' doesn't exist
`;
/** Kubernetes keeps 2 KB of the end: less than what Kea tells of its hooks as it ends. */
const CLOSINGS = `] HOOKS_LIBRARY_CLOSED hooks library libdhcp_ha.so successfully closed
2026-11-22 14:42:35.838 INFO  [kea-dhcp4.hooks/1.1400] HOOKS_LIBRARY_CLOSED hooks library libdhcp_pgsql.so successfully closed
`;
const waiting = (reason: string, message?: string, exitCode?: number, log = LOG): Pod['status'] => ({
  containerStatuses: [
    {
      name: 'kea',
      ready: false,
      restartCount: 1,
      state: { waiting: { reason, ...(message === undefined ? {} : { message }) } },
      ...(exitCode === undefined ? {} : { lastState: { terminated: { exitCode, message: log } } }),
    },
  ],
});

describe('podState', () => {
  it('has what a container said in one line of bounded length', () => {
    const said = `ERROR [kea] \u001b[2J${'x'.repeat(4000)}`;
    const { message = '' } = podState(pod(waiting('CrashLoopBackOff', undefined, 1, said)), SET);
    expect(message).toMatch(
      /^container kea: CrashLoopBackOff: it ended with exit code 1: ERROR \[kea\] \\u\{1b\}\[2Jx+…$/,
    );
    expect(message).toHaveLength(500);
  });

  it('of a ready pod has no message', () => {
    expect(podState(pod(READY), SET)).toEqual({
      exists: true,
      ready: true,
      uid: 'u',
      startedAt: '2026-01-01T00:00:00Z',
      templateCurrent: true,
    });
  });

  it('of one that told the addresses of its node has them', () => {
    const said = (name: string, message: string) => {
      const state = { terminated: { exitCode: 0, message } };
      return podState(pod({ ...READY, initContainerStatuses: [{ name, ready: true, restartCount: 0, state }] }), SET);
    };
    expect(said('addresses', 'lan0 192.0.2.2\nnobody 1.2.3\nlan0.7 203.0.113.1\n').addresses).toEqual([
      { interface: 'lan0', address: '192.0.2.2' },
      { interface: 'lan0.7', address: '203.0.113.1' },
    ]);
    expect(said('addresses', 'lan0 2001:db8::2\n').addresses).toEqual([{ interface: 'lan0', address: '2001:db8::2' }]);
    expect(said('addresses', 'sh: busybox: not found\n').addresses).toBeUndefined();
    expect(said('lease-directory', 'lan0 192.0.2.2\n').addresses).toBeUndefined();
  });

  it.each<readonly [string, Pod | undefined, string]>([
    ['is missing', undefined, 'there is no pod'],
    ['is ending', pod(READY, 'office-a-2', true), 'the pod is ending'],
    [
      'cannot be scheduled',
      pod({ conditions: [{ type: 'PodScheduled', status: 'False', message: '0/2 nodes' }] }),
      'not scheduled: 0/2 nodes',
    ],
    [
      'has no image',
      pod(waiting('ImagePullBackOff', 'no such image')),
      'container kea: ImagePullBackOff: no such image',
    ],
    [
      'crashes',
      pod(waiting('CrashLoopBackOff', 'back-off 10s', 1)),
      "container kea: CrashLoopBackOff: it ended with exit code 1: DHCP4_INIT_FAIL failed to initialize Kea server: interface 'nope0' doesn't exist",
    ],
    [
      'crashes with many words after the error',
      pod(waiting('CrashLoopBackOff', 'back-off 10s', 1, CLOSINGS)),
      'container kea: CrashLoopBackOff: it ended with exit code 1: its log says why: kubectl logs office-a-0 -c kea --previous -n prod',
    ],
    [
      'crashes in another program',
      pod(waiting('CrashLoopBackOff', 'back-off 10s', 2, 'starting\npsql: could not connect\n')),
      'container kea: CrashLoopBackOff: it ended with exit code 2: psql: could not connect',
    ],
    [
      'has an init container that has just failed',
      pod({
        initContainerStatuses: [
          {
            name: 'lease-directory',
            ready: false,
            restartCount: 2,
            state: { terminated: { exitCode: 1, message: "only an empty one of root's is given to the server\n" } },
          },
        ],
      }),
      "container lease-directory: it ended with exit code 1: only an empty one of root's is given to the server",
    ],
    ['just starts', pod({}), 'the pod is starting'],
  ])('that %s says so', (_case, given, message) => {
    expect(podState(given, SET)).toMatchObject({ ready: false, message });
  });

  it('that runs and is not ready has no message: its server says why', () => {
    const running = { name: 'kea', ready: false, restartCount: 0, state: { running: {} } };
    expect(podState(pod({ containerStatuses: [running] }), SET)).not.toHaveProperty('message');
  });

  it.each<readonly [string, Pod['status'], true | undefined]>([
    ['that crashes', waiting('CrashLoopBackOff'), true],
    ['without its image', waiting('ImagePullBackOff'), true],
    ['without a Secret of its own', waiting('CreateContainerConfigError'), true],
    ['without a node', { conditions: [{ type: 'PodScheduled', status: 'False' }] }, true],
    ['that is made', waiting('ContainerCreating'), undefined],
    ['that runs', READY, undefined],
  ])('%s: whether it comes to run by itself is known', (_case, status, stuck) => {
    expect(podState(pod(status), SET).stuck).toBe(stuck);
  });

  it('has Kea’s words without places in a text that nobody has', () => {
    const log =
      "2026-11-22 14:42:35.837 ERROR [kea-dhcp4.dhcp4/1] DHCP4_INIT_FAIL no 'nope0' (<string>:1:344) (:0:0)\n";
    expect(podState(pod(waiting('CrashLoopBackOff', '', 1, log)), SET).message).toBe(
      "container kea: CrashLoopBackOff: it ended with exit code 1: DHCP4_INIT_FAIL no 'nope0'",
    );
  });

  it('that crashes is known to crash', () => {
    expect(podState(pod(waiting('CrashLoopBackOff')), SET).crashing).toBe(true);
    expect(podState(pod(waiting('ErrImagePull')), SET)).not.toHaveProperty('crashing');
  });

  it.each<readonly [string, StatefulSet | undefined, string, boolean | undefined]>([
    ['of the newest revision', SET, 'office-a-2', true],
    ['of an older revision', SET, 'office-a-1', false],
    [
      'while the controller has not seen the template',
      { ...SET, metadata: { name: 'office-a', generation: 4 } },
      'office-a-1',
      undefined,
    ],
    ['without a set', undefined, 'office-a-1', undefined],
  ])('%s: current as can be known', (_case, set, revision, current) => {
    expect(podState(pod(READY, revision), set).templateCurrent).toBe(current);
  });
});

describe('schemaState', () => {
  const job = (type: string, message = '') => ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'j' },
    status: { conditions: [{ type, status: 'True', message }] },
  });
  it.each([
    ['done', job('Complete'), [], { complete: true }],
    [
      'failed',
      job('Failed', 'deadline'),
      [],
      { complete: false, stuck: true, message: 'the schema job failed: deadline' },
    ],
    ['without a pod', undefined, [], { complete: false, message: 'the schema job is starting' }],
    [
      'with a pod that waits',
      undefined,
      [pod(waiting('ErrImagePull'))],
      { complete: false, stuck: true, message: 'the schema job is under way: container kea: ErrImagePull' },
    ],
  ])('%s', (_case, given, pods, expected) => {
    expect(schemaState(given, pods)).toEqual(expected);
  });
});

describe('creationProblem', () => {
  const event = (message: string, lastTimestamp: string, reason = 'FailedCreate'): CoreEvent => ({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: message },
    reason,
    message,
    lastTimestamp,
  });
  it('tells the last refusal, and whether Pod Security or another admission forbade it', () => {
    const events = [
      event(
        'create Pod office-a-0 in StatefulSet office-a failed error: pods "office-a-0" is forbidden: violates PodSecurity',
        '2026-01-01T00:00:02Z',
      ),
      event('an older one', '2026-01-01T00:00:01Z'),
      event('another matter', '2026-01-01T00:00:03Z', 'SuccessfulCreate'),
    ];
    expect(creationProblem(events)).toMatchObject({
      forbidden: true,
      message: expect.stringContaining('PodSecurity') as string,
    });
    expect(creationProblem([event('no room', '2026-01-01T00:00:01Z')])).toEqual({
      forbidden: false,
      message: 'no room',
    });
    expect(creationProblem([])).toBeUndefined();
  });
});

describe('what is said of pods elsewhere', () => {
  const said = `\u001b[2Jis forbidden${'x'.repeat(4000)}`;
  const event = (reason: string, message: string): CoreEvent =>
    ({ reason, message, metadata: { name: 'e', creationTimestamp: '2026-01-01T00:00:00Z' } }) as CoreEvent;
  const failed = { status: { conditions: [{ type: 'Failed', status: 'True', message: said }] } } as Parameters<
    typeof schemaState
  >[0];
  const ended = pod({
    containerStatuses: [
      { name: 'kea', ready: false, restartCount: 0, state: { terminated: { exitCode: 1, message: said } } },
    ],
  });
  it.each([
    ['by a Job', jobProblem(ended)],
    ['of the Job of the schema', schemaState(failed, []).message],
    ['by admission', creationProblem([event('FailedCreate', said)])?.message],
    ['by a probe', probeProblem([event('Unhealthy', `Readiness probe failed: ${said}`)], 0)],
  ])('is one line of bounded length, too: %s', (_, message) => {
    expect(message).toMatch(/^(the schema job failed: )?\\u\{1b\}\[2Jis forbiddenx+…$/);
    expect(message).toHaveLength(500);
  });
});
