/**
 * Where the API server is and who we are there, over the KubeConfig of @kubernetes/client-node: it reads kubeconfig
 * files, the pod's service account, token files, exec plugins and OIDC. What it does not do, and is done here: it builds
 * a new connection pool for every request (measured: over a thousand open sockets after some thousand patches), so one
 * pool is kept and replaced only when the certificates or the server change.
 */
import { createHash } from 'node:crypto';
import type { RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import { Agent, type Dispatcher, ProxyAgent, Socks5ProxyAgent } from 'undici';
import { type Clock, systemClock } from './clock.ts';

/** What one request needs: the pool to send it through and the headers that say who sends it. */
export interface Access {
  readonly dispatcher: Dispatcher;
  /** `https://host:port`. */
  readonly origin: string;
  /** The path that the server's URL has, without the last slash: usually empty. */
  readonly basePath: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Connection {
  /** The present access. Certificate and token files are read again every few seconds. */
  access(): Promise<Access>;
  /**
   * Loads the whole configuration again, as after a 401 or a certificate error: a rotated kubeconfig, a new exec
   * credential. Does nothing when that was done a moment ago. Answers whether it was done.
   */
  reload(): boolean;
  readonly kubeConfig: KubeConfig;
  close(): Promise<void>;
}

export interface ConnectionOptions {
  /** Gives the configuration; called again on {@link Connection.reload}. Default: KUBECONFIG, ~/.kube/config, the pod. */
  readonly load?: () => KubeConfig;
  /** How many connections at most; every open watch holds one. */
  readonly maxConnections?: number;
  readonly clock?: Clock;
}

/** Reading three small files for each of some hundred requests a second is waste; a rotation may take these seconds. */
const REREAD_MS = 5_000;
const RELOAD_AT_MOST_EVERY_MS = 10_000;
/** Below the idle limits of load balancers and NAT in front of an API server, as client-go. */
const KEEP_ALIVE_MS = 30_000;

export const loadDefaultKubeConfig = (): KubeConfig => {
  const config = new KubeConfig();
  config.loadFromDefault();
  return config;
};

/** What applyToHTTPSOptions fills in; the agent that it makes too opens no socket unless used. */
type Secured = RequestOptions & { auth?: string; headers?: Record<string, string> };
const TLS_KEYS = ['ca', 'cert', 'key', 'pfx', 'passphrase', 'rejectUnauthorized', 'servername'] as const;
type TlsOptions = { [K in (typeof TLS_KEYS)[number]]?: NonNullable<RequestOptions[K]> };

const tlsOf = (secured: Secured): TlsOptions =>
  Object.fromEntries(TLS_KEYS.filter((key) => secured[key] !== undefined).map((key) => [key, secured[key]]));

/** A digest of everything that a connection pool is bound to. */
const fingerprintOf = (server: string, proxy: string | undefined, tls: TlsOptions): string =>
  createHash('sha256')
    .update(JSON.stringify([server, proxy, TLS_KEYS.map((key) => tls[key])]))
    .digest('hex');

const headersOf = (secured: Secured): Record<string, string> => {
  const basic =
    secured.auth === undefined ? {} : { authorization: `Basic ${Buffer.from(secured.auth).toString('base64')}` };
  const given = Object.entries(secured.headers ?? {}).map(
    ([name, value]) => [name.toLowerCase(), value.trim()] as const,
  );
  return { ...basic, ...Object.fromEntries(given) };
};

/** @throws Error when the configuration has no current cluster. */
export const createConnection = (options: ConnectionOptions = {}): Connection => {
  const clock = options.clock ?? systemClock;
  const load = options.load ?? loadDefaultKubeConfig;
  let kubeConfig = load();
  let loadedAt = clock.monotonic();
  let current: { access: Access; readAt: number } | undefined;
  let reading: Promise<Access> | undefined;
  const retiring = new Set<Dispatcher>();
  let pool: { dispatcher: Dispatcher; fingerprint: string } | undefined;

  /** Lets what is under way on an old pool, watches too, come to its end. */
  const retire = (dispatcher: Dispatcher): void => {
    retiring.add(dispatcher);
    // It rejects when `close` below destroys it meanwhile, and is then gone all the same.
    const gone = (): boolean => retiring.delete(dispatcher);
    dispatcher.close().then(gone, gone);
  };

  const poolFor = (config: KubeConfig, tls: TlsOptions): Dispatcher => {
    const cluster = config.getCurrentCluster();
    const fingerprint = fingerprintOf(cluster?.server ?? '', cluster?.proxyUrl, tls);
    if (pool?.fingerprint !== fingerprint) {
      if (pool !== undefined) retire(pool.dispatcher);
      pool = { dispatcher: createDispatcher(config, tls, options.maxConnections ?? 128), fingerprint };
    }
    return pool.dispatcher;
  };

  const read = async (): Promise<Access> => {
    const config = kubeConfig;
    const cluster = config.getCurrentCluster();
    if (cluster === null) throw new Error('the kubeconfig has no current cluster');
    const secured: Secured = {};
    await config.applyToHTTPSOptions(secured);
    const server = new URL(cluster.server);
    const access: Access = {
      dispatcher: poolFor(config, tlsOf(secured)),
      origin: server.origin,
      basePath: server.pathname.replace(/\/+$/, ''),
      headers: headersOf(secured),
    };
    current = { access, readAt: clock.monotonic() };
    return access;
  };

  return {
    get kubeConfig() {
      return kubeConfig;
    },
    access: async () => {
      if (current !== undefined && clock.monotonic() - current.readAt < REREAD_MS) return current.access;
      // One reader at a time: an exec plugin must not be started once per waiting request.
      reading ??= read().finally(() => {
        reading = undefined;
      });
      return reading;
    },
    reload: () => {
      if (clock.monotonic() - loadedAt < RELOAD_AT_MOST_EVERY_MS) return false;
      loadedAt = clock.monotonic();
      try {
        kubeConfig = load();
      } catch {
        // A file that is just being written: what we hold is no worse.
        return false;
      }
      current = undefined;
      return true;
    },
    close: async () => {
      const open = [...retiring, ...(pool === undefined ? [] : [pool.dispatcher])];
      await Promise.all(open.map((dispatcher) => dispatcher.destroy()));
      pool = undefined;
      current = undefined;
    },
  };
};

const createDispatcher = (config: KubeConfig, tls: TlsOptions, connections: number): Dispatcher => {
  const cluster = config.getCurrentCluster();
  const shared = { connections, pipelining: 1, allowH2: false, keepAliveTimeout: 30_000, connectTimeout: 10_000 };
  const chosen = config.createDispatcherOptions(cluster, tls);
  switch (chosen.type) {
    case 'proxy':
      return new ProxyAgent({ ...shared, uri: chosen.uri, requestTls: { ...tls, allowH2: false } });
    case 'socks':
      return new Socks5ProxyAgent(chosen.uri, { ...shared, requestTls: { ...tls, allowH2: false } });
    case 'agent':
      return new Agent({
        ...shared,
        connect: { ...tls, allowH2: false, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS },
      });
    case 'none':
      return new Agent(shared);
  }
};
