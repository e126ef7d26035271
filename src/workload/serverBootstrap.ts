import type { HAPair } from '../api/index.ts';
import type { KeaEndpoint } from '../kea/client.ts';
import type { IdentifierType } from '../kea/state.ts';
import { type Bootstrap, comingData, filePaths, filesId, keptData, type SecretData } from './bootstrapFiles.ts';
import type { Authority } from './certificates.ts';
import { type Control, endpointOf, FILES_ANNOTATION, tendServerFiles } from './credentials.ts';
import type { DatabaseTarget } from './databaseTarget.ts';
import { bootstrapSecret } from './manifests.ts';
import { decoded, type Secret } from './objects.ts';
import type { PodState } from './podState.ts';
import { serverConfig, type ServerConfigResult } from './serverConfig.ts';
import { readStored, type StoredBootstrap } from './storedBootstrap.ts';
import type { PairServer, Topology } from './topology.ts';

/** What one server's bootstrap is made of. */
export interface BootstrapInput {
  readonly pair: HAPair;
  readonly topology: Topology;
  readonly server: PairServer;
  readonly database: DatabaseTarget;
  readonly identifiers: ReadonlySet<IdentifierType>;
  readonly authority: Authority;
  readonly control: Control;
  readonly pod: PodState;
  /** Whether it answers on its control channel. */
  readonly answers: boolean;
  /** It is to be left as it is, also by its next start. */
  readonly held?: boolean;
  /** Its Secret as it is. */
  readonly secret: Secret | undefined;
  readonly now: number;
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
  { readonly ok: true; readonly bootstrap: ServerBootstrap } | Extract<ServerConfigResult, { ok: false }>;

/**
 * Decides what a server should run and what its Secret holds meanwhile. A server that runs shows first whether it takes a configuration; one
 * that does not, perhaps because of the one it has, gets the new one for its next start.
 */
export const bootstrapServer = async (input: BootstrapInput): Promise<BootstrapResult> => {
  const { topology, server, database, control, pod, secret } = input;
  const data = secret && decoded(secret);
  const newest = secret?.metadata.annotations?.[FILES_ANNOTATION];
  const present = data && { data, newest };
  const { files, id } = await tendServerFiles(input.authority, control, topology, server, present, input.now);
  const stored = data && readStored(data);
  const made = makeConfig(input, id, stored);
  if (!made.ok) return made;
  const ca = database.ca === undefined ? {} : { databaseCa: database.ca };
  const wanted: Bootstrap = { config: made.config, digest: made.digest, files, ...ca };
  const reached = input.answers || (pod.ready && stored !== undefined && knowsUs(stored, input.authority, control));
  const runs = data !== undefined && (input.held === true || (pod.exists && reached));
  const content = runs ? comingData(data, wanted) : keptData(wanted);
  const starts = readStored(content);
  const listens = (runs ? stored?.control : undefined) ?? { address: server.address, port: topology.controlPort };
  return {
    ok: true,
    bootstrap: {
      wanted,
      stored: starts,
      endpoint: endpointOf(server.name, listens, control),
      manifest: bootstrapManifest(topology, server, content, id),
    },
  };
};

/**
 * Whether a server with this configuration could be spoken to: it has our password and trusts our certificate. One that does not, as the Secret of either
 * was deleted, can learn of the new ones by a restart only.
 */
const knowsUs = ({ data, config }: StoredBootstrap, authority: Authority, control: Control): boolean => {
  const named = JSON.stringify(config);
  const inUse = (kind: string): string | undefined =>
    Object.entries(data).find(([name]) => name.startsWith(kind) && named.includes(`/${name}"`))?.[1];
  const roots = [authority.current, authority.previous].flatMap((root) =>
    root === undefined ? [] : [root.cert.trim()],
  );
  const trusted = inUse('ca-') ?? '';
  return inUse('password-') === control.password && roots.some((root) => trusted.includes(root));
};

/** The Secret of a server that starts with what is wanted. */
export const keptManifest = (topology: Topology, server: PairServer, wanted: Bootstrap): Secret =>
  bootstrapManifest(topology, server, keptData(wanted), filesId(wanted.files));

const bootstrapManifest = (topology: Topology, server: PairServer, content: SecretData, id: string): Secret => {
  const manifest = bootstrapSecret(topology, server, content);
  return { ...manifest, metadata: { ...manifest.metadata, annotations: { [FILES_ANNOTATION]: id } } };
};

/**
 * An identifier that no reservation uses any more costs a query per packet, a config-set costs two seconds of HA: the server keeps looking for it
 * until something else changes.
 */
const makeConfig = (input: BootstrapInput, id: string, stored: StoredBootstrap | undefined): ServerConfigResult => {
  const { pair, topology, server, database, control, identifiers } = input;
  const common = { pair, topology, server, database, digestKey: control.password, files: filePaths(id) };
  const former = stored?.identifiers.filter(isIdentifier) ?? [];
  if (stored !== undefined && pair.spec.dhcp4.hostReservationIdentifiers === undefined) {
    const wider = serverConfig({ ...common, identifiers: new Set([...identifiers, ...former]) });
    if (wider.ok && wider.digest === stored.digest) return wider;
  }
  return serverConfig({ ...common, identifiers });
};

const isIdentifier = (text: string): text is IdentifierType =>
  ['hw-address', 'duid', 'circuit-id', 'client-id', 'flex-id'].includes(text);
