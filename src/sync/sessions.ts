/** What the operator has open and remembers of each pair between passes, in one place: what is forgotten here is forgotten. */
import type { Key } from '../runtime/object.ts';
import type { DatabaseResolver } from '../workload/database/resolve.ts';
import type { Settler } from '../workload/settle.ts';
import type { ObjectStore } from '../workload/store.ts';
import type { Workload } from '../workload/workload.ts';
import type { PairConnections } from './connections.ts';
import type { AttemptDraft } from './context.ts';
import { createMemory, type PairMemory } from './memory.ts';

/** What works for one pair, each with what it knows of it. All of that may be lost: a new process finds it out again. */
export interface PairParts {
  readonly store: ObjectStore;
  readonly databases: DatabaseResolver;
  readonly workload: Workload;
  readonly settler: Settler;
  readonly connections: PairConnections;
}

export interface PairSession extends PairParts {
  readonly memory: PairMemory;
  /** The pass that is under way. */
  underWay?: AttemptDraft;
}

export interface PairSessions {
  /** The session of a pair; a new one where the pair of this name was another object before. */
  of(key: Key, uid: string): PairSession;
  get(key: Key): PairSession | undefined;
  /** Closes and forgets all of a pair. Gives whether anything was known of it. */
  forget(key: Key): Promise<boolean>;
  /** Forgets all pairs. */
  close(): Promise<void>;
}

/** @param open Makes what works for a pair. */
export const createSessions = (open: () => PairParts): PairSessions => {
  const sessions = new Map<Key, { readonly uid: string; readonly session: PairSession }>();

  const forget = async (key: Key): Promise<boolean> => {
    const known = sessions.get(key);
    sessions.delete(key);
    await known?.session.connections.close();
    return known !== undefined;
  };

  return {
    of: (key, uid) => {
      const known = sessions.get(key);
      if (known?.uid === uid) return known.session;
      void known?.session.connections.close();
      const session: PairSession = { ...open(), memory: createMemory() };
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
