/**
 * Pools that are for the clients of some classes, where two servers share the work. A client of any class that a pool names gets its addresses, so the
 * class of a server beside the others would let everybody in: the operator makes a class of those that are in both.
 */
import { canonicalClass } from '../kea/canonical.ts';
import { OPERATORS_OWN } from '../kea/classRules.ts';
import { digest, makeMarker } from '../kea/digest.ts';
import type { Halves } from './facts.ts';
import { refOf } from './objects.ts';
import type { CompilePass } from './pass.ts';

const LONGEST = 128;

/** The name of the class of the clients that are of one of the servers and of one of the classes. */
export const halfClassOf = (servers: readonly string[], classes: readonly string[]): string => {
  const name = `${OPERATORS_OWN}${servers.join('+')}/${classes.join('+')}`;
  return name.length <= LONGEST ? name : `${OPERATORS_OWN}${digest([servers, classes])}`;
};

const anyOf = (names: readonly string[]): string => {
  const members = names.map((name) => `member('${name}')`).join(' or ');
  return names.length === 1 ? members : `(${members})`;
};

/** Whether all that a pool is for is of one server already. */
export const isOfServers = (classes: readonly string[]): boolean => classes.every((name) => name.startsWith('HA_'));

/** The classes that the halves of a pool are for. */
export const guardsOfHalves = ([primary, secondary]: Halves, classes: readonly string[]): Halves =>
  classes.length === 0 ? [primary, secondary] : [[halfClassOf(primary, classes)], [halfClassOf(secondary, classes)]];

/** The classes that divided pools of the Subnets need. */
export const compileHalfClasses = (pass: CompilePass): void => {
  const { facts, snapshot } = pass;
  if (!facts.halves) return;
  for (const { ref, parsed } of snapshot.subnets) {
    if ('rejection' in parsed || pass.verdicts.get(ref)?.accepted !== true) continue;
    for (const { clientClasses = [] } of [...(parsed.spec.pools ?? []), ...(parsed.spec.pdPools ?? [])]) {
      if (clientClasses.length > 0 && !isOfServers(clientClasses)) enter(pass, facts.halves, clientClasses);
    }
  }
};

const enter = (pass: CompilePass, halves: Halves, classes: readonly string[]): void => {
  const { pair } = pass.snapshot;
  const owner = { object: refOf('HAPair', pair), uid: pair.metadata.uid ?? '', generation: 0 };
  for (const servers of halves) {
    const name = halfClassOf(servers, classes);
    if (pass.classes.has(name)) continue;
    const test = `${anyOf(servers)} and ${anyOf(classes)}`;
    // Its place comes with those of all.
    const body = canonicalClass({ name, test, 'order-index': 0 });
    pass.classes.set(name, { body, marker: makeMarker(owner, body) });
  }
};
