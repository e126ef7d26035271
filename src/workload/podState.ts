/** What pods, Jobs and events say of how things go. */
import { isAddress } from '../kea/address.ts';
import { legible, withoutPlaces } from '../kea/text.ts';
import { JOB_ANNOTATION } from './manifests.ts';
import type { CoreEvent, Job, Pod, StatefulSet } from './objects.ts';
import { ADDRESSES } from './podTemplate.ts';

export interface InterfaceAddress {
  readonly interface: string;
  readonly address: string;
}

/** A server's pod as the status of the pair shows it. */
export interface PodState {
  readonly exists: boolean;
  /** Its DHCP sockets are open (kea-probe ready). */
  readonly ready: boolean;
  readonly uid?: string;
  /** RFC 3339. */
  readonly startedAt?: string;
  /** Made from the present template; undefined while that cannot be known. */
  readonly templateCurrent?: boolean;
  /** Its server ends again and again: the kubelet waits up to five minutes before it tries once more. */
  readonly crashing?: true;
  /** What keeps it from running does not pass by itself, as a rule. */
  readonly stuck?: true;
  /** No server runs in it: there is no pod, or its kubelet says so. One that is being ended may still run, as may one of a node that is cut off. */
  readonly down?: true;
  /** What addresses its node's interfaces had when it started; absent where it did not tell. */
  readonly addresses?: readonly InterfaceAddress[];
  /** What keeps it from being ready, in Kubernetes' words or the server's last. */
  readonly message?: string;
}

/** Of what pods and their kubelets say: every message of theirs is cut to it, and made legible, here. */
const MESSAGE_LENGTH = 500;
const shown = (message: string): string => legible(withoutPlaces(message), MESSAGE_LENGTH);

const REVISION_LABEL = 'controller-revision-hash';

export const podState = (pod: Pod | undefined, set: StatefulSet | undefined): PodState => {
  if (pod === undefined) return { exists: false, ready: false, down: true, message: 'there is no pod' };
  const ready = isTrue(pod.status?.conditions, 'Ready') && pod.metadata.deletionTimestamp === undefined;
  const message = ready ? undefined : problemOf(pod);
  const templateCurrent = isCurrent(pod, set);
  const addresses = addressesOf(pod);
  return {
    exists: true,
    ready,
    ...(pod.metadata.uid === undefined ? {} : { uid: pod.metadata.uid }),
    ...(pod.status?.startTime === undefined ? {} : { startedAt: pod.status.startTime }),
    ...(templateCurrent === undefined ? {} : { templateCurrent }),
    ...(addresses.length > 0 ? { addresses } : {}),
    ...(!ready && isCrashing(pod) ? { crashing: true } : {}),
    ...(!ready && isStuck(pod) ? { stuck: true } : {}),
    ...(!ready && isDown(pod) ? { down: true } : {}),
    ...(message === undefined ? {} : { message: shown(message) }),
  };
};

/** A pod says of which revision it was made; the controller says which is the newest, once it has seen the template. */
const isCurrent = (pod: Pod, set: StatefulSet | undefined): boolean | undefined => {
  if (set?.status?.updateRevision === undefined) return undefined;
  if (set.status.observedGeneration !== set.metadata.generation) return undefined;
  return pod.metadata.labels?.[REVISION_LABEL] === set.status.updateRevision;
};

