/** What every error of ours has, the closed set of those that the Kubernetes client raises, and what callers ask about them. */

import { legible } from './legible.ts';

/**
 * An error of ours. The reason is one word that stays the same, for conditions, metrics and comparisons; the message is for people.
 * What was thrown and is no such error nobody expected.
 */
export abstract class KnownError extends Error {
  abstract readonly reason: string;
}

/** Where one field of a refused object is wrong. */
export interface StatusCause {
  reason?: string;
  message?: string;
  field?: string;
}

/** `metav1.Status`, the body of every error answer of the API server. */
export interface StatusBody {
  code?: number;
  reason?: string;
  message?: string;
  details?: {
    name?: string;
    group?: string;
    kind?: string;
    uid?: string;
    causes?: StatusCause[];
    retryAfterSeconds?: number;
  };
}

/** The API server answered, and the answer is an error. */
export class ApiError extends KnownError {
  override readonly name = 'ApiError';
  /** The HTTP status code, or the code inside a watch's ERROR event. */
  readonly status: number;
  /** Kubernetes' word: NotFound, AlreadyExists, Conflict, Invalid, Expired, Forbidden … */
  readonly reason: string;
  readonly details: StatusBody['details'];
  /** How long the server asks callers to wait, when it does. */
  readonly retryAfterSeconds: number | undefined;

  constructor(status: number, body: StatusBody, request: string, retryAfterSeconds?: number) {
    const reason = body.reason ?? `HTTP${status}`;
    // The API server quotes what it refuses, and what webhooks say.
    super(`${request}: ${status} ${reason}${body.message === undefined ? '' : `: ${legible(body.message)}`}`);
    this.status = status;
    this.reason = reason;
    this.details = body.details;
    this.retryAfterSeconds = retryAfterSeconds ?? body.details?.retryAfterSeconds;
  }
}

/** No answer: the server was not reached, the connection broke, or the time was up. */
export class ConnectionError extends KnownError {
  override readonly name = 'ConnectionError';
  readonly reason: 'Unreachable' | 'Timeout';

  constructor(reason: 'Unreachable' | 'Timeout', message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.reason = reason;
  }
}

const has = (error: unknown, status: number, ...reasons: string[]): boolean =>
  error instanceof ApiError && error.status === status && (reasons.length === 0 || reasons.includes(error.reason));

export const isNotFound = (error: unknown): boolean => has(error, 404);
/** A write on an outdated resourceVersion, or an apply that meets another manager's field. */
export const isConflict = (error: unknown): boolean => has(error, 409, 'Conflict');
export const isAlreadyExists = (error: unknown): boolean => has(error, 409, 'AlreadyExists');
/** The resourceVersion or the continue token is older than what the server still has. */
export const isGone = (error: unknown): boolean => has(error, 410);
export const isInvalid = (error: unknown): boolean => has(error, 422);
export const isForbidden = (error: unknown): boolean => has(error, 403);

/** The server refuses this very object: it does not fit its schema or its admission, is too large, or another write overtakes each try. */
export const isRefusal = (error: unknown): error is ApiError =>
  error instanceof ApiError && [400, 409, 413, 422].includes(error.status);

/** The answer of a read, or undefined when there is no such object. Every other error passes. */
export const unlessNotFound = async <T>(answer: Promise<T>): Promise<T | undefined> => {
  try {
    return await answer;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
};

/** Anything that was thrown, as an Error. */
export const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)));

/** One word for what went wrong, for metrics and comparisons: the reason of ours, else the class of the error. */
export const reasonWord = (error: unknown): string =>
  error instanceof KnownError ? error.reason : asError(error).name;
