/** Error answers, as Kubernetes clients understand them: `metav1.Status`. */
import { KnownError } from '../runtime/errors.ts';
import { legible } from '../runtime/legible.ts';
import { LEASE_GROUP, LEASES } from './resource.ts';

/** The reasons that this API gives, with the HTTP status that Kubernetes gives them (k8s.io/apimachinery api/errors). */
const CODES = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  Conflict: 409,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  TooManyRequests: 429,
  InternalError: 500,
  ServiceUnavailable: 503,
  Timeout: 504,
} as const;

/** After so many seconds it is worth another try: kubectl and other clients of Kubernetes wait so long by themselves. */
const RETRY_AFTER_SECONDS = 1;

export type FailureReason = keyof typeof CODES;

/** A request that is refused, or that cannot be answered. The message is shown to the user of kubectl word for word: legible, whatever it quotes. */
export class ApiFailure extends KnownError {
  override readonly name = 'ApiFailure';
  readonly reason: FailureReason;
  readonly code: number;
  /** The name of the lease that was asked for. */
  readonly lease: string | undefined;
  /** When to ask again, in seconds, where that is soon. */
  readonly retryAfter: number | undefined;

  constructor(reason: FailureReason, message: string, lease?: string) {
    super(legible(message));
    this.reason = reason;
    this.code = CODES[reason];
    this.lease = lease;
    this.retryAfter = reason === 'TooManyRequests' ? RETRY_AFTER_SECONDS : undefined;
  }
}

const LONGEST_QUOTED = 100;
/** What a client said, as much of it as a message quotes. */
export const quoted = (text: string): string =>
  text.length > LONGEST_QUOTED ? `${text.slice(0, LONGEST_QUOTED)}…` : text;

export const leaseNotFound = (name: string): ApiFailure =>
  new ApiFailure('NotFound', `${LEASES.plural}.${LEASE_GROUP} "${name}" not found`, name);

export const statusBodyOf = (failure: ApiFailure) => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  message: failure.message,
  reason: failure.reason,
  details: {
    ...(failure.lease === undefined ? {} : { name: failure.lease }),
    group: LEASE_GROUP,
    kind: LEASES.plural,
    ...(failure.retryAfter === undefined ? {} : { retryAfterSeconds: failure.retryAfter }),
  },
  code: failure.code,
});
