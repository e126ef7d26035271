import type { z } from 'zod';
import { haPairKind, type HAPairSpec } from '../api/haPair.ts';
import { hostReservationKind, type HostReservationSpec } from '../api/hostReservation.ts';
import { sharedNetworkKind, type SharedNetworkSpec } from '../api/sharedNetwork.ts';
import { subnetKind, type SubnetSpec } from '../api/subnet.ts';
import { DEEPEST, isTooDeep } from '../kea/nesting.ts';
import { MARKER_KEY } from '../kea/state.ts';
import { type AnyObject, at, reject } from './objects.ts';
import type { Rejection } from './types.ts';

/** A spec that fits its schema, with all defaults; or what is wrong with it. */
export type Parsed<Spec> = { readonly spec: Spec } | { readonly rejection: Rejection };

/**
 * Reads specs through a schema. What the API server let through under an older schema is found here, not by a crash.
 * Objects in a cache are replaced when they change, never changed: each is read once.
 */
const reader = <Spec>(schema: z.ZodType<Spec>): ((object: AnyObject) => Parsed<Spec>) => {
  const known = new WeakMap<object, Parsed<Spec>>();
  return (object) => {
    const before = known.get(object);
    if (before) return before;
    const parsed = parse(schema, object.spec);
    known.set(object, parsed);
    return parsed;
  };
};

function parse<Spec>(schema: z.ZodType<Spec>, spec: unknown): Parsed<Spec> {
  const result = schema.safeParse(spec);
  if (!result.success) {
    return { rejection: reject('InvalidSpec', describe(result.error.issues[0])) };
  }
  if (at(spec, 'userContext', MARKER_KEY) !== undefined) {
    const message = `userContext: the key ${MARKER_KEY} is the operator's own: choose another`;
    return { rejection: reject('InvalidSpec', message) };
  }
  // One level is the spec's own. What is below is read level by level, which a few thousand of them would overflow.
  if (isTooDeep(spec, DEEPEST + 1)) {
    const message = `userContext: it is nested more than ${DEEPEST} levels deep, which Kea does not read: make it flatter`;
    return { rejection: reject('InvalidSpec', message) };
  }
  const nul = nulIn(spec);
  if (nul) {
    const message = `${placeOf(nul)}: it holds a NUL character, which PostgreSQL cannot keep: remove it`;
    return { rejection: reject('InvalidSpec', message) };
  }
  return { spec: result.data };
}

/** Where the first NUL is: PostgreSQL refuses the whole transaction for it, and with it everybody's changes. */
function nulIn(value: unknown): readonly PropertyKey[] | undefined {
  if (typeof value === 'string') return value.includes('\0') ? [] : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    if (key.includes('\0')) return [];
    const found = nulIn(inner);
    if (found) return [Array.isArray(value) ? Number(key) : key, ...found];
  }
  return undefined;
}

/** `pools[0].pool: Invalid input: expected string, and nothing is given` */
function describe(issue: z.core.$ZodIssue | undefined): string {
  const words =
    issue?.message.replace(/, received undefined$/, ', and nothing is given') ?? 'it does not fit the schema';
  return `${placeOf(issue?.path ?? [])}: ${words}`;
}

const placeOf = (path: readonly PropertyKey[]): string =>
  path.length === 0
    ? 'spec'
    : path
        .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
        .join('')
        .replace(/^\./, '');

export const readPair: (object: AnyObject) => Parsed<HAPairSpec> = reader(haPairKind.spec);
export const readNetwork: (object: AnyObject) => Parsed<SharedNetworkSpec> = reader(sharedNetworkKind.spec);
export const readSubnet: (object: AnyObject) => Parsed<SubnetSpec> = reader(subnetKind.spec);
/** Not remembered: `readHost` remembers what it makes of it. */
export const parseReservation = ({ spec }: AnyObject): Parsed<HostReservationSpec> =>
  parse(hostReservationKind.spec, spec);
