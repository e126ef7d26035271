/** The open connections of one pair. */
import { createHash } from 'node:crypto';
import type { ConfigBackend } from '../backend/backend.ts';
import { openBackend } from '../backend/open.ts';
import { type RememberingBackend, rememberingBackend } from '../backend/remember.ts';
import type { DatabaseTarget } from '../database/target.ts';
import type { KeaEndpoint } from '../kea/client.ts';
import { connectKea } from '../kea/connect.ts';
import type { Family } from '../kea/family.ts';
import type { LeaseSourceDescriptor } from '../leases/descriptor.ts';
import { openLeaseSource } from '../leases/open.ts';
import type { LeaseSource } from '../leases/source.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/log.ts';
import { openServer, type ServerSession } from '../servers/session.ts';

/** What a family of a pair is reached by. Holds secrets: never logged. */
export interface Reach {
  /** Of all of it. */
  readonly family: Family;
  readonly database: DatabaseTarget;
  readonly endpoints: readonly KeaEndpoint[];
  readonly leases: LeaseSourceDescriptor;
}

/** Open connections to the database, servers and leases of a family of a pair, with what is remembered of the servers between passes. */
export interface Connections {
  readonly backend: ConfigBackend;
  /** Since when the rows were not read in full, ms. */
  readonly rowsAge: () => number;
  /** In the order of the specification. */
  readonly servers: readonly ServerSession[];
  readonly leases: LeaseSource;
}

/** The connections of one pair. */
export interface PairConnections {
  /** Opened anew where what the pair is reached by has changed. */
  connect(reach: Reach): Connections;
  /** Undefined before the first `connect`, and after `close`. */
  current(): Connections | undefined;
  close(): Promise<void>;
}

interface Opened<T> {
  /** Hash of what it was opened with. */
  readonly basis: string;
  readonly what: T;
}

interface Entry {
  backend: Opened<RememberingBackend>;
  servers: Map<string, Opened<ServerSession>>;
  leases: Opened<LeaseSource>;
}

/** What was read of the rows is believed for so long, where the revision is the same. */
const TRUST_ROWS_MS = 40_000;

const basisOf = (config: unknown): string => createHash('sha256').update(JSON.stringify(config)).digest('hex');

export const createConnections = (clock: Clock, log: Logger): PairConnections => {
  let entry: Entry | undefined;

  /** Keeps what is open where its basis is the same, else opens anew; the old one closes when what is asked of it has ended. */
  const renew = <T extends { close(): Promise<void> }>(
    old: Opened<T> | undefined,
    config: unknown,
    open: () => T,
  ): Opened<T> => {
    const basis = basisOf(config);
    if (old?.basis === basis) return old;
    if (old !== undefined) void closeQuietly(old.what);
    return { basis, what: open() };
  };

  const closeQuietly = async (what: { close(): Promise<void> }): Promise<void> => {
    try {
      await what.close();
    } catch (error) {
      log.warn({ err: error }, 'a connection could not be closed in good order');
    }
  };

  const view = ({ backend, servers, leases }: Entry): Connections => ({
    backend: backend.what,
    rowsAge: backend.what.age,
    servers: [...servers.values()].map(({ what }) => what),
    leases: leases.what,
  });

  return {
    connect: ({ family, database, endpoints, leases }) => {
      const old = entry;
      const backend = renew(old?.backend, database, () =>
        rememberingBackend(openBackend(database, family), clock, TRUST_ROWS_MS),
      );
      const source = renew(old?.leases, leases, () =>
        openLeaseSource(leases, family, (error) => {
          const { namespace, pair } = leases;
          log.debug({ namespace, pair, error: error.message }, 'an idle connection to the lease tables broke');
        }),
      );
      const servers = new Map<string, Opened<ServerSession>>();
      for (const endpoint of endpoints) {
        const known = old?.servers.get(endpoint.name);
        servers.set(
          endpoint.name,
          renew(known, endpoint, () =>
            openServer(connectKea(endpoint, family), clock, leases.storage === 'PostgreSQL'),
          ),
        );
      }
      for (const [server, { what }] of old?.servers ?? []) if (!servers.has(server)) void closeQuietly(what);
      entry = { backend, leases: source, servers };
      return view(entry);
    },
    current: () => entry && view(entry),
    close: async () => {
      const old = entry;
      entry = undefined;
      if (old === undefined) return;
      await closeQuietly(old.backend.what);
      await closeQuietly(old.leases.what);
      for (const { what } of old.servers.values()) await closeQuietly(what);
    },
  };
};
