/** Where the database of a pair is, and who the operator is there. */
import { createHash } from 'node:crypto';
import type { HAPair } from '../../api/index.ts';
import type { DatabaseTarget } from '../../database/target.ts';
import { SSL_MODES, type SslMode } from '../../database/tls.ts';
import type { Clock } from '../../runtime/clock.ts';
import { KnownError, unlessNotFound } from '../../runtime/errors.ts';
import { databaseService } from '../bootstrap/config.ts';
import { newPassword } from '../credentials.ts';
import { DATABASE_KEYS, pairSecret } from '../manifests.ts';
import { defaultDatabaseName } from '../names.ts';
import { decoded, type Secret, SECRETS } from '../objects.ts';
import type { ObjectStore, WorkloadClient } from '../store.ts';
import type { Topology } from '../topology.ts';
import { DatabaseUnavailable, dropDatabase, ensureDatabase } from './postgres/ensure.ts';

/** The operator's default server, where pairs without `spec.database` get a role and a database. */
export interface DefaultDatabase {
  readonly host: string;
  readonly port: number;
  readonly sslMode: SslMode;
  /** Secret of the operator's namespace with the administrator's username and password. */
  readonly adminSecret: string;
  /** Secret and key with the CA, in the operator's namespace. */
  readonly ca?: { readonly secret: string; readonly key: string };
  /** A database that the administrator may connect to. */
  readonly maintenanceDatabase: string;
}

export interface DatabaseProblem {
  readonly reason: 'CredentialsMissing' | 'BackendUnavailable';
  readonly message: string;
}

/** Both may be there: the database is known, and could not be looked after this time. */
export interface DatabaseResolution {
  readonly target?: DatabaseTarget;
  readonly problem?: DatabaseProblem;
}

export interface DatabaseOptions {
  readonly client: WorkloadClient;
  readonly store: ObjectStore;
  readonly clock: Clock;
  /** The operator's own. */
  readonly namespace: string;
  readonly fallback?: DefaultDatabase;
}

/** For so long role and database are not looked after again, where the database answers. */
const TRUST_MS = 60_000;

/** A Secret that a pair names is not there, or not all that has to be in it; or there is no database that it could have. */
export class CredentialsMissing extends KnownError {
  override readonly name = 'CredentialsMissing';
  readonly reason = 'CredentialsMissing';
}

const problemOf = ({ reason, message }: CredentialsMissing | DatabaseUnavailable): DatabaseProblem => ({
  reason,
  message,
});

/** Names of the Secrets beside a pair that say how its database is reached. */
export const databaseSecrets = ({ spec: { database } }: HAPair): readonly string[] =>
  database === undefined
    ? []
    : [database.credentialsSecretRef, database.adminSecretRef, database.tls?.caSecretRef].flatMap(
        (ref) => ref?.name ?? [],
      );

/**
 * Finds out which database a pair has and who it is there, makes role and database where the operator is to do so, and keeps the result
 * in the pair's database Secret, from which the schema Job reads it. One for each pair, as it knows what it did.
 */
