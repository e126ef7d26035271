/** The files that a server starts with. */
import { canonicalJson } from '../../kea/canonical.ts';
import type { Family } from '../../kea/family.ts';
import { hashOf } from '../names.ts';
import { CONFIG_DIRECTORY, type FilePaths, filesOf } from '../podPaths.ts';
import { carryingText, jsonText } from './config.ts';
import type { ServerConfig } from './digest.ts';

/** What a server's configuration refers to by path: PEM texts, and the control channel's password. */
export interface BootstrapFiles {
  /** `host:port` of the database. No file, but what the files come with: a configuration with another one waits until that is known in the pod. */
  readonly database: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly password: string;
}

/**
 * Files are named by their content. A configuration can therefore never meet other files than it was made for, old and new ones lie side by
 * side while a server goes from one to the other, and new content is a new configuration, which config-set takes up without a restart.
 */
export const filesId = (files: BootstrapFiles): string => hashOf(canonicalJson(files));

const namesOf = (id: string): Record<Exclude<keyof BootstrapFiles, 'database'>, string> => ({
  ca: `ca-${id}.crt`,
  cert: `tls-${id}.crt`,
  key: `tls-${id}.key`,
  password: `password-${id}`,
});

/** Where the files are in the pod. */
export const filePaths = (id: string): FilePaths => {
  const { ca, cert, key, password } = namesOf(id);
  const at = (name: string): string => `${CONFIG_DIRECTORY}/${name}`;
  return { ca: at(ca), cert: at(cert), key: at(key), password: at(password) };
};

/** A server's configuration with all that belongs to it, as it should run. */
export interface Bootstrap {
  readonly family: Family;
  readonly config: ServerConfig;
  readonly digest: string;
  readonly files: BootstrapFiles;
  /** Where its database is, for libpq (databaseService). */
  readonly service: string;
  /** PEM of the database server's CA; libpq reads it anew for every connection, so it has a fixed name. */
  readonly databaseCa?: string;
}

/** The Secret's entries, decoded. */
export type SecretData = Readonly<Record<string, string>>;

export const DATABASE_CA = 'database-ca.crt';

const entriesOf = (files: BootstrapFiles): SecretData => {
  const names = namesOf(filesId(files));
  return { [names.ca]: files.ca, [names.cert]: files.cert, [names.key]: files.key, [names.password]: files.password };
};

/** The Secret of a server that runs, or is to start with, `wanted`. */
export const keptData = (wanted: Bootstrap): SecretData => {
  const { config, service } = filesOf(wanted.family);
  return {
    [config]: jsonText(wanted.config),
    [service]: wanted.service,
    ...entriesOf(wanted.files),
    ...(wanted.databaseCa === undefined ? {} : { [DATABASE_CA]: wanted.databaseCa }),
  };
};

/** The entries that a configuration names. */
const namedIn = (config: string, data: SecretData): SecretData =>
  Object.fromEntries(Object.entries(data).filter(([name]) => config.includes(`${CONFIG_DIRECTORY}/${name}"`)));

/**
 * The Secret of a server that runs `stored` and shall take `wanted`: the configuration for a start stays the one that is known to
 * work, and the files of both are there.
 */
export const comingData = (stored: SecretData, wanted: Bootstrap): SecretData => {
  const files = filesOf(wanted.family);
  const config = stored[files.config];
  if (config === undefined) return keptData(wanted);
  const service = stored[files.service] ?? wanted.service;
  return {
    ...keptData(wanted),
    ...namedIn(config, stored),
    [files.config]: config,
    [files.service]: service,
    ...(service === wanted.service ? {} : { [files.comingService]: wanted.service }),
  };
};

/** With what the server starts with where its database cannot be read: the configuration of `content`, which it was proven to run. */
export const provenData = (family: Family, content: SecretData, config: ServerConfig): SecretData => ({
  ...content,
  [filesOf(family).carried]: carryingText(family, config),
});

/** With what an earlier Secret has for that, and the files that it names. */
export const carriedOver = (family: Family, content: SecretData, before: SecretData): SecretData => {
  const name = filesOf(family).carried;
  const carried = before[name];
  return carried === undefined ? content : { ...namedIn(carried, before), ...content, [name]: carried };
};
