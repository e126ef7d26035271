/** What is told of a pass that failed: its reason and its words. */
import type { Reason } from '../api/reasons.ts';
import { BackendRefused, BackendUnavailable, StaleObservation } from '../backend/backend.ts';
import { KeaRefused, KeaUnreachable } from '../kea/client.ts';
import { LeasesUnavailable } from '../leases/source.ts';
import { ApiError, ConnectionError, isForbidden, isNotFound, isRefusal } from '../runtime/errors.ts';
import { legible } from '../runtime/legible.ts';
import type { Problem } from '../status/types.ts';
import { DatabaseUnavailable } from '../workload/database/postgres/ensure.ts';
import { CredentialsMissing } from '../workload/database/resolve.ts';
import { NameTaken } from '../workload/store.ts';

/** The errors that a pass may end in and whose reason people are told. Of any other nobody knows what it means: ReconcileFailed. */
const EXPECTED = [
  StaleObservation,
  BackendUnavailable,
  BackendRefused,
  KeaRefused,
  KeaUnreachable,
  LeasesUnavailable,
  DatabaseUnavailable,
  CredentialsMissing,
  NameTaken,
] as const;

type Expected = InstanceType<(typeof EXPECTED)[number]>;

const isExpected = (error: Error): error is Expected => EXPECTED.some((kind) => error instanceof kind);

/** The API server says no to what it was asked, or does not do it. */
const reasonAtServer = (error: ApiError | ConnectionError): Reason =>
  isRefusal(error) || isForbidden(error) || isNotFound(error) ? 'APIServerRefused' : 'APIServerUnavailable';

const reasonOf = (error: Error): Reason => {
  if (error instanceof ApiError || error instanceof ConnectionError) return reasonAtServer(error);
  return isExpected(error) ? error.reason : 'ReconcileFailed';
};

export const failureOf = (error: Error): Problem => ({ reason: reasonOf(error), message: legible(error.message) });
