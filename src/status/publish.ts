/** The one writer of statuses. */
import { familyStatus } from '../api/families.ts';
import type { HAPair } from '../api/index.ts';
import { FINALIZER } from '../api/kind.ts';
import {
  CLIENT_CLASSES,
  HAPAIRS,
  HOST_RESERVATIONS,
  OPTION_DEFINITIONS,
  SHARED_NETWORKS,
  SUBNETS,
} from '../api/resources.ts';
import { fitsSchema } from '../compile/spec.ts';
import type { Family, Version } from '../kea/family.ts';
import type { KubeClient } from '../runtime/client.ts';
import { ApiError, asError, isInvalid, isNotFound } from '../runtime/errors.ts';
import type { EventRecorder } from '../runtime/events.ts';
import { removeFinalizer } from '../runtime/finalizer.ts';
import type { Logger } from '../runtime/log.ts';
import { keyOf, type KubeObject } from '../runtime/object.ts';
import { type Failed, parallelEach } from '../runtime/parallel.ts';
import type { Resource } from '../runtime/resource.ts';
import type { LeaseStatus } from './leaseStatuses.ts';
import { greatestSubnetIdOf } from './pairFields.ts';
import type { AnyKind, StatusWrite, Writes } from './types.ts';

/** The one writer of conditions: field manager of everything in status but lease statistics. */
const FIELD_MANAGER = 'kea-operator';
/** Lease statistics have a manager of their own, so that neither takes the other's fields away. */
const STATISTICS_MANAGER = 'kea-operator-leases';

/** So has the greatest subnet id of each family: it is written ahead of the rows, and never goes back. */
const IDS_MANAGERS: Readonly<Record<Version, string>> = { 4: 'kea-operator-ids', 6: 'kea-operator-ids-v6' };

/** Status writes of a pass under way at once: beyond, the API server only queues them, and whatever others ask of it behind them. */
const PARALLEL = 16;

const RESOURCES: Readonly<Record<string, Resource>> = {
  HAPair: HAPAIRS,
  SharedNetwork: SHARED_NETWORKS,
  Subnet: SUBNETS,
  HostReservation: HOST_RESERVATIONS,
  ClientClass: CLIENT_CLASSES,
  OptionDefinition: OPTION_DEFINITIONS,
};

export interface Publisher {
  /** Statuses first, then events, then the finalizers of objects that may go. */
  publish(writes: Writes, signal: AbortSignal): Promise<void>;
  /** Writes what is to be said of objects before a pass has said anything: never over what it has said meanwhile. */
  publishFirst(writes: readonly StatusWrite[], signal: AbortSignal): Promise<void>;
  /** Keeps the greatest subnet id that was ever given in the pair's status, where it is not yet. */
  publishGreatestId(pair: HAPair, family: Family, id: number, signal: AbortSignal): Promise<void>;
  /** Writes lease statistics, and records what happened once it is written. */
  publishStatistics(writes: readonly LeaseStatus[], signal: AbortSignal): Promise<void>;
}

export const createPublisher = (client: KubeClient, events: EventRecorder, log: Logger): Publisher => {
  /**
   * An object that went meanwhile, or was made again or changed (409 on its uid or version), has no need of what was to be written. One that does not fit its schema cannot
   * have it, which its events say: neither keeps the others from theirs. Any other failure is the pass's.
   */
  const settle = (failed: readonly Failed<AnyKind>[]): void => {
    for (const { item, error } of failed.filter(cannotHave)) {
      const object = `${item.kind} ${keyOf(item)}`;
      log.warn({ object, error: asError(error).message }, 'the API server takes no write to this object');
    }
    const serious = failed.find((one) => !hasNoUse(one) && !cannotHave(one));
    if (serious !== undefined) throw serious.error;
  };

  /** @param onlyAsRead Only where the object is still as it was read. */
  const write = async (
    writes: readonly StatusWrite[],
    fieldManager: string,
    signal: AbortSignal,
    onlyAsRead = false,
  ): Promise<readonly Failed<AnyKind>[]> => {
    const failed = await parallelEach(
      writes,
      PARALLEL,
      async ({ object, status }) => {
        const { name, namespace, uid, resourceVersion } = object.metadata;
        // With the uid a status cannot land on an object that was deleted and made again meanwhile.
        const metadata = {
          name,
          ...(namespace === undefined ? {} : { namespace }),
          ...(uid === undefined ? {} : { uid }),
          ...(onlyAsRead ? { resourceVersion } : {}),
        };
        await client.apply<KubeObject>(
          resourceOf(object),
          { metadata, status },
          { subresource: 'status', fieldManager, signal },
        );
      },
      signal,
    );
    return failed.map(({ item, error }) => ({ item: item.object, error }));
  };

  return {
    publish: async (writes, signal) => {
      const unwritten = await write(writes.statuses, FIELD_MANAGER, signal);
      // What its status does not say yet is news again in the next pass.
      const untold = new Set(unwritten.filter((one) => !cannotHave(one)).map(({ item }) => item));
      for (const { object, ...event } of writes.events) if (!untold.has(object)) events.record(object, event);
      const unreleased = await parallelEach(
        writes.released,
        PARALLEL,
        async (object) => {
          await removeFinalizer(client, resourceOf(object), object, FINALIZER, { signal });
        },
        signal,
      );
      // One that the API server refuses, as one that is too large for another word, keeps nobody else waiting.
      settle([...unwritten, ...unreleased]);
    },
    publishFirst: async (writes, signal) => {
      settle(await write(writes, FIELD_MANAGER, signal, true));
    },
    publishGreatestId: async (pair, family, id, signal) => {
      if (id <= greatestSubnetIdOf(pair, family)) return;
      const status = familyStatus(family, { greatestSubnetId: id });
      settle(await write([{ object: pair, status }], IDS_MANAGERS[family.version], signal));
    },
    publishStatistics: async (writes, signal) => {
      const failed = await write(writes, STATISTICS_MANAGER, signal);
      const untold = new Set(failed.map(({ item }) => item));
      for (const { object, event } of writes) if (event && !untold.has(object)) events.record(object, event);
      settle(failed);
    },
  };
};

const resourceOf = (object: AnyKind): Resource => {
  const resource = RESOURCES[object.kind];
  if (resource === undefined) throw new TypeError(`${object.kind} has no status of ours`);
  return resource;
};

const hasNoUse = ({ error }: Failed<AnyKind>): boolean => isNotFound(error) || isReplaced(error);
const cannotHave = (failed: Failed<AnyKind>): boolean =>
  !hasNoUse(failed) && (!fitsSchema(failed.item) || isInvalid(failed.error));

const isReplaced = (error: unknown): boolean => error instanceof ApiError && error.status === 409;
