import { describe, expect, it } from 'vitest';
import { makePair, topologyOf } from '../../test/support/pair.ts';
import type { KeaStatus } from '../kea/commands.ts';
import type { Followed, ServerSession, ServerView } from '../servers/session.ts';
import type { Looked } from '../workload/settle.ts';
import type { WorkloadState } from '../workload/workload.ts';
import { contactsOf, followedOf, outcomesOf } from './outcomes.ts';

const topology = topologyOf(makePair());
const haIn = (state: string, scopes: string[] = ['a']): KeaStatus => ({
  pid: 1,
  uptime: 10,
  reload: 10,
  sockets: { status: 'ready' },
  'high-availability': [{ 'ha-mode': 'hot-standby', 'ha-servers': { local: { role: 'primary', scopes, state } } }],
});
const answering = (name: string, status = haIn('hot-standby')): ServerView => ({
  name,
  reachable: true,
  status,
  subnets: 1,
  version: '3.0.4',
  lastAnswer: 5,
});
const FOLLOWED: Followed = { synchronized: true, path: 'none', steps: 0, drifted: 0, seconds: 0 };

const UDP_TAKEN =
  'Failed to open socket on interface eth1, reason: failed to bind fallback socket to address 192.0.2.1, port 67, reason: Address already in use - is another DHCP server running?';
const TCP_TAKEN =
  "CrashLoopBackOff: it ended with exit code 1: DHCP4_INIT_FAIL failed to initialize Kea server: configuration error using file '/etc/kea/kea-dhcp4.conf': unable to setup TCP acceptor for listening to the incoming HTTP requests: bind: Address already in use [system:98 at";

/** Of the server a, with everything well but for what is said. */
const outcome = ({
  view = answering('a'),
  pod = { ready: true },
  convergence = { current: true },
  followed = FOLLOWED,
  expected = true,
}: {
  readonly view?: ServerView;
  readonly pod?: { readonly ready: boolean; readonly stuck?: true; readonly message?: string };
  readonly convergence?: { readonly current: boolean | undefined; readonly message?: string };
  readonly followed?: Followed | undefined;
  readonly expected?: boolean;
}) => {
  const state = { servers: topology.servers.map((server) => ({ server, pod })) } as unknown as WorkloadState;
  const convergences: Looked['convergences'] = new Map([['a', convergence]]);
  const outcomes = outcomesOf({ topology, state, views: [view], expected }, convergences, new Map([['a', followed]]));
  return outcomes[0];
};

