/** What a server may run otherwise than is known of it. */
import type { Family } from '../kea/family.ts';
import { type RunningKey, runningKeyOf, type RunningObject } from '../kea/json.ts';
import type { Change } from '../plan/plan.ts';
import type { Running } from './steps.ts';

/**
 * What a server is not certain to run although it is known to. A row that somebody changed by hand may have reached it, by a
 * pull or a restart, before the row was put right: then what is remembered of the server is wrong, and its markers deceive
 * where the one in the row was left as it was.
 */
export interface Uncertainty {
  /** Rows are about to be written. */
  writing(changes: readonly Change[]): void;
  /** The server was read: what it has and has not is certain, but not what is in a row that was changed under its marker. */
  read(): void;
  /** The server has taken all steps. */
  clear(): void;
  /** What a server runs, with the uncertain under a digest that nobody asks for. */
  cast(seen: Running): Running;
}

const UNCERTAIN = '?';

export const openUncertainty = (family: Family): Uncertainty => {
  const written = new Set<RunningKey>();
  const removed = new Set<RunningKey>();
  const tampered = new Set<RunningKey>();
  return {
    writing: (changes) => {
      for (const change of changes) {
        const key = runningKeyOf(family, change);
        if (key === undefined || saysPolicyAlone(change)) continue;
        removed.delete(key);
        written.delete(key);
        (change.op === 'remove' ? removed : written).add(key);
        const same = change.op === 'update' && change.was.marker?.digest === change.item.marker?.digest;
        if (same) tampered.add(key);
      }
    },
    read: () => {
      written.clear();
      removed.clear();
    },
    clear: () => {
      for (const keys of [written, removed, tampered]) keys.clear();
    },
    cast: (seen) => {
      if (written.size + removed.size + tampered.size === 0) return seen;
      const uncertain = new Map<RunningKey, RunningObject>(seen);
      for (const key of [...written, ...tampered]) {
        const object = seen.get(key);
        if (object !== undefined) uncertain.set(key, { ...object, digest: UNCERTAIN });
      }
      for (const key of removed) uncertain.set(key, { ...seen.get(key), digest: UNCERTAIN });
      return uncertain;
    },
  };
};

/** Servers need not hear of it: what they echo of a marker is its digest. */
const saysPolicyAlone = (change: Change): boolean =>
  change.op === 'update' && change.fields.length === 0 && change.was.marker?.object === change.item.marker?.object;
