/** A configuration backend that knows what it read last. */
import { rowAt, withRows } from '../kea/kinds.ts';
import { editOf, type Plan } from '../plan/plan.ts';
import type { Clock } from '../runtime/clock.ts';
import { type Intake, intake } from '../runtime/intake.ts';
import { inSlices } from '../runtime/steps.ts';
import { type ConfigBackend, type LedgerEntry, type Observed, type Revision, type Scope } from './backend.ts';
import { keepSame } from './keepSame.ts';

/** A backend that knows what it read last. */
export interface RememberingBackend extends ConfigBackend {
  /** Since when the rows were not read in full, ms; Infinity where they never were. */
  readonly age: () => number;
}

/** A full observation and what we have written since. */
interface Kept {
  readonly scope: Scope;
  readonly observed: Observed;
  /** When it was read, monotonic ms. What is written since does not make it younger. */
  readonly readAt: number;
}

/**
 * Reads the rows again only where the revision says that somebody else wrote, or where what is known is older than
 * `trustMs`: of thousands of rows the reading is the greater part of a small change. What is changed by hand without an
 * audit revision, as reservations always are, is found once that time is over.
 * @param room Where what is known takes its place beside what is known of other pairs.
 */
export const rememberingBackend = (
  backend: ConfigBackend,
  clock: Clock,
  trustMs: number,
  room: Pick<Intake, 'keep'> = intake,
): RememberingBackend => {
  let kept: Kept | undefined;
  /** Whether there is room for it. */
  let hasRoom = false;
  let leaveRoom = (): void => undefined;
  const forget = (): void => {
    kept = undefined;
    hasRoom = false;
    leaveRoom();
  };
  const age = (): number => (kept === undefined ? Infinity : clock.monotonic() - kept.readAt);

  return {
    ...backend,
    age,
    observe: async (scope, signal) => {
      if (kept !== undefined && age() < trustMs && covers(kept.scope, scope)) {
        const { observed } = kept;
        if ((await backend.revision(signal)) === observed.revision) return observed;
      }
      const before = kept?.observed;
      forget();
      const readAt = clock.monotonic();
      let bytes = 0;
      const read = await backend.observe(scope, signal, (taken) => {
        bytes = taken;
      });
      const observed = await inSlices(keepSame(read, before), clock, signal);
      kept = { scope, observed, readAt };
      hasRoom = true;
      // What there is no room for is read again the next time.
      leaveRoom = room.keep(bytes, forget);
      return observed;
    },
    apply: async (plan, scope, basis, signal, mayCommit) => {
      const before = kept;
      // Whatever ends this, a lost answer among it: the rows may be the old ones or the new ones.
      kept = undefined;
      try {
        const revision = await backend.apply(plan, scope, basis, signal, mayCommit);
        const observed = before?.observed.revision === basis && afterWrite(before.observed, plan, revision);
        if (before !== undefined && observed && hasRoom) kept = { ...before, observed };
        return revision;
      } finally {
        if (kept === undefined) forget();
      }
    },
    close: () => {
      forget();
      return backend.close();
    },
  };
};

/** Leases are looked up by the prefixes of the scope: one that was not asked about is not known. */
const covers = (known: Scope, asked: Scope): boolean => {
  if (known.serverTag === asked.serverTag && known.prefixes === asked.prefixes) return true;
  const prefixes = new Set(known.prefixes);
  return known.serverTag === asked.serverTag && asked.prefixes.every((prefix) => prefixes.has(prefix));
};

/**
 * What an observation would find after changes. Undefined for those that do more than they say: a row that is adopted or
 * released changes hands, and with a network Kea's trigger takes the membership of its subnets away.
 */
const afterWrite = (observed: Observed, { changes, records }: Plan, revision: Revision): Observed | undefined => {
  if (changes.length + (records?.definitions.size ?? 0) === 0) return { ...observed, revision };
  const ledger = new Map<number, LedgerEntry>(observed.ledger);
  let greatestSubnetId = observed.greatestSubnetId;
  for (const change of changes) {
    const { kind, key, op } = change;
    if (op === 'release' || (kind === 'network' && op === 'remove')) return undefined;
    if ((rowAt(observed.owned, change) !== undefined) === (op === 'create')) return undefined;
    if (kind !== 'subnet' || op === 'remove') continue;
    greatestSubnetId = Math.max(greatestSubnetId, key);
    const { marker, body } = change.item;
    if (marker !== undefined) ledger.set(key, { subnetId: key, prefix: body.subnet, object: marker.object });
  }
  const definitions = new Map([...observed.definitions, ...(records?.definitions ?? [])]);
  const owned = withRows(observed.owned, changes.map(editOf));
  return { ...observed, owned, ledger, definitions, greatestSubnetId, revision };
};
