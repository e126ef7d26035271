/** What the operator has open and remembers of each pair between passes, in one place: what is forgotten here is forgotten. */
import type { Version } from '../kea/family.ts';
import { createLock, type Lock } from '../runtime/lock.ts';
import type { Key } from '../runtime/object.ts';
import type { PairReport } from '../status/pairReport.ts';
import type { DatabaseResolver } from '../workload/database/resolve.ts';
import type { Settler } from '../workload/settle.ts';
import type { ObjectStore } from '../workload/store.ts';
import type { Workload } from '../workload/workload.ts';
import type { PairConnections } from './connections.ts';
import type { AttemptDraft } from './context.ts';
import { createMemory, type PairMemory } from './memory.ts';
import { passesOf, passOf } from './passKey.ts';

/** What works for one family of a pair, each with what it knows of it. All of that may be lost: a new process finds it out again. */
export interface PairParts {
  readonly store: ObjectStore;
  readonly databases: DatabaseResolver;
  readonly workload: Workload;
  readonly settler: Settler;
  readonly connections: PairConnections;
}

/** What the families of a pair have in common. */
export interface PairShared {
  /** What the last pass of each had to say of the pair. */
  readonly reports: Map<Version, PairReport>;
  /** Makes what the pair has once: Secrets, database, schema. */
  readonly preparing: Lock;
  /** Writes what all have to say of the pair. */
  readonly publishing: Lock;
  /** No pass begins before this time, on the monotonic clock: what was made for the pair is removed, and whatever a pass made now would stay. */
  endsUntil: number;
}

const createShared = (): PairShared => ({
  reports: new Map(),
  preparing: createLock(),
  publishing: createLock(),
  endsUntil: 0,
});

export interface PairSession extends PairParts {
  readonly memory: PairMemory;
  readonly shared: PairShared;
  /** The pass that is under way. */
  underWay?: AttemptDraft;
}

export interface PairSessions {
  /** The session of a pass; a new one where the pair of this name was another object before. */
  of(key: Key, uid: string): PairSession;
  get(key: Key): PairSession | undefined;
  /** Closes and forgets all of what a pass is of. Gives whether anything was known of it. */
  forget(key: Key): Promise<boolean>;
  /** Forgets all pairs. */
  close(): Promise<void>;
}

/** Whether a pass of another family of the pair may make something still. */
export const isAtWorkBeside = (sessions: PairSessions, session: PairSession, pair: Key): boolean =>
  passesOf(pair).some((key) => {
    const other = sessions.get(key);
    return other !== session && other?.underWay !== undefined && other.underWay.phase !== 'publish';
  });

/** @param open Makes what works for a pair. */
export const createSessions = (open: () => PairParts): PairSessions => {
  const sessions = new Map<Key, { readonly uid: string; readonly session: PairSession }>();

  /** By any of the passes of the pair. */
  const sharedOf = (key: Key, uid: string): PairShared => {
    const known = passesOf(passOf(key).pair).map((other) => sessions.get(other));
    return known.find((one) => one?.uid === uid)?.session.shared ?? createShared();
  };

  const forget = async (key: Key): Promise<boolean> => {
    const known = sessions.get(key);
    sessions.delete(key);
    known?.session.shared.reports.delete(passOf(key).family.version);
    await known?.session.connections.close();
    return known !== undefined;
  };

  return {
    of: (key, uid) => {
      const known = sessions.get(key);
      if (known?.uid === uid) return known.session;
      void known?.session.connections.close();
      const session: PairSession = { ...open(), memory: createMemory(), shared: sharedOf(key, uid) };
      sessions.set(key, { uid, session });
      return session;
    },
    get: (key) => sessions.get(key)?.session,
    forget,
    close: async () => {
      for (const key of [...sessions.keys()]) await forget(key);
    },
  };
};