export const createDatabaseResolver = (options: DatabaseOptions) => {
  const { client, store, clock, namespace: own, fallback } = options;
  /** With what role and database were last looked after, and when, monotonic ms. */
  let ensured: { readonly basis: string; readonly at: number } | undefined;

  const secret = async (
    at: { namespace: string; name: string },
    signal?: AbortSignal,
  ): Promise<Record<string, string>> => {
    const found = await unlessNotFound(client.get(SECRETS, at, { signal }));
    if (found === undefined)
      throw new CredentialsMissing(
        `there is no Secret "${at.name}" in the namespace ${at.namespace}: create it, or correct the reference`,
      );
    return decoded(found);
  };
  const value = (data: Record<string, string>, name: string, key: string): string => {
    const text = data[key]?.replace(/\r?\n$/, '');
    if (text === undefined || text === '')
      throw new CredentialsMissing(`the Secret "${name}" has no key "${key}": add it`);
    return text;
  };
  const login = async (namespace: string, name: string, signal?: AbortSignal) => {
    const data = await secret({ namespace, name }, signal);
    return { user: value(data, name, 'username'), password: value(data, name, 'password') };
  };

  interface Found {
    readonly target: DatabaseTarget;
    readonly admin?: DatabaseTarget;
  }

  const specified = async (pair: HAPair, namespace: string, signal?: AbortSignal): Promise<Found | undefined> => {
    const database = pair.spec.database;
    if (database === undefined) return undefined;
    const tls = database.tls;
    const ref = tls?.caSecretRef;
    const base = {
      host: database.host,
      port: database.port,
      sslMode: tls === undefined ? 'disable' : SSL_MODES[tls.mode],
      ...(ref === undefined
        ? {}
        : { ca: value(await secret({ namespace, name: ref.name }, signal), ref.name, ref.key) }),
    } as const;
    const target = {
      ...base,
      name: database.name,
      ...(await login(namespace, database.credentialsSecretRef.name, signal)),
    };
    if (database.adminSecretRef === undefined) return { target };
    const admin = { ...base, name: 'postgres', ...(await login(namespace, database.adminSecretRef.name, signal)) };
    return { target, admin };
  };

  const defaulted = async (
    { namespace, pair }: Pick<Topology, 'namespace' | 'pair'>,
    stored: Record<string, string> | undefined,
    signal?: AbortSignal,
  ): Promise<Found> => {
    if (fallback === undefined) {
      throw new CredentialsMissing(
        'the operator has no default database server: set spec.database, or database in the chart’s values',
      );
    }
    const { host, port, sslMode, ca } = fallback;
    const base = {
      host,
      port,
      sslMode,
      ...(ca === undefined
        ? {}
        : { ca: value(await secret({ namespace: own, name: ca.secret }, signal), ca.secret, ca.key) }),
    };
    const name = defaultDatabaseName(namespace, pair);
    const target = { ...base, name, user: name, password: stored?.[DATABASE_KEYS.password] ?? newPassword() };
    return {
      target,
      admin: { ...base, name: fallback.maintenanceDatabase, ...(await login(own, fallback.adminSecret, signal)) },
    };
  };

  const keep = async (
    topology: Topology,
    target: DatabaseTarget,
    kept: Secret | undefined,
    signal?: AbortSignal,
  ): Promise<void> => {
    const data = {
      [DATABASE_KEYS.host]: target.host,
      [DATABASE_KEYS.port]: String(target.port),
      [DATABASE_KEYS.name]: target.name,
      [DATABASE_KEYS.user]: target.user,
      [DATABASE_KEYS.password]: target.password,
      [DATABASE_KEYS.sslMode]: target.sslMode,
      [DATABASE_KEYS.service]: databaseService(target),
      ...(target.ca === undefined ? {} : { [DATABASE_KEYS.ca]: target.ca }),
    };
    await store.put(SECRETS, pairSecret(topology, topology.names.database, 'database', data), kept, signal);
  };

  const look = async (
    { target, admin }: Found,
    answers: boolean,
    signal?: AbortSignal,
  ): Promise<DatabaseProblem | undefined> => {
    if (admin === undefined) return undefined;
    const basis = createHash('sha256')
      .update(JSON.stringify([target, admin]))
      .digest('hex');
    if (answers && ensured?.basis === basis && clock.monotonic() - ensured.at < TRUST_MS) return undefined;
    try {
      await ensureDatabase(admin, target, signal);
      ensured = { basis, at: clock.monotonic() };
      return undefined;
    } catch (error) {
      if (error instanceof DatabaseUnavailable) return problemOf(error);
      throw error;
    }
  };

  /** @param answers Whether the pair's database answered in the last pass: one that does not may have to be made again. */
  const resolve = async (
    pair: HAPair,
    topology: Topology,
    answers: boolean,
    signal?: AbortSignal,
  ): Promise<DatabaseResolution> => {
    const { namespace, names } = topology;
    try {
      const kept = await unlessNotFound(client.get(SECRETS, { namespace, name: names.database }, { signal }));
      const found =
        (await specified(pair, namespace, signal)) ?? (await defaulted(topology, kept && decoded(kept), signal));
      // Kept before it is given to the role: a password that only the database knows would be lost with this process.
      await keep(topology, found.target, kept, signal);
      const problem = await look(found, answers, signal);
      return { target: found.target, ...(problem === undefined ? {} : { problem }) };
    } catch (error) {
      if (!(error instanceof CredentialsMissing)) throw error;
      return { problem: problemOf(error) };
    }
  };

  /** Removes role and database of a pair that goes, where it asks for that and the operator made them. */
  const drop = async (pair: HAPair, signal?: AbortSignal): Promise<DatabaseProblem | undefined> => {
    if (pair.spec.databaseDeletionPolicy !== 'Delete') return undefined;
    const { name, namespace = '' } = pair.metadata;
    try {
      const { target, admin } =
        (await specified(pair, namespace, signal)) ?? (await defaulted({ namespace, pair: name }, undefined, signal));
      if (admin !== undefined) await dropDatabase(admin, target, signal);
      return undefined;
    } catch (error) {
      if (!(error instanceof CredentialsMissing) && !(error instanceof DatabaseUnavailable)) throw error;
      const remedy = 'set databaseDeletionPolicy to Retain to leave it';
      return { reason: error.reason, message: `the database cannot be removed: ${error.message}; ${remedy}` };
    }
  };

  return { resolve, drop };
};

export type DatabaseResolver = ReturnType<typeof createDatabaseResolver>;