interface ConditionLike {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

const find = (conditions: readonly ConditionLike[] | undefined, type: string): ConditionLike | undefined =>
  conditions?.find((condition) => condition.type === type);
const isTrue = (conditions: readonly ConditionLike[] | undefined, type: string): boolean =>
  find(conditions, type)?.status === 'True';

const problemOf = (pod: Pod): string | undefined => {
  if (pod.metadata.deletionTimestamp !== undefined) return 'the pod is ending';
  const scheduled = find(pod.status?.conditions, 'PodScheduled');
  if (scheduled?.status === 'False')
    return `not scheduled: ${scheduled.message ?? scheduled.reason ?? 'no reason given'}`;
  for (const { name, state, lastState } of containersOf(pod)) {
    const log = `kubectl logs ${pod.metadata.name} -c ${name} --previous -n ${pod.metadata.namespace ?? ''}`;
    const failed = state?.terminated;
    if (failed !== undefined && failed.exitCode !== 0) return `container ${name}: ${lastWords(failed, log)}`;
    const waiting = state?.waiting;
    if (waiting?.reason === undefined || waiting.reason === 'PodInitializing') continue;
    const ended = lastState?.terminated;
    const why = ended === undefined ? waiting.message : lastWords(ended, log);
    return `container ${name}: ${[waiting.reason, why].filter(Boolean).join(': ')}`;
  }
  // Of a container that runs and is not ready its server knows more than the kubelet.
  const runs = (pod.status?.containerStatuses ?? []).some(({ state }) => state?.running !== undefined);
  return runs ? undefined : 'the pod is starting';
};

const containersOf = ({ status }: Pod) => [
  ...(status?.initContainerStatuses ?? []),
  ...(status?.containerStatuses ?? []),
];

const addressesOf = ({ status }: Pod): readonly InterfaceAddress[] => {
  const told = status?.initContainerStatuses?.find(({ name }) => name === ADDRESSES)?.state?.terminated?.message ?? '';
  return [...told.matchAll(/^(\S+) (\S+)$/gm)].flatMap(([, name = '', address = '']) =>
    isAddress(address) ? [{ interface: name, address }] : [],
  );
};

const isDown = ({ metadata, status }: Pod): boolean =>
  metadata.deletionTimestamp === undefined &&
  !(status?.containerStatuses ?? []).some(({ state }) => state?.running !== undefined);

const waitsFor = (pod: Pod): readonly (string | undefined)[] =>
  containersOf(pod).map(({ state }) => state?.waiting?.reason);

const isCrashing = (pod: Pod): boolean => waitsFor(pod).includes('CrashLoopBackOff');

/** A container that waits for anything else than its turn: its image, its Secrets, the end of its kubelet's grace period. */
const isStuck = (pod: Pod): boolean =>
  pod.metadata.deletionTimestamp === undefined &&
  (find(pod.status?.conditions, 'PodScheduled')?.status === 'False' ||
    waitsFor(pod).some((reason) => reason !== undefined && !STARTING.has(reason)));

const STARTING: ReadonlySet<string> = new Set(['PodInitializing', 'ContainerCreating']);

/**
 * Of the end of a container's log, which Kubernetes keeps, the last error; Kea hides passwords in its log. Where Kea has told so much
 * since that the error is not in it, the command that shows the rest.
 */
const lastWords = ({ exitCode, message = '' }: { exitCode?: number; message?: string }, log: string): string => {
  const lines = message.split('\n').filter((line) => line.trim() !== '');
  const last = lines.at(-1);
  const error = lines.findLast((line) => /\b(ERROR|FATAL)\b/.test(line));
  const said =
    error?.replace(/^\S+ \S+ +(ERROR|FATAL) +\[[^\]]*\] /, '') ??
    (last && KEA_LINE.test(last) ? `its log says why: ${log}` : last);
  return [`it ended with exit code ${exitCode ?? '?'}`, said].filter(Boolean).join(': ');
};
const KEA_LINE = /^\S+ \S+ +(DEBUG|INFO|WARN) +\[/;

/** How a Job ended: whether it did what it was for; undefined: it has not ended. */
export const finished = (job: Job): boolean | undefined => {
  if (isTrue(job.status?.conditions, 'Complete')) return true;
  return isTrue(job.status?.conditions, 'Failed') ? false : undefined;
};

/** What a Job's pod said at its end, or what keeps it from running; undefined: nothing is known of it. */
export const jobProblem = (pod: Pod | undefined): string | undefined => {
  if (pod === undefined) return undefined;
  const said = containersOf(pod).find(({ state }) => state?.terminated !== undefined)?.state?.terminated?.message;
  const problem = said?.trim().split('\n').at(-1) ?? problemOf(pod);
  return problem && shown(problem);
};

/** Where the Job that makes the schema stands. */
export interface SchemaState {
  readonly complete: boolean;
  /** It does not come to an end by itself. */
  readonly stuck?: true;
  readonly message?: string;
}

export const schemaState = (job: Job | undefined, pods: readonly Pod[]): SchemaState => {
  if (isTrue(job?.status?.conditions, 'Complete')) return { complete: true };
  const failed = find(job?.status?.conditions, 'Failed');
  const pod = pods.at(-1);
  const message =
    failed?.status === 'True'
      ? `the schema job failed: ${failed.message ?? ''}`
      : pod === undefined
        ? 'the schema job is starting'
        : `the schema job is under way: ${problemOf(pod) ?? 'its pod runs'}`;
  const stuck = failed?.status === 'True' || (pod !== undefined && isStuck(pod));
  return { complete: false, ...(stuck ? { stuck } : {}), message: shown(message) };
};

/** Whether a Job makes the schema that is wanted, by a pod as wanted; how the pod was made of one that is done is no matter. */
export const fitsSchemaJob = (job: Job, { metadata }: Job): boolean =>
  job.metadata.name === metadata.name &&
  (isTrue(job.status?.conditions, 'Complete') ||
    job.metadata.annotations?.[JOB_ANNOTATION] === metadata.annotations?.[JOB_ANNOTATION]);

/** What is to be told of it until it is there. */
export const schemaProblems = ({ complete, stuck, message = 'the schema job is under way' }: SchemaState) =>
  complete ? [] : [{ reason: 'SchemaNotReady' as const, message, ...(stuck === true ? { stuck } : {}) }];

/**
 * Why a StatefulSet without a pod has none. Its controller says so only in events: the admission of the pod is refused, not that of the set.
 */
export const creationProblem = (
  events: readonly CoreEvent[],
): { readonly forbidden: boolean; readonly message: string } | undefined => {
  const last = latest(events.filter(({ reason }) => reason === 'FailedCreate'));
  if (last?.message === undefined) return undefined;
  return { forbidden: last.message.includes('is forbidden'), message: shown(last.message) };
};

/** Pods that are refused: the remedy first, as the refusal itself is long. */
export const forbidden = (namespace: string, refusal: string) => ({
  reason: 'WorkloadForbidden' as const,
  message: refusal.includes('PodSecurity')
    ? `label the namespace ${namespace} with pod-security.kubernetes.io/enforce=privileged: ${refusal}`
    : `allow the server pods in the namespace ${namespace}: ${refusal}`,
});

/** What a failed probe says after its kind. */
const PROBE_WORDS = /^(?:Readiness|Startup|Liveness) probe failed: (?:not (?:ready|live): )?/;

/**
 * What a server that runs and does not answer waits for: its readiness probe says so, and only in the kubelet's events. Without them the operator would have
 * to run something in the pod.
 * @param since Older ones speak of the past, ms since 1970.
 */
export const probeProblem = (events: readonly CoreEvent[], since: number): string | undefined => {
  const last = latest(
    events.filter(({ reason, message }) => reason === 'Unhealthy' && message?.startsWith('Readiness')),
  );
  if (last?.message === undefined || Date.parse(timeOf(last)) < since) return undefined;
  return shown(last.message.replace(PROBE_WORDS, '').trim());
};

const timeOf = ({ lastTimestamp, eventTime, metadata }: CoreEvent): string =>
  lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? '';

const latest = (events: readonly CoreEvent[]): CoreEvent | undefined =>
  events.toSorted((a, b) => timeOf(a).localeCompare(timeOf(b))).at(-1);
