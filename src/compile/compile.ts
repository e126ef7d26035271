/** From custom resources to what Kea should hold. */
import { type KeaState, ROW_KINDS, rowsOf } from '../kea/kinds.ts';
import { knownOptions } from '../kea/knownOptions.ts';
import type { ObjectRef } from '../kea/state.ts';
import { finish, type Steps } from '../kea/steps.ts';
import { continuePass, lastPassOf } from './changes.ts';
import { compileClasses, placeClasses } from './classes.ts';
import { compileDefinitions } from './definitions.ts';
import { compileReservations } from './groups.ts';
import { compileHalfClasses } from './halfClasses.ts';
import { homesOf } from './homes.ts';
import { settleLookups } from './lookups.ts';
import { type CompileMemory, createCompileMemory } from './memory.ts';
import { settleNamed } from './named.ts';
import { compileNetworks, settleNetworks } from './networks.ts';
import { refOf, reject } from './objects.ts';
import { type CompilePass, keepRows, startPass } from './pass.ts';
import { commonIn, reservationsIn } from './snapshot.ts';
import { compileSubnets } from './subnets.ts';
import type { Compiled, Rejection, Snapshot, Surroundings } from './types.ts';
import { countRejected, firstRejected, NAMED, Verdicts } from './verdicts.ts';

/**
 * What Kea should hold for one pair, and a verdict on each of its objects. Pure and total: it never throws, whatever the
 * objects hold. A bad object gets its verdict and stops no other; rows that it has already stay.
 *
 * What Kea would take in silence and then serve wrongly, or fail on as a whole, is rejected here, at the one object at fault.
 *
 * @param memory Of the last pass, where there was one: what did not change is not looked at again. The result is the same without it.
 */
export const compile = (snapshot: Snapshot, surroundings: Surroundings, memory = createCompileMemory()): Compiled =>
  finish(compileSteps(snapshot, surroundings, memory));

/** The same in steps, between which others may have the processor. */
export function* compileSteps(snapshot: Snapshot, surroundings: Surroundings, memory: CompileMemory): Steps<Compiled> {
  const { spec: parsed } = snapshot;
  if ('rejection' in parsed) return keepEverything(surroundings.rows.owned, snapshot, parsed.rejection);

  const continued = yield* continuePass(snapshot, surroundings, memory);
  if (continued) return continued;

  const pass = yield* startPass(snapshot, surroundings, parsed.spec, memory);
  compileDefinitions(pass, parsed.spec);
  compileClasses(pass, parsed.spec);
  compileNetworks(pass);
  keepUnattached(pass);
  yield* compileSubnets(pass);
  settleNetworks(pass);
  const homes = homesOf(pass);
  yield* compileReservations(pass, homes);
  yield* settleLookups(pass, homes);
  compileHalfClasses(pass);
  settleNamed(pass);
  placeClasses(pass);
  const compiled = compiledOf(pass);
  memory.last = lastPassOf(pass, compiled);
  return compiled;
}

const compiledOf = (pass: CompilePass): Compiled => {
  const { optionDefs, classes, networks, subnets, hosts, warnings, subnetIds } = pass;
  const { pending, kept, deletions, orphans, vanished, allowed, found } = pass;
  const desired: KeaState = { optionDefs, classes, networks, subnets, hosts };
  const verdicts = new Verdicts(pass);
  const rejected = countRejected(pass);
  return {
    desired,
    verdicts,
    warnings,
    subnetIds,
    pending,
    kept,
    deletions,
    orphans,
    vanished,
    allowed,
    found,
    rejected,
    firstRejected: firstRejected(pass, rejected),
    known: pass.facts.known,
    pass: {},
  };
};

/** Objects that belong to no pair have no say here; rows that they have, from better days, stay. */
const keepUnattached = (pass: CompilePass): void => {
  for (const child of pass.snapshot.unattached) {
    if (!child.isDeleting && child.kind !== 'HostReservation') keepRows(pass, child.ref);
  }
};

/** Of a pair that cannot be read everything stays as it is. */
const keepEverything = (owned: KeaState, snapshot: Snapshot, rejection: Rejection): Compiled => {
  const pair: ObjectRef = refOf('HAPair', snapshot.pair);
  const below = reject('ParentRejected', `the HAPair is rejected itself: ${rejection.message}`);
  const refs = [...commonIn(snapshot), ...snapshot.subnets, ...reservationsIn(snapshot)].map(({ ref }) => ref);
  const items = ROW_KINDS.flatMap((kind) => [...rowsOf(owned, kind).values()]);
  return {
    desired: owned,
    verdicts: new Map([[pair, rejection], ...refs.map((ref) => [ref, below] as const)]),
    warnings: new Map(),
    subnetIds: new Map(),
    pending: new Set(),
    kept: new Set(items.flatMap(({ marker }) => (marker ? [marker.object] : []))),
    deletions: new Map(),
    orphans: new Set(),
    vanished: new Map(),
    allowed: new Set(),
    found: [],
    rejected: refs.length,
    firstRejected: refs.slice(0, NAMED),
    known: knownOptions(snapshot.family),
    pass: {},
  };
};
