/** Passes of which not all is well, and what is known of their causes, in the words of the functions that tell of them. */
import { StaleObservation } from '../../src/backend/backend.ts';
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import { LeasesUnavailable } from '../../src/leases/source.ts';
import { ApiError, ConnectionError } from '../../src/runtime/errors.ts';
import { definitionProblem, NEXT_ROUND, UNREACHABLE } from '../../src/status/progress.ts';
import type { Attempt } from '../../src/status/types.ts';
import { failureOf } from '../../src/sync/failure.ts';
import { notAllowed } from '../../src/workload/allowed.ts';
import { claimProblem } from '../../src/workload/claims.ts';
import { creationProblem, forbidden, podState, schemaProblems, schemaState } from '../../src/workload/podState.ts';
import { NameTaken } from '../../src/workload/store.ts';
import { resolveTopology } from '../../src/workload/topology.ts';
import { DEFINITIONS, pair } from './objects.ts';
import { makePair } from './pair.ts';
import { cutShort, OFFICE, pass, plain, server, SYNC } from './passes.ts';

const since = (type: string) => {
  return { type, status: 'Unknown', reason: 'Reconciling', message: '', lastTransitionTime: '2026-05-01T00:00:00Z' };
};

const old = pair(
  { ...SYNC, haPort: 8001 },
  {
    status: { conditions: ['WorkloadAvailable', 'BackendReachable', 'Programmed', 'Synchronized'].map(since) },
  },
);
const known = { ...plain, pair: old };
const balanced = { ...known, pair: { ...old, spec: { ...old.spec, mode: 'LoadBalancing' as const } } };
const down = { reachable: false, serving: false, answers: [], synchronized: false };
const partner = server('b', { answers: ['a', 'b'], state: 'partner-down' });

const pod = (reason: string, message: string) => ({
  apiVersion: 'v1' as const,
  kind: 'Pod' as const,
  metadata: { name: 'hq-a-0', namespace: 'prod' },
  status: {
    containerStatuses: [{ name: 'kea', ready: false, restartCount: 3, state: { waiting: { reason, message } } }],
  },
});
/** What passes end in. */
const FAILED: readonly Error[] = [
  new StaleObservation('somebody wrote meanwhile: revision 8 3, observed was 7 3'),
  new LeasesUnavailable('PostgreSQL: connect ECONNREFUSED 10.0.0.5:5432'),
  new NameTaken(
    'the Secret "hq-control" is there already and does not carry the labels of the HAPair hq: delete it, or give the HAPair or its server another name',
  ),
  new ConnectionError(
    'Unreachable',
    'GET /api/v1/namespaces/prod/secrets/hq-control: connect ECONNREFUSED 10.96.0.1:443',
  ),
  new ApiError(
    403,
    {
      reason: 'Forbidden',
      message: 'secrets "hq-control" is forbidden: User "kea-operator" cannot get resource "secrets"',
    },
    'GET /api/v1/namespaces/prod/secrets/hq-control',
  ),
  new TypeError("Cannot read properties of undefined (reading 'name')"),
];
const why = (reason: string, message: string): string => podState(pod(reason, message), undefined).message ?? '';
const NODES = new Map([
  ['node1', { internalIPs: ['10.0.0.1'] }],
  ['node2', { internalIPs: [] }],
]);
const earlier = makePair({ servers: [{ name: 'a', node: 'node1', interfaces: ['lan0'] }] });
const later = {
  ...earlier,
  metadata: { ...earlier.metadata, name: 'later', uid: 'later', creationTimestamp: '2027-01-01T00:00:00Z' },
};
const onOtherPorts = { ...later, spec: { ...later.spec, controlPort: 9000, haPort: 9001 } };
const onOtherLink = {
  ...later,
  spec: { ...later.spec, servers: later.spec.servers.map((one) => ({ ...one, interfaces: ['lan1'] })) },
};
const claimed = (one: typeof later) => {
  const problem = claimProblem(one, DHCPV4, [earlier, one], NODES, () => true);
  return problem === undefined ? [] : [problem];
};
const BOUNDS = { hostPaths: ['/var/lib/kea-operator'], images: [], servers: [], priorityClasses: [] };
const creation = creationProblem([
  {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'x' },
    reason: 'FailedCreate',
    message: 'pods "hq-a-0" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true)',
  },
]);
const { problems } = resolveTopology(
  makePair({
    servers: [
      { name: 'a', node: 'nowhere', interfaces: ['lan0'] },
      { name: 'b', node: 'node2', interfaces: ['lan0'] },
    ],
  }),
  DHCPV4,
  NODES,
);
const refused = (by: 'server' | 'database' | 'API server', text: string) => ({
  refusals: new Map([[OFFICE, { by, text }]] as const),
});

