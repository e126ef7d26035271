/** What went wrong, in a sentence with the remedy. */
import { LEASE_GROUP } from '../apiserver/resource.ts';
import { ApiError, asError, ConnectionError, isForbidden, KnownError } from '../runtime/errors.ts';
import { legible } from '../runtime/legible.ts';
import { Complaint } from './exit.ts';

/** The right that RBAC must give for what was asked. */
export interface Right {
  readonly group: string;
  readonly resource: string;
  readonly verbs: readonly string[];
  /** Undefined: in all namespaces. */
  readonly namespace?: string | undefined;
}

const APISERVICE = `v1alpha1.${LEASE_GROUP}`;

/** The rule of a Role, as it is written in one. */
export const ruleText = ({ group, resource, verbs }: Right): string =>
  [`- apiGroups: [${group}]`, `  resources: [${resource}]`, `  verbs: [${verbs.join(', ')}]`]
    .map((line) => `    ${line}`)
    .join('\n');

const missingRight = (right: Right): string =>
  `${right.namespace === undefined ? 'In all namespaces' : `In the namespace ${right.namespace}`} you may not ${right.verbs.join(' and ')} ${right.resource}. ` +
  `It takes a ${right.namespace === undefined ? 'ClusterRole' : 'Role'} with this rule, bound to you:\n${ruleText(right)}`;

/** What the server said, without the request and the code before it. */
export const serverText = (error: ApiError): string =>
  error.message.replace(/^[A-Z]+ \S+: \d{3} \S+?(: |$)/, '') || error.reason;

const apiSentence = (error: ApiError, right: Right | undefined): string => {
  const text = serverText(error);
  const isLeases = error.message.includes(`/apis/${LEASE_GROUP}/`);
  switch (error.status) {
    case 400:
      return `The lease API refuses the question: ${text}`;
    case 401:
      return 'The API server does not know you: the credentials in the kubeconfig are wrong or too old. Log in again.';
    case 403:
      return right === undefined ? `You may not do that: ${text}` : missingRight(right);
    case 404:
      return isLeases && isUnserved(error)
        ? `This cluster has no lease API: there is no APIService ${APISERVICE}, or it is of an older version. Install the chart with leases.enabled, or ask "kubectl get apiservice ${APISERVICE}" what is wrong.`
        : text;
    case 409:
    case 422:
      return text;
    case 410:
      return 'The list was cut short, as the lease API no longer knows where it was: run the command again.';
    case 429:
      return `The lease API has too much to do (${text}): try again in a moment.`;
    case 502:
    case 503:
    case 504:
      return `The lease API cannot answer now: ${text}. "kubectl get apiservice ${APISERVICE}" says whether it is there at all, docs/leases.md what else may be wrong.`;
    default:
      return `${error.status} ${error.reason}: ${text}`;
  }
};

/** Whether the path is unknown to the server, rather than the object. */
export const isUnserved = (error: unknown): boolean =>
  error instanceof ApiError &&
  error.status === 404 &&
  /could not find the requested resource|page not found/.test(error.message);

const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|ERR_TLS/;

const connectionSentence = (error: ConnectionError): string => {
  const cause = error.cause instanceof Error ? error.cause : undefined;
  const code = cause !== undefined && 'code' in cause ? String(cause.code) : '';
  if (error.reason === 'Timeout')
    return 'The API server gave no answer in time: is the cluster up, and is this the right context?';
  return CERTIFICATE.test(code)
    ? `The certificate of the API server is not one that the kubeconfig trusts (${legible(cause?.message ?? code)}): get a new kubeconfig.`
    : `The API server cannot be reached (${legible(cause?.message ?? error.message)}): is the cluster up, and is this the right context?`;
};

/** @param right What RBAC must allow for this request. */
export const sentenceOf = (error: unknown, right?: Right): string => {
  if (error instanceof ApiError) return apiSentence(error, right);
  if (error instanceof ConnectionError) return connectionSentence(error);
  if (error instanceof KnownError) return error.message;
  // As of a plugin for credentials that is not installed.
  return legible(asError(error).message);
};

/** The error of a request as a Complaint, which has it as its cause. What ends a command for another reason, as Ctrl-C, passes. */
export const complaintOf = (error: unknown, right?: Right): unknown =>
  error instanceof ApiError || error instanceof ConnectionError
    ? new Complaint(sentenceOf(error, right), 'Failed', error)
    : error;

/** The answer of a request; its error as a Complaint. */
export const explained = async <T>(answer: Promise<T>, right?: Right): Promise<T> => {
  try {
    return await answer;
  } catch (error) {
    throw complaintOf(error, right);
  }
};

/** Whether a request was refused for want of a right. */
export const isForbiddenComplaint = (error: unknown): boolean => error instanceof Complaint && isForbidden(error.cause);
