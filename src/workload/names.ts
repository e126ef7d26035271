/** Names of everything that a pair has. */
import { createHash } from 'node:crypto';

const HASH_DIGITS = 8;
/** Short enough for a name, long enough to tell apart what one pair has. */
export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, HASH_DIGITS);

/**
 * A DNS label of at most `limit` characters that names `text`: the text itself where it is one, else a readable part of
 * it and a hash. Two texts never share a label but by a collision of the hash.
 */
export const dnsLabel = (text: string, limit = 63): string => {
  if (text.length <= limit && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(text)) return text;
  const readable = text
    .toLowerCase()
    .replace(/[^a-z0-9-]/g, '-')
    .replace(/^-+/, '');
  return `${readable.slice(0, limit - HASH_DIGITS - 1).replace(/-+$/, '')}-${hashOf(text)}`;
};

/** The text itself where it has at most `limit` characters and only those of `allowed`; else as much of it as fits, and a hash. */
const shortened = (text: string, limit: number, allowed: RegExp): string =>
  text.length <= limit && allowed.test(text)
    ? text
    : `${text.replace(/[^A-Za-z0-9_.-]/g, '_').slice(0, limit - HASH_DIGITS - 1)}_${hashOf(text)}`;

/**
 * Kea's server tag of a pair: `<namespace>.<name>`, hashed past the 64 characters of the column `tag` of Kea's table of servers. It has a dot, so it is
 * never Kea's word `all`.
 */
export const serverTagOf = (namespace: string, name: string): string => shortened(`${namespace}.${name}`, 64, /^/);

/** Name of the role and of the database that the operator makes for a pair without `spec.database`: 63 bytes are PostgreSQL's limit. */
export const defaultDatabaseName = (namespace: string, name: string): string =>
  shortened(`kea_${namespace}_${name}`, 63, /^[A-Za-z0-9_-]+$/);

/** Names of the objects that a pair has once. */
export interface PairNames {
  /** Secret: the pair's own certificate authority, with its key. Never mounted in a pod. */
  readonly authority: string;
  /** Secret: how the operator and the lease API reach the servers: client certificate, CA bundle, basic auth. */
  readonly control: string;
  /** Secret: role and password that the operator made; only for a pair without `spec.database`, or with an admin Secret of its own. */
  readonly database: string;
  readonly disruptionBudget: string;
  /** Secret: the rows that the servers were last proven to run (carriedRows.ts). */
  readonly rows: string;
  /** Jobs that make Kea's schema begin with this. */
  readonly schemaJob: string;
}

export const pairNames = (pair: string): PairNames => ({
  authority: dnsLabel(`${pair}-kea-ca`),
  control: dnsLabel(`${pair}-kea-control`),
  database: dnsLabel(`${pair}-kea-database`),
  disruptionBudget: dnsLabel(`${pair}-kea`),
  rows: dnsLabel(`${pair}-kea-rows`),
  schemaJob: dnsLabel(`${pair}-kea-schema`, 52),
});

/** Names of the objects of one server. */
export interface ServerNames {
  /** The StatefulSet; its pod is `<this>-0`. */
  readonly workload: string;
  /** The Secret with the server's configuration, key and certificates. */
  readonly bootstrap: string;
  /** The claim for memfile leases, where the pair asks for one. */
  readonly claim: string;
}

/** A StatefulSet's name and the hash of its revision, up to ten characters, together are a label of its pods: 52 are left of 63. */
export const serverNames = (pair: string, server: string): ServerNames => {
  const workload = dnsLabel(`${pair}-${server}`, 52);
  return { workload, bootstrap: `${workload}-bootstrap`, claim: `${workload}-leases` };
};

/** Every Secret that the operator makes for a pair with these servers. They cannot be listed: it may read Secrets by name only. */
export const secretNames = (pair: string, servers: Iterable<string>): readonly string[] => {
  const { authority, control, database, rows } = pairNames(pair);
  return [...[...servers].map((server) => serverNames(pair, server).bootstrap), rows, control, authority, database];
};

/** User of the basic auth on every control channel; the password is the pair's own. */
export const CONTROL_USER = 'kea-operator';