const definitions = (): readonly Attempt[] => {
  return [{ leaving: new Set(['Subnet']) }, { missing: new Set(['Subnet']) }, { forbidden: new Set(['Subnet']) }].map(
    (more) => {
      const all = { ...DEFINITIONS, ...more };
      const problem = definitionProblem(all);
      return cutShort(known, { definitions: all, ...(problem === undefined ? {} : { failure: problem }) });
    },
  );
};

export const UNWELL: readonly Attempt[] = [
  pass(known, {
    servers: [server('a', { ...down, stuck: true, message: why('CrashLoopBackOff', 'back-off 5m0s') }), partner],
  }),
  pass(known, {
    servers: ['a', 'b'].map((name) => server(name, { ...down, message: why('ImagePullBackOff', 'no such image') })),
  }),
  pass(balanced, {
    servers: [
      server('a', { answers: [], serving: false, message: 'DHCP sockets are not open: the interface lan0 is down' }),
      server('b'),
    ],
  }),
  pass(known, {
    servers: ['a', 'b'].map((name) =>
      server(name, {
        answers: [],
        serving: false,
        portInUse: true,
        message: `UDP port 67 on lan0 of node ${name} is in use by another DHCP server, such as that of a HAPair that another operator looks after: end that, or name other interfaces or nodes in spec.servers`,
      }),
    ),
  }),
  pass(known, {
    servers: ['a', 'b'].map((name) =>
      server(name, { state: 'partner-down', address: name === 'a' ? '10.0.0.1' : '10.0.0.2' }),
    ),
  }),
  pass(known, { servers: ['a', 'b'].map((name) => server(name, { state: 'terminated' })) }),
  pass(known, {
    servers: [
      server('a', { state: 'terminated', clockOffset: 70_000 }),
      server('b', { state: 'terminated', clockOffset: 0 }),
    ],
  }),
  pass(known, { servers: [server('a', { clockOffset: 40_000 }), server('b', { clockOffset: 0 })] }),
  pass(known, { servers: [server('a', { cutOff: true, address: '10.0.0.1' }), server('b', { address: '10.0.0.2' })] }),
  pass(known, {
    servers: [server('a', { synchronized: false, message: 'config-backend-pull: the database is away' }), server('b')],
  }),
  pass(known, { written: false, servers: ['a', 'b'].map((name) => server(name, down)) }),
  pass(known, { untried: new Map([[OFFICE, UNREACHABLE]]) }),
  pass(known, { untried: new Map([[OFFICE, NEXT_ROUND]]) }),
  pass(known, refused('server', "unknown allocator 'x'")),
  pass(known, refused('database', 'value too long for type character varying(64)')),
  pass(known, refused('API server', 'admission webhook "policy.example.org" denied the request: no finalizers')),
  cutShort({ ...plain, pair: pair({ ...SYNC, paused: true }) }, {}),
  cutShort(known, {
    backendProblem: {
      reason: 'BackendUnavailable',
      message: 'PostgreSQL db:5432/kea: connect ECONNREFUSED 10.0.0.9:5432',
    },
  }),
  cutShort(known, {
    backendProblem: {
      reason: 'CredentialsMissing',
      message: 'the Secret "kea-database" has no key "password": add it',
    },
  }),
  cutShort(known, {
    workloadProblems: schemaProblems(schemaState(undefined, [pod('ImagePullBackOff', 'no such image')])),
  }),
  cutShort(known, { workloadProblems: [forbidden('prod', creation?.message ?? '')] }),
  ...problems.map((problem) => cutShort(known, { workloadProblems: [problem] })),
  ...[onOtherPorts, onOtherLink].map((one) => cutShort(known, { workloadProblems: claimed(one) })),
  cutShort(known, { workloadProblems: [{ reason: 'NotAllowed', message: notAllowed(later, BOUNDS) ?? '' }] }),
  pass(known, { notAllowed: notAllowed(later, BOUNDS) ?? '' }),
  ...FAILED.map((error) => cutShort(known, { failure: failureOf(error) })),
  ...definitions(),
];
