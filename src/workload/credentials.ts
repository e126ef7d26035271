/** Passwords, authorities and certificates of a pair, in its Secrets. */
import { randomBytes } from 'node:crypto';
import type { HAPair } from '../api/index.ts';
import type { DatabaseTarget } from '../database/target.ts';
import { type KeaEndpoint, urlOf } from '../kea/client.ts';
import { type BootstrapFiles, filesId, type SecretData } from './bootstrap/files.ts';
import {
  type Authority,
  bundleOf,
  ensureAuthority,
  issueLeaf,
  type KeyPair,
  leafIsCurrent,
  type LeafSpec,
} from './certificates.ts';
import { CONTROL_USER, dnsLabel } from './names.ts';
import type { PairServer, Topology } from './topology.ts';

/** 192 bits, in characters that need no quoting anywhere. */
export const newPassword = (): string => randomBytes(24).toString('base64url');

/** How the operator and the lease API reach a pair's servers. Holds secrets. */
export interface Control {
  /** The roots to trust, PEM. */
  readonly ca: string;
  readonly client: KeyPair;
  readonly password: string;
}

const pairOf = (data: SecretData, cert: string, key: string): KeyPair | undefined => {
  const [certificate, privateKey] = [data[cert], data[key]];
  return certificate === undefined || privateKey === undefined ? undefined : { cert: certificate, key: privateKey };
};

/** The authority in its Secret; undefined where there is none yet. */
export const readAuthority = (data: SecretData | undefined): Authority | undefined => {
  const current = pairOf(data ?? {}, 'tls.crt', 'tls.key');
  const previous = pairOf(data ?? {}, 'previous.crt', 'previous.key');
  return current && { current, ...(previous === undefined ? {} : { previous }) };
};

export const authorityData = ({ current, previous }: Authority): SecretData => ({
  'tls.crt': current.cert,
  'tls.key': current.key,
  ...(previous === undefined ? {} : { 'previous.crt': previous.cert, 'previous.key': previous.key }),
});

export const controlData = (control: Control): SecretData => ({
  'ca.crt': control.ca,
  'tls.crt': control.client.cert,
  'tls.key': control.client.key,
  username: CONTROL_USER,
  password: control.password,
});

/**
 * One authority a pair. Kea's HA listener trusts every certificate of its authority and asks for nothing more, so one that were shared would let a
 * server of one namespace speak to the servers of all others.
 */
export const ensurePairAuthority = (pair: HAPair, stored: SecretData | undefined, now: number): Promise<Authority> =>
  ensureAuthority(dnsLabel(`${pair.metadata.namespace ?? ''}.${pair.metadata.name}`), readAuthority(stored), now);

const CLIENT: LeafSpec = { commonName: 'kea-operator', use: 'client' };

export const ensureControlSecret = async (
  authority: Authority,
  stored: SecretData | undefined,
  now: number,
): Promise<Control> => ({
  ca: bundleOf(authority),
  client: await ensureLeaf(authority, CLIENT, pairOf(stored ?? {}, 'tls.crt', 'tls.key'), now),
  password: stored?.password ?? newPassword(),
});

const ensureLeaf = async (
  authority: Authority,
  spec: LeafSpec,
  stored: KeyPair | undefined,
  now: number,
): Promise<KeyPair> =>
  stored !== undefined && leafIsCurrent(stored, spec, authority, now) ? stored : issueLeaf(authority, spec, now);

/** On a server's Secret: which of the files in it are the newest. */
export const FILES_ANNOTATION = 'kea-operator.io/files';

/** What a server's files are made of. */
export interface ServerFilesInput {
  readonly authority: Authority;
  readonly control: Control;
  readonly topology: Topology;
  readonly server: PairServer;
  readonly database: Pick<DatabaseTarget, 'host' | 'port'>;
  readonly now: number;
}

/** @param stored The server's Secret, and which of its files are the newest. */
export const ensureServerFiles = async (
  { authority, control, topology, server, database, now }: ServerFilesInput,
  stored: { readonly data: SecretData; readonly newest: string | undefined } | undefined,
): Promise<{ readonly files: BootstrapFiles; readonly id: string }> => {
  const spec: LeafSpec = {
    commonName: dnsLabel(`${topology.pair}-${server.name}`),
    addresses: [server.address],
    use: 'server',
  };
  const newest = stored?.newest ?? '';
  const leaf = pairOf(stored?.data ?? {}, `tls-${newest}.crt`, `tls-${newest}.key`);
  const { cert, key } = await ensureLeaf(authority, spec, leaf, now);
  const files = {
    ca: control.ca,
    cert,
    key,
    password: control.password,
    database: `${database.host}:${database.port}`,
  };
  return { files, id: filesId(files) };
};

/** Where a server's control channel is and how to speak to it. */
export const endpointOf = (
  name: string,
  at: { readonly address: string; readonly port: number },
  control: Control,
): KeaEndpoint => ({
  name,
  url: urlOf(at),
  tls: { ca: control.ca, ...control.client },
  auth: { user: CONTROL_USER, password: control.password },
});
