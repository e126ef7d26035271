/**
 * Who asks: kube-apiserver has authenticated the user, and says so in headers of a connection on which it proves itself
 * by the client certificate of its aggregation layer. What it trusts and how its headers are called stands in the
 * ConfigMap kube-system/extension-apiserver-authentication. Nobody else is let in, whatever the headers say.
 */
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { z } from 'zod';
import type { KubeObject } from '../runtime/object.ts';
import type { Resource } from '../runtime/resource.ts';

export interface ConfigMap extends KubeObject {
  data?: Record<string, string>;
}

export const CONFIG_MAPS: Resource<ConfigMap> = {
  group: '',
  version: 'v1',
  plural: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
};

/** Where kube-apiserver publishes its `--requestheader-*` settings; the role of this name in kube-system lets it be read. */
export const AUTHENTICATION_CONFIG = { namespace: 'kube-system', name: 'extension-apiserver-authentication' } as const;

/** kube-apiserver's `--requestheader-*` settings. */
export interface RequestHeaderConfig {
  /** PEM; of the client certificates. */
  readonly clientCa: string;
  /** Common names of client certificates that may speak for users; empty: every one of the CA. */
  readonly allowedNames: readonly string[];
  /** Header names in lower case; of several the first that is there counts. */
  readonly usernameHeaders: readonly string[];
  readonly uidHeaders: readonly string[];
  readonly groupHeaders: readonly string[];
  readonly extraHeaderPrefixes: readonly string[];
}

export interface User {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

const list = z
  .string()
  .default('[]')
  .transform((text) => z.array(z.string()).parse(JSON.parse(text)));
const headers = list.transform((names) => names.map((name) => name.toLowerCase()));

const published = z.object({
  'requestheader-client-ca-file': z.string().min(1),
  'requestheader-allowed-names': list,
  'requestheader-username-headers': headers,
  // Published since Kubernetes 1.32.
  'requestheader-uid-headers': headers,
  'requestheader-group-headers': headers,
  'requestheader-extra-headers-prefix': headers,
});

/** @throws Error where the ConfigMap has no usable settings, as when kube-apiserver runs without an aggregation layer. */
export const readRequestHeaderConfig = (data: ConfigMap['data']): RequestHeaderConfig => {
  const settings = published.parse(data ?? {});
  return {
    clientCa: settings['requestheader-client-ca-file'],
    allowedNames: settings['requestheader-allowed-names'],
    usernameHeaders: settings['requestheader-username-headers'],
    uidHeaders: settings['requestheader-uid-headers'],
    groupHeaders: settings['requestheader-group-headers'],
    extraHeaderPrefixes: settings['requestheader-extra-headers-prefix'],
  };
};

/**
 * The user that a request speaks for; undefined: nobody, which is to be answered with 401.
 * @param request Came over a TLS server that asks for client certificates and checks them against `clientCa`.
 */
export const authenticate = (
  request: Pick<IncomingMessage, 'headersDistinct'> & { readonly socket: unknown },
  config: RequestHeaderConfig,
): User | undefined =>
  isFrontProxy(request.socket as TLSSocket, config) ? userOf(request.headersDistinct, config) : undefined;

const isFrontProxy = (socket: TLSSocket, { allowedNames }: RequestHeaderConfig): boolean => {
  if (!socket.authorized) return false;
  // Of a peer that shows no certificate this is an empty object, against its type.
  const certificate: { subject?: { CN?: string | string[] } } = socket.getPeerCertificate();
  const name = certificate.subject?.CN;
  return typeof name === 'string' && (allowedNames.length === 0 || allowedNames.includes(name));
};

/** Repeated headers stay apart (`headersDistinct`): a group may hold a comma. */
const userOf = (given: IncomingMessage['headersDistinct'], config: RequestHeaderConfig): User | undefined => {
  const first = (names: readonly string[]): string | undefined =>
    names.flatMap((name) => given[name] ?? []).find((value) => value !== '');
  const name = first(config.usernameHeaders);
  if (name === undefined) return undefined;
  const uid = first(config.uidHeaders);
  return {
    name,
    ...(uid === undefined ? {} : { uid }),
    groups: config.groupHeaders.flatMap((header) => given[header] ?? []),
    extra: extraOf(given, config.extraHeaderPrefixes),
  };
};

const extraOf = (given: IncomingMessage['headersDistinct'], prefixes: readonly string[]): User['extra'] => {
  // No object until they are all there: `constructor` is a key as any other.
  const extra = new Map<string, readonly string[]>();
  for (const [header, values] of Object.entries(given)) {
    const prefix = prefixes.find((candidate) => header.startsWith(candidate));
    if (prefix === undefined || values === undefined) continue;
    const key = decode(header.slice(prefix.length));
    extra.set(key, [...(extra.get(key) ?? []), ...values]);
  }
  return Object.fromEntries(extra);
};

/** kube-apiserver escapes what a header name cannot hold; a key that it did not escape is taken as it is. */
const decode = (key: string): string => {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
};
