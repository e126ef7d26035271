/**
 * Looks at what of settled pairs nobody tells of, much more often than they are reconciled, and has a pair reconciled as soon as something of it has
 * changed: of a server its HA state, whose clients it answers, its sockets, whether it answers at all; whether the database answers; and the Secrets
 * by which that is reached, as the operator may read Secrets that it knows by name, and not watch those of a whole cluster.
 */
import type { HAPair } from '../api/index.ts';
import { isPaused, servesFamily } from '../api/stored.ts';
import { at } from '../compile/objects.ts';
import { haScopesOf, hasSkewedClock, haStateOf, isCutOff } from '../kea/ha.ts';
import type { KubeClient } from '../runtime/client.ts';
import type { Reconcile } from '../runtime/controller.ts';
import { unlessNotFound } from '../runtime/errors.ts';
import type { Key } from '../runtime/object.ts';
import type { ServerSession, ServerView } from '../servers/session.ts';
import type { Connections } from '../sync/connections.ts';
import type { Caches } from '../sync/gather.ts';
import { passOf } from '../sync/passKey.ts';
import type { PairSessions } from '../sync/sessions.ts';
import { databaseSecrets } from '../workload/database/resolve.ts';
import { SECRETS } from '../workload/objects.ts';

export interface HeartbeatDeps {
  readonly client: Pick<KubeClient, 'get'>;
  readonly caches: Pick<Caches, 'pairs'>;
  readonly sessions: Pick<PairSessions, 'get'>;
  /** Has a family of a pair reconciled. */
  readonly enqueue: (key: Key) => void;
}

/** A `status-get` takes a server 0.2 ms. What is told has to be told within fifteen seconds, and Kea itself takes ten to see that a way is cut. */
const EVERY_MS = 3000;
const TIMEOUT_MS = 2000;
/** A family that a pair does not serve may have servers that are to end, or come. */
const IDLE_MS = 30_000;
/** Of another machine than the servers': asked less often. */
const SECRETS_EVERY = 3;

/** What the last beat found of a pair. */
interface Found {
  /** How often it was looked at. */
  readonly beats: number;
  readonly database: boolean | undefined;
  readonly secrets: string | undefined;
}

export const createHeartbeat = ({ client, caches, sessions, enqueue }: HeartbeatDeps): Reconcile => {
  const found = new Map<Key, Found>();

  /** Versions of the Secrets; undefined: they could not be read. */
  const secretsOf = async (pair: HAPair, signal: AbortSignal): Promise<string | undefined> => {
    const { namespace } = pair.metadata;
    try {
      const secrets = await Promise.all(
        databaseSecrets(pair).map((name) => unlessNotFound(client.get(SECRETS, { namespace, name }, { signal }))),
      );
      return secrets.map((secret) => secret?.metadata.resourceVersion ?? '').join(' ');
    } catch {
      signal.throwIfAborted();
      return undefined;
    }
  };

  return async (key, { signal }) => {
    const { pair: of, family } = passOf(key);
    const pair = caches.pairs.get(of);
    if (pair === undefined) {
      found.delete(key);
      return {};
    }
    const open =
      isPaused(pair.spec) || pair.unread !== undefined ? undefined : sessions.get(key)?.connections.current();
    if (open === undefined) return { requeueAfterMs: servesFamily(pair.spec, family) ? EVERY_MS : IDLE_MS };
    const heartbeatDelay = heartbeatDelayOf(pair);
    const before = found.get(key);
    const beats = before?.beats ?? 0;
    const [database, secrets, ...servers] = await Promise.all([
      databaseAnswers(open, signal),
      beats % SECRETS_EVERY === 0 ? secretsOf(pair, signal) : before?.secrets,
      ...open.servers.map((server) => hasChanged(server, heartbeatDelay, signal)),
    ]);
    found.set(key, { beats: beats + 1, database, secrets: secrets ?? before?.secrets });
    const differs = (now: unknown, then: unknown): boolean => now !== undefined && then !== undefined && now !== then;
    const changed = differs(database, before?.database) || differs(secrets, before?.secrets) || servers.includes(true);
    if (changed) enqueue(key);
    return { requeueAfterMs: EVERY_MS };
  };
};

/** Of a specification that is not one it does not matter: the pair waits. */
const heartbeatDelayOf = ({ spec }: HAPair): number => Number(at(at(spec, 'ha'), 'heartbeatDelay') ?? 0);

const databaseAnswers = async ({ backend }: Pick<Connections, 'backend'>, signal: AbortSignal): Promise<boolean> => {
  try {
    await backend.probe(signal);
    return true;
  } catch {
    signal.throwIfAborted();
    return false;
  }
};

/** Whether a pass would find another server than the last one did. */
const hasChanged = async (
  server: Pick<ServerSession, 'client' | 'lastView' | 'leaseProblem'>,
  heartbeatDelay: number,
  signal: AbortSignal,
) => {
  const known = server.lastView();
  if (known === undefined) return false;
  const found = await beat(server, AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]));
  signal.throwIfAborted();
  return JSON.stringify(factsOf(found, heartbeatDelay)) !== JSON.stringify(factsOf(known, heartbeatDelay));
};

type Beat = Pick<ServerView, 'status' | 'leaseProblem'>;

/** Nothing: it does not answer. */
const beat = async (
  { client, leaseProblem }: Pick<ServerSession, 'client' | 'leaseProblem'>,
  signal: AbortSignal,
): Promise<Beat> => {
  try {
    const status = await client.call('status-get', undefined, signal);
    const problem = await leaseProblem(signal);
    return { status, ...(problem === undefined ? {} : { leaseProblem: problem }) };
  } catch {
    return {};
  }
};

/** What a pass would decide differently by. */
const factsOf = ({ status, leaseProblem }: Beat, heartbeatDelay: number): readonly unknown[] =>
  status === undefined
    ? []
    : [
        status.pid,
        haStateOf(status),
        haScopesOf(status),
        status.sockets?.status,
        status['dhcp-state']?.['globally-disabled'],
        isCutOff(status, heartbeatDelay),
        hasSkewedClock(status),
        leaseProblem !== undefined,
      ];
