/** Changes are tried on a server before they are written. */
import { type KeaClient, KeaRefused, KeaUnreachable } from '../kea/client.ts';
import type { Family } from '../kea/family.ts';
import { preflightFragment } from '../kea/json.ts';
import { ancestorsOf, type AnyRow, emptyState, fillingOf, type KeaState, keyOfRow, ROW_KINDS } from '../kea/kinds.ts';
import type { Item, ObjectRef } from '../kea/state.ts';
import { type Change, rowMadeBy } from '../plan/plan.ts';
import type { Context } from '../runtime/context.ts';
import { openThrottle } from '../servers/live.ts';
import { type Held, holdBack } from './holdBack.ts';
import { valuesFor } from './optionValues.ts';

/** 100 subnets take a server 9–19 ms and lose no packet; 10,000 at once would stop it for a second. */
const CHUNK = 100;
/** Tests spent on finding who is at fault, of one pass: what is not known then is tried again in the next. */
const SEARCH = 500;

const refOf = (unit: AnyRow): ObjectRef | undefined => unit.item.marker?.object;

/** What came of a preflight. */
export interface Trial {
  /** Kea's own text on each object that it would not take. */
  readonly refusals: ReadonlyMap<ObjectRef, string>;
  /** Objects of which it is not known yet, as too many others were wrong. */
  readonly untried: ReadonlySet<ObjectRef>;
}

/**
 * Tries every object that the changes would write on a live server, by `config-test` of a fragment that holds nothing
 * else. Kea rejects a whole pull for one bad row, and a restart with one is an outage: so a row is written only after
 * this. Where a chunk is refused it is halved until the objects at fault are found; the others go on. Of objects that
 * do not go together the first wins.
 *
 * @param client A server that answers; its configuration is not touched.
 * @throws KeaUnreachable where it does not answer, or would refuse anything.
 */
export const preflight = async (
  context: Context,
  client: KeaClient,
  changes: readonly Change[],
  desired: KeaState,
): Promise<Trial> => {
  const refusals = new Map<ObjectRef, string>();
  const untried = new Set<ObjectRef>();
  const units = changes.flatMap((change) => rowMadeBy(change) ?? []);
  let searched = 0;

  const throttle = openThrottle(context);
  /** Kea's text where it refuses. */
  const test = async (tried: readonly AnyRow[]): Promise<string | undefined> => {
    try {
      await throttle.around(() =>
        client.call('config-test', fragmentOf(client.family, tried, desired), context.signal),
      );
      return undefined;
    } catch (error) {
      if (!(error instanceof KeaRefused)) throw error;
      return error.text;
    }
  };
  let isFair = false;
  const refusalOf = async (tried: readonly AnyRow[]): Promise<string | undefined> => {
    const text = await test(tried);
    if (text === undefined || isFair) return text;
    // Who refuses even nothing says nothing of the objects.
    const ofNothing = await test([]);
    if (ofNothing !== undefined)
      throw new KeaUnreachable(`${client.name} refuses even a test of nothing: ${ofNothing}`);
    isFair = true;
    return text;
  };

  /** Those of a chunk that are right, beside others that are known to be. */
  const sift = async (
    chunk: readonly AnyRow[],
    beside: readonly AnyRow[],
    known?: string,
  ): Promise<readonly AnyRow[]> => {
    if (chunk.length === 0) return [];
    const text = known ?? (await refusalOf([...beside, ...chunk]));
    if (text === undefined) return chunk;
    if (chunk.length === 1 || ++searched > SEARCH) {
      for (const ref of chunk.flatMap((unit) => refOf(unit) ?? [])) {
        if (chunk.length === 1) refusals.set(ref, text);
        else untried.add(ref);
      }
      return [];
    }
    const half = Math.ceil(chunk.length / 2);
    const first = await sift(chunk.slice(0, half), beside);
    // With the whole first half beside it this is the chunk that was refused.
    const same = first.length === half ? text : undefined;
    return [...first, ...(await sift(chunk.slice(half), [...beside, ...first], same))];
  };

  // Parents first: what hangs on a refused one cannot be judged, and is not written either.
  for (const kind of ROW_KINDS) {
    const blocked = blockedBy((ref) => refusals.has(ref) || untried.has(ref), desired);
    const on = units.filter((unit) => unit.kind === kind && !blocked(unit));
    for (let start = 0; start < on.length; start += CHUNK) await sift(on.slice(start, start + CHUNK), []);
  }
  return { refusals, untried };
};

/**
 * The changes without those of refused objects, of what hangs on them, and of what they would stand in the way of.
 * @param stuck Changes that cannot be made, whatever they do and whosever they are.
 */
export const withoutRefused = (
  changes: readonly Change[],
  refused: (ref: ObjectRef) => boolean,
  desired: KeaState,
  stuck: ReadonlySet<Change> = new Set(),
): Held => {
  const blocked = blockedBy(refused, desired);
  return holdBack(changes, (change) => {
    if (stuck.has(change)) return true;
    const unit = rowMadeBy(change);
    if (unit === undefined) return false;
    const ref = refOf(unit);
    return (ref !== undefined && refused(ref)) || blocked(unit);
  });
};

const blockedBy =
  (isRefused: (ref: ObjectRef) => boolean, desired: KeaState): ((unit: AnyRow) => boolean) =>
  (unit) =>
    ancestorsOf(unit, desired).some(({ item: { marker } }) => marker !== undefined && isRefused(marker.object));

/** What is tried with a definition are the values that are there: rows that do not change are not tried, and may not fit it any more. */
const fragmentOf = (family: Family, chunk: readonly AnyRow[], desired: KeaState) => {
  const state = emptyState();
  for (const unit of chunk) {
    for (const row of [...ancestorsOf(unit, desired), unit]) {
      (fillingOf(state, row.kind) as Map<string | number, Item<unknown>>).set(keyOfRow(row), row.item);
    }
  }
  const { optionDefs, classes, networks, subnets, hosts } = state;
  return preflightFragment(family, {
    optionDefs: optionDefs.values(),
    values: chunk.flatMap((unit) => valuesFor(unit, desired)),
    classes: classes.values(),
    networks: networks.values(),
    subnets: subnets.values(),
    hosts: hosts.values(),
  });
};
