/** Specs read through their schemas, and what no schema says of them. */
import type { z } from 'zod';
import { clientClassKind } from '../api/clientClass.ts';
import { haPairKind, type HAPairSpec } from '../api/haPair.ts';
import { hostReservationKind } from '../api/hostReservation.ts';
import { optionDefinitionKind } from '../api/optionDefinition.ts';
import { TENANT_BOUNDS } from '../api/resources.ts';
import { sharedNetworkKind } from '../api/sharedNetwork.ts';
import { subnetKind } from '../api/subnet.ts';
import { MARKER_KEY } from '../kea/state.ts';
import { type AnyObject, at, reject } from './objects.ts';
import type { Rejection } from './types.ts';

/** A spec that fits its schema, with all defaults; or what is wrong with it. */
export type Parsed<Spec> = { readonly spec: Spec } | { readonly rejection: Rejection };

/** Reads a spec through its schema. What the API server let through under an older schema is found here, not by a crash. */
export const readSpec = <Spec>(schema: z.ZodType<Spec>, object: AnyObject): Parsed<Spec> => {
  const beyond = rejectUnread(object);
  if (beyond) return { rejection: beyond };
  const { spec } = object;
  const result = schema.safeParse(spec);
  if (!result.success) {
    return { rejection: reject('InvalidSpec', describe(result.error.issues[0])) };
  }
  const marked = markedIn(spec);
  if (marked !== undefined) {
    const message = `${marked}: the key ${MARKER_KEY} is the operator's own: choose another`;
    return { rejection: reject('InvalidSpec', message) };
  }
  const fault = faultIn(spec);
  if (fault) return { rejection: reject('InvalidSpec', `${placeOf(fault.path)}: ${fault.problem}`) };
  return { spec: result.data };
};

/** The userContext, of a Subnet or of one of its pools, that has the operator's own key. */
const markedIn = (spec: unknown): string | undefined => {
  if (at(spec, CONTEXT, MARKER_KEY) !== undefined) return CONTEXT;
  for (const list of ['pools', 'pdPools']) {
    const pools = at(spec, list);
    const index = Array.isArray(pools) ? pools.findIndex((pool) => at(pool, CONTEXT, MARKER_KEY) !== undefined) : -1;
    if (index >= 0) return `${list}[${index}].${CONTEXT}`;
  }
  return undefined;
};
const CONTEXT = 'userContext';

const REMEDIES = { bytes: 'make it smaller', levels: 'nest it less deeply', values: 'put less into it' } as const;
const UNITS = { bytes: 'bytes of JSON', levels: 'levels', values: 'values' } as const;

/** What is beyond the bounds is told by them alone: it was not read. */
export const rejectUnread = ({ unread }: AnyObject): Rejection | undefined => {
  if (!unread) return undefined;
  const { part, field, what, found, most } = unread;
  const message = `${part}.${field}: with it the ${part} has ${found} ${UNITS[what]}, and at most ${most} are read: ${REMEDIES[what]}`;
  return reject('InvalidSpec', message);
};

interface Fault {
  readonly path: readonly PropertyKey[];
  readonly problem: string;
}

const NUL = 'it holds a NUL character, which PostgreSQL cannot keep: remove it';
const DEEP = `the spec is nested more than ${TENANT_BOUNDS.levels} levels deep: nest it less deeply`;

/**
 * What no schema says. For a NUL PostgreSQL refuses the whole transaction, and with it everybody's changes; what is too deep Kea answers
 * with no more than "Bad Request" (from 93 levels on, measured with 3.0.4), and code that follows it runs out of stack.
 */
const faultIn = (value: unknown, level = 1): Fault | undefined => {
  if (typeof value === 'string') return value.includes('\0') ? { path: [], problem: NUL } : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  if (level > TENANT_BOUNDS.levels) return { path: [], problem: DEEP };
  for (const [key, inner] of Object.entries(value)) {
    if (key.includes('\0')) return { path: [], problem: NUL };
    const fault = faultIn(inner, level + 1);
    if (fault) return { ...fault, path: [Array.isArray(value) ? Number(key) : key, ...fault.path] };
  }
  return undefined;
};

/** `pools[0].pool: Invalid input: expected string, and nothing is given` */
const describe = (issue: z.core.$ZodIssue | undefined): string => {
  const words =
    issue?.message.replace(/, received undefined$/, ', and nothing is given') ?? 'it does not fit the schema';
  return `${placeOf(issue?.path ?? [])}: ${words}`;
};

/** Keys of a free map may be as long as their author likes; a condition wants a sentence. */
const PLACE_LENGTH = 200;

const placeOf = (path: readonly PropertyKey[]): string => {
  const place = path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('')
    .replace(/^\./, '');
  if (place === '') return 'spec';
  return place.length > PLACE_LENGTH ? `${place.slice(0, PLACE_LENGTH)}…` : place;
};

export const readPair = (object: AnyObject): Parsed<HAPairSpec> => readSpec(haPairKind.spec, object);

const SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  HAPair: haPairKind.spec,
  SharedNetwork: sharedNetworkKind.spec,
  Subnet: subnetKind.spec,
  HostReservation: hostReservationKind.spec,
  ClientClass: clientClassKind.spec,
  OptionDefinition: optionDefinitionKind.spec,
};

/** Whether an object as it is stored fits the schema of its kind. Of one that does not the API server may refuse any write, be it of its status. */
export const fitsSchema = (object: AnyObject & { readonly kind: string }): boolean => {
  const schema = SCHEMAS[object.kind];
  return schema !== undefined && 'spec' in readSpec(schema, object);
};
