/** What errors of PostgreSQL and its connections mean. */
import pg from 'pg';
import { TooMuch } from '../runtime/intake.ts';
import { legible } from '../runtime/legible.ts';
import { BrokenAnswer } from './frames.ts';

/**
 * What went wrong with a database, by what can be done about it.
 * - `Unavailable`: it cannot be reached, is not ready, or does not let us in: later again.
 * - `Conflict`: somebody else wrote at the same time: at once again.
 * - `Refused`: it does not take what it was given: a constraint, a value that it cannot hold, an exception that a trigger raises.
 * - `Other`: anything else, as an error of our own.
 */
export type DatabaseFault = 'Unavailable' | 'Conflict' | 'Refused' | 'Other';

/** SQLSTATE classes and codes: the server is not there, not ready or does not let us in. */
const UNAVAILABLE = /^(08|28|3D|53|57|58|0A000|25006|25P03|42501|42P01|3F000|55P03)/;
const CONFLICT = '40';
/** Data, constraints, triggers and routines, views that check, limits of a program (as of the depth of JSON, or the size of an index entry). */
const REFUSED = /^(21|22|23|27|38|39|44|54|P0)/;

export const faultOf = (error: unknown): DatabaseFault => {
  if (isConnectionError(error)) return 'Unavailable';
  const code = codeOf(error);
  if (UNAVAILABLE.test(code)) return 'Unavailable';
  if (code.startsWith(CONFLICT)) return 'Conflict';
  return REFUSED.test(code) ? 'Refused' : 'Other';
};

/** Classes 08 and 57 (a shutdown, an administrator), and a transaction that idled too long: the session is over, or about to be. */
const ENDS_SESSION = /^(08|57|25P03)/;

/** Whether the session that this error came of can be used again. */
export const leavesSession = (error: unknown): boolean =>
  !isConnectionError(error) && !ENDS_SESSION.test(codeOf(error));

/** What PostgreSQL says, with its detail, in one line of bounded length. The words hold names and values of rows, never the password. */
export const wordsOf = (error: unknown): string => legible(rawWordsOf(error));

const rawWordsOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  // A host with several addresses: pg puts what each of them answered into one error without words.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(rawWordsOf).join('; ');
  const detail = error instanceof pg.DatabaseError && error.detail !== undefined ? ` (${error.detail})` : '';
  const said = legible(`${error.message || 'no connection'}${detail}`);
  const remedy = 'code' in error && typeof error.code === 'string' ? CERTIFICATE_REMEDIES.get(error.code) : undefined;
  return remedy === undefined ? said : `${said}: ${remedy}`;
};

const GIVE_CA =
  'give the certificate of the CA that signed it, in the Secret that caSecretRef of the HAPair’s database.tls names, or database.caSecret of the chart’s values';
/** What OpenSSL says of a certificate, and what to do. */
const CERTIFICATE_REMEDIES: ReadonlyMap<string, string> = new Map([
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', GIVE_CA],
  ['UNABLE_TO_GET_ISSUER_CERT', GIVE_CA],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', GIVE_CA],
  ['SELF_SIGNED_CERT_IN_CHAIN', GIVE_CA],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', GIVE_CA],
  ['CERT_HAS_EXPIRED', 'renew the certificate of the database server'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'name the host as its certificate does, or choose mode VerifyCA'],
]);

/** SQLSTATE; empty where there is none. */
const codeOf = (error: unknown): string => (error instanceof pg.DatabaseError ? (error.code ?? '') : '');

/**
 * Errors of the socket have a system code; pg's own about connections and time-outs have none, and these words. A DatabaseError
 * without a SQLSTATE is pg's for a message that it does not know.
 */
const isConnectionError = (error: unknown): boolean => {
  if (!(error instanceof Error) || error instanceof AggregateError) return true;
  if (error instanceof BrokenAnswer || error instanceof TooMuch) return true;
  if (error instanceof pg.DatabaseError) return error.code === undefined;
  if ('code' in error && typeof error.code === 'string') return true;
  return error.constructor === Error && /connect|timeout|closed|terminated|unexpected|^SASL/i.test(error.message);
};
