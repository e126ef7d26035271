/** Names of everything that a pair has. */
import { createHash } from 'node:crypto';
import { DHCPV4 } from '../kea/dhcpv4.ts';
import { FAMILIES } from '../kea/families.ts';
import type { Family, Version } from '../kea/family.ts';

const HASH_DIGITS = 8;
/** Short enough for a name, long enough to tell apart what one pair has; of more digits where it is to tell apart all pairs there are. */
export const hashOf = (text: string, digits = HASH_DIGITS): string =>
  createHash('sha256').update(text).digest('hex').slice(0, digits);

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

const ENDINGS: Readonly<Record<Version, string>> = { 4: '', 6: '-v6' };
/** The name of what each family has of its own. Servers of DHCPv4 were there first. */
export const ofFamily = (name: string, { version }: Pick<Family, 'version'>): string => `${name}${ENDINGS[version]}`;

/** Names of the objects that a pair has once, or once for each family. */
export interface PairNames {
  /** Secret: the pair's own certificate authority, with its key. Never mounted in a pod. */
  readonly authority: string;
  /** Secret: how the operator and the lease API reach the servers: client certificate, CA bundle, basic auth. */
  readonly control: string;
  /** Secret: role and password that the operator made; only for a pair without `spec.database`, or with an admin Secret of its own. */
  readonly database: string;
  /** Of the family. */
  readonly disruptionBudget: string;
  /** Secret of the family: the rows that the servers were last proven to run (carriedRows.ts). */
  readonly rows: string;
  /** Jobs that make Kea's schema begin with this. */
  readonly schemaJob: string;
}

export const pairNames = (pair: string, family: Pick<Family, 'version'>): PairNames => ({
  authority: dnsLabel(`${pair}-kea-ca`),
  control: dnsLabel(`${pair}-kea-control`),
  database: dnsLabel(`${pair}-kea-database`),
  disruptionBudget: dnsLabel(ofFamily(`${pair}-kea`, family)),
  rows: dnsLabel(ofFamily(`${pair}-kea-rows`, family)),
  schemaJob: dnsLabel(`${pair}-kea-schema`, 52),
});

/** Names of the objects of one server's daemon of a family. */
export interface ServerNames {
  /** The StatefulSet; its pod is `<this>-0`. */
  readonly workload: string;
  /** The Secret with the server's configuration, key and certificates. */
  readonly bootstrap: string;
  /** The claim for memfile leases, where the pair asks for one. */
  readonly claim: string;
}

/** A StatefulSet's name and the hash of its revision, up to ten characters, together are a label of its pods: 52 are left of 63. */
export const serverNames = (pair: string, server: string, family: Pick<Family, 'version'>): ServerNames => {
  const workload = dnsLabel(ofFamily(`${pair}-${server}`, family), 52);
  return { workload, bootstrap: `${workload}-bootstrap`, claim: `${workload}-leases` };
};

/**
 * Every Secret that the operator makes for these families of a pair with these servers; with all families those that they have in common. They cannot be
 * listed: it may read Secrets by name only.
 */
export const secretNames = (pair: string, servers: Iterable<string>, families = FAMILIES): readonly string[] => {
  const own = families.flatMap((family) => [
    ...[...servers].map((server) => serverNames(pair, server, family).bootstrap),
    pairNames(pair, family).rows,
  ]);
  const { authority, control, database } = pairNames(pair, DHCPV4);
  return families.length < FAMILIES.length ? own : [...own, control, authority, database];
};

/** User of the basic auth on every control channel; the password is the pair's own. */
export const CONTROL_USER = 'kea-operator';
