/** What one server should run, and what its Secret holds meanwhile. */
import type { HAPair } from '../../api/index.ts';
import type { DatabaseTarget } from '../../database/target.ts';
import type { KeaEndpoint } from '../../kea/client.ts';
import type { Family } from '../../kea/family.ts';
import type { Authority } from '../certificates.ts';
import { type Control, endpointOf, ensureServerFiles, FILES_ANNOTATION } from '../credentials.ts';
import { bootstrapSecret } from '../manifests.ts';
import { decoded, type Secret } from '../objects.ts';
import type { PodState } from '../podState.ts';
import type { PairServer, Topology } from '../topology.ts';
import {
  databaseService,
  type GlobalProblem,
  type PairReferable,
  serverConfig,
  type ServerConfigResult,
} from './config.ts';
import {
  type Bootstrap,
  carriedOver,
  comingData,
  filePaths,
  filesId,
  keptData,
  provenData,
  type SecretData,
} from './files.ts';
import { carriedControl, readStored, type StoredBootstrap } from './stored.ts';

/** What one server's bootstrap is made of. */
export interface BootstrapInput {
  readonly pair: HAPair;
  readonly topology: Topology;
  readonly server: PairServer;
  readonly database: DatabaseTarget;
  readonly authority: Authority;
  readonly control: Control;
  readonly pod: PodState;
  /** Whether it answers on its control channel. */
  readonly answers: boolean;
  /** It is to be left as it is, also by its next start. */
  readonly held?: boolean;
  /** Digest of the configuration with which it was last seen to serve what the rows say. */
  readonly proven?: string | undefined;
  /** Its Secret as it is. */
  readonly secret: Secret | undefined;
  readonly now: number;
  readonly referable?: PairReferable | undefined;
}

export interface ServerBootstrap {
  /** What it should run. */
  readonly wanted: Bootstrap;
  /** What it starts with. */
  readonly stored: StoredBootstrap | undefined;
  /** Where it listens now. */
  readonly endpoint: KeaEndpoint;
  /** Its Secret as it should be. */
  readonly manifest: Secret;
}

export type BootstrapResult =
  | { readonly ok: true; readonly bootstrap: ServerBootstrap; readonly problem?: GlobalProblem }
  | Extract<ServerConfigResult, { ok: false }>;

/**
 * Decides what a server should run and what its Secret holds meanwhile. A server that runs shows first whether it takes a configuration; one
 * that does not, perhaps because of the one it has, gets the new one for its next start.
 */
export const bootstrapServer = async (input: BootstrapInput): Promise<BootstrapResult> => {
  const { topology, server, database, control, pod, secret, proven } = input;
  const data = secret && decoded(secret);
  const newest = secret?.metadata.annotations?.[FILES_ANNOTATION];
  const present = data && { data, newest };
  const { files, id } = await ensureServerFiles(input, present);
  const stored = data && readStored(topology.family, data);
  const { pair, referable } = input;
  const common = { pair, topology, server, database, digestKey: control.password, files: filePaths(id) };
  const made = serverConfig({ ...common, former: stored?.config, referable });
  if (!made.ok) return made;
  const ca = database.ca === undefined ? {} : { databaseCa: database.ca };
  const wanted: Bootstrap = {
    family: topology.family,
    config: made.config,
    digest: made.digest,
    files,
    service: databaseService(database),
    ...ca,
  };
  const reached = input.answers || (pod.ready && stored !== undefined && knowsUs(stored, input.authority, control));
  const runs = data !== undefined && (input.held === true || (pod.exists && reached));
  const next = runs ? comingData(data, wanted) : keptData(wanted);
  const content = withCarried(topology.family, next, data, proven);
  const starts = readStored(topology.family, content);
  const listens = (runs ? stored?.control : undefined) ?? { address: server.address, port: topology.controlPort };
  return {
    ok: true,
    bootstrap: {
      wanted,
      stored: starts,
      endpoint: endpointOf(server.name, listens, control),
      manifest: bootstrapManifest(topology, server, content, id),
    },
    ...(made.problem && { problem: made.problem }),
  };
};

/**
 * With the configuration for a start without the database: the one for a start with it, once the server was seen to serve with that; until
 * then the one before, unless a server that runs it would listen where nobody looks for it.
 */
const withCarried = (
  family: Family,
  content: SecretData,
  before: SecretData | undefined,
  proven: string | undefined,
): SecretData => {
  const stored = readStored(family, content);
  if (stored === undefined) return content;
  if (stored.digest === proven) return provenData(family, content, stored.config);
  const carried = before && carriedControl(family, before);
  const found = carried?.address === stored.control.address && carried.port === stored.control.port;
  return before !== undefined && found ? carriedOver(family, content, before) : content;
};

/**
 * Whether a server with this configuration could be spoken to: it has our password and trusts our certificate. One that does not, as the Secret of either
 * was deleted, can learn of the new ones by a restart only.
 */
const knowsUs = (stored: StoredBootstrap, authority: Authority, control: Control): boolean => {
  const inUse = (kind: string): string | undefined => fileInUse(stored, (name) => name.startsWith(kind));
  const roots = [authority.current, authority.previous].flatMap((root) =>
    root === undefined ? [] : [root.cert.trim()],
  );
  const trusted = inUse('ca-') ?? '';
  return inUse('password-') === control.password && roots.some((root) => trusted.includes(root));
};

/** The content of a file that a configuration names. */
const fileInUse = ({ data, config }: StoredBootstrap, isMeant: (name: string) => boolean): string | undefined => {
  const named = JSON.stringify(config);
  return Object.entries(data).find(([name]) => isMeant(name) && named.includes(`/${name}"`))?.[1];
};

/** The certificate, PEM, that a server with this configuration shows. */
export const certificateInUse = (stored: StoredBootstrap): string | undefined =>
  fileInUse(stored, (name) => /^tls-.*\.crt$/.test(name));

/** The Secret of a server that starts with what is wanted; `proven`: it was seen to serve with it. */
export const keptManifest = (
  topology: Topology,
  server: PairServer,
  wanted: Bootstrap,
  before: SecretData | undefined,
  proven: boolean,
): Secret => {
  const content = withCarried(topology.family, keptData(wanted), before, proven ? wanted.digest : undefined);
  return bootstrapManifest(topology, server, content, filesId(wanted.files));
};

const bootstrapManifest = (topology: Topology, server: PairServer, content: SecretData, id: string): Secret => {
  const manifest = bootstrapSecret(topology, server, content);
  return { ...manifest, metadata: { ...manifest.metadata, annotations: { [FILES_ANNOTATION]: id } } };
};