describe('outcomesOf', () => {
  it('speaks of every server of the specification, though nothing may be known of it', () => {
    const state = { servers: [] } as unknown as WorkloadState;
    expect(outcomesOf({ topology, state, views: [], expected: true }, new Map(), new Map())).toEqual([
      {
        name: 'a',
        ipFamily: 'IPv4',
        address: '192.0.2.1',
        role: 'Primary',
        reachable: false,
        serving: false,
        answers: [],
        cutOff: false,
        synchronized: false,
      },
      {
        name: 'b',
        ipFamily: 'IPv4',
        address: '192.0.2.2',
        role: 'Standby',
        reachable: false,
        serving: false,
        answers: [],
        cutOff: false,
        synchronized: false,
      },
    ]);
  });

  it('knows of a server whose pod does not come to run by itself', () => {
    expect(outcome({ pod: { ready: false, stuck: true } })).toHaveProperty('stuck', true);
    expect(outcome({ pod: { ready: false } })).not.toHaveProperty('stuck');
  });

  const cases: readonly [because: string, given: Parameters<typeof outcome>[0], expected: object][] = [
    [
      'a server that runs everything and answers clients has no message',
      {},
      { reachable: true, serving: true, synchronized: true, state: 'hot-standby', scopes: ['a'], version: '3.0.4' },
    ],
    [
      'rows that it does not run leave it behind, and it says why',
      { followed: { ...FOLLOWED, synchronized: false, message: 'no room' } },
      { serving: true, synchronized: false, message: 'no room' },
    ],
    [
      'so does its configuration',
      { convergence: { current: false, message: 'waits' } },
      { synchronized: false, message: 'waits' },
    ],
    [
      'closed sockets serve nobody',
      { view: answering('a', { ...haIn('hot-standby'), sockets: { status: 'failed', errors: ['eth0 is down'] } }) },
      { serving: false, message: 'DHCP sockets are not open: eth0 is down' },
    ],
    [
      'nor does one on whose interface somebody else has the port: it says which, where, and what to do',
      { view: answering('a', { ...haIn('hot-standby'), sockets: { status: 'retrying', errors: [UDP_TAKEN] } }) },
      {
        serving: false,
        portInUse: true,
        message:
          'UDP port 67 on eth1 of node node1 is in use by another DHCP server, such as that of a HAPair that another operator looks after: end that, or name other interfaces or nodes in spec.servers',
      },
    ],
    [
      'nor one that waits for a TCP port',
      {
        view: { name: 'a', reachable: false, error: 'a: status-get: self-signed certificate' },
        pod: { ready: false, message: 'TCP port 8001 of 192.0.2.1: Address already in use' },
      },
      {
        serving: false,
        portInUse: true,
        message:
          'TCP port 8001 of 192.0.2.1 (node node1) is in use by another program, such as a server of a HAPair that another operator looks after: end that, or name other ports in spec.controlPort and spec.haPort',
      },
    ],
    [
      'whoever has it may show a certificate: that says more than anything',
      {
        view: {
          name: 'a',
          reachable: false,
          error: 'a: status-get: another server answers there',
          stranger: 'lab-a, signed by lab-lab-1a2b3c4d',
        },
        pod: { ready: false, message: 'TCP port 8000 of 192.0.2.1: Address already in use' },
      },
      {
        portInUse: true,
        message:
          'TCP port 8000 of 192.0.2.1 (node node1) is in use by a server that this operator does not look after, whose certificate is for lab-a, signed by lab-lab-1a2b3c4d: end that, or name other ports in spec.controlPort and spec.haPort',
      },
    ],
    [
      'nor one of an earlier image, which ends for it without a word of the port',
      {
        view: { name: 'a', reachable: false, error: 'a: status-get: connect ECONNREFUSED' },
        pod: { ready: false, message: `container kea: ${TCP_TAKEN}` },
      },
      {
        portInUse: true,
        message:
          'TCP port 8000 or 8001 of 192.0.2.1 (node node1) is in use by another program, such as a server of a HAPair that another operator looks after: end that, or name other ports in spec.controlPort and spec.haPort',
      },
    ],
    [
      'a server that is silent and whose probe speaks of its sockets does not wait for a TCP port',
      {
        view: { name: 'a', reachable: false, error: 'a: status-get: connect ETIMEDOUT' },
        pod: { ready: false, message: `the DHCP sockets are not open: ${UDP_TAKEN}` },
      },
      { message: `the DHCP sockets are not open: ${UDP_TAKEN}` },
    ],
    [
      'a server that waits for its partner’s leases does not serve',
      { view: answering('a', haIn('syncing')) },
      { serving: false, state: 'syncing' },
    ],
    [
      'one that answers serves, whatever a kubelet that is cut off says of its pod',
      { pod: { ready: false, message: 'the pod is starting' } },
      { serving: true, answers: ['a'], message: 'the pod is starting' },
    ],
    [
      'one without subnets answers nobody, though its sockets are open and its state is right',
      { view: { ...answering('a'), subnets: 0 } },
      { serving: false, answers: [], message: 'it has no subnets' },
    ],
    [
      'one without a link is switched off by its probe',
      {
        view: answering('a', {
          ...haIn('hot-standby'),
          'dhcp-state': { 'globally-disabled': true, 'disabled-by-user': true },
        }),
      },
      {
        serving: false,
        answers: [],
        message: 'its DHCP service is disabled: its interfaces have no link, or somebody sent dhcp-disable',
      },
    ],
    [
      'one that has lost the database of its leases answers nobody, whatever its status says',
      { view: { ...answering('a'), leaseProblem: 'its leases cannot be reached: gone' } },
      { reachable: true, serving: false, answers: [], message: 'its leases cannot be reached: gone' },
    ],
    [
      'in a pair that has no subnets yet it serves',
      { view: { ...answering('a'), subnets: 0 }, expected: false },
      { serving: true, answers: ['a'] },
    ],
    [
      'a standby that waits for its partner to fail serves, and answers nobody',
      { view: answering('a', haIn('hot-standby', [])) },
      { serving: true, answers: [], scopes: [] },
    ],
    [
      'a scope is worth nothing where the sockets are closed',
      { view: answering('a', { ...haIn('hot-standby'), sockets: { status: 'failed', errors: ['in use'] } }) },
      { serving: false, answers: [], scopes: ['a'], message: 'DHCP sockets are not open: in use' },
    ],
    [
      'a backup is disabled until it is needed',
      { view: answering('a', { ...haIn('backup', []), 'dhcp-state': { 'globally-disabled': true } }) },
      { serving: true, answers: [] },
    ],
    [
      'in the state terminated it answers its own clients',
      { view: answering('a', haIn('terminated')) },
      { serving: true, answers: ['a'] },
    ],
    [
      'of a server that never answered its pod says more',
      {
        view: { name: 'a', reachable: false, error: 'refused' },
        pod: { ready: false, message: 'no image' },
        convergence: { current: undefined },
      },
      { reachable: false, synchronized: false, message: 'no image' },
    ],
    [
      'a server that answered and is silent says so, and its pod may know why',
      {
        view: { name: 'a', reachable: false, error: 'no answer', lastAnswer: 5 },
        pod: { ready: false, message: 'not scheduled' },
        convergence: { current: undefined },
      },
      { reachable: false, lastAnswer: 5, message: 'no answer; its pod: not scheduled' },
    ],
    [
      'a server that answered on a node that is lost has only its silence',
      { view: { name: 'a', reachable: false, error: 'no answer', lastAnswer: 5 }, convergence: { current: undefined } },
      { reachable: false, message: 'no answer' },
    ],
  ];
  it.each(cases)('%s', (_, given, expected) => {
    expect(outcome(given)).toMatchObject(expected);
    expect(outcome(given)?.message).toBe((expected as { message?: string }).message);
  });
});

const session = (name: string, convergence: Followed | undefined) =>
  ({ client: { name }, lastFollowed: () => convergence }) as unknown as ServerSession;

it('followedOf takes what is known of servers that have not changed since', () => {
  const servers = [session('a', FOLLOWED), session('b', undefined)];
  expect([...followedOf({ servers })]).toEqual([['a', FOLLOWED]]);
});

it('contactsOf leaves out who does not answer', () => {
  const servers = [session('a', undefined), session('b', undefined)];
  const views: ServerView[] = [{ name: 'a', reachable: false, error: 'no answer' }, answering('b')];
  expect([...contactsOf({ servers }, views).keys()]).toEqual(['b']);
});
