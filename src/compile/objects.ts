/** What is read of objects of any kind, and words for people. */
import type { Unread } from '../api/index.ts';
import { ANNOTATIONS } from '../api/kind.ts';
import type { Reason, WarningReason } from '../api/reasons.ts';
import type { ObjectKind } from '../kea/kinds.ts';
import type { ObjectRef } from '../kea/state.ts';
import { legible } from '../kea/text.ts';
import type { Rejection, Verdict, Warning } from './types.ts';

/** What is read of an object before its spec is known to fit the schema. */
export interface AnyObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly generation?: number;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: unknown;
  readonly status?: unknown;
  /** A part of it is beyond the bounds, and was not read as a whole. */
  readonly unread?: Unread;
}

export const refOf = (kind: ObjectKind | 'HAPair', object: AnyObject): ObjectRef =>
  `${kind}/${object.metadata.namespace ?? ''}/${object.metadata.name}`;

export const ACCEPTED: Verdict = { accepted: true };

/** Legible: specs of any content are quoted in the message, and one that quotes another's must not grow without end. */
export const reject = (reason: Reason, message: string, winner?: ObjectRef): Rejection => ({
  accepted: false,
  reason,
  message: legible(message),
  ...(winner === undefined ? {} : { winner }),
});

/** The same of what refers to something that may come yet. */
export const awaiting = (rejection: Rejection): Rejection => ({ ...rejection, awaits: true });

/** @param field Within the specification. */
export const warnOf = (reason: WarningReason, field: string, text: string): Warning => ({
  reason,
  field: `spec.${field}`,
  message: legible(`${field}: ${text}`),
});

/** `Subnet/prod/office` for people: `Subnet prod/office`. */
export const nameOf = (ref: ObjectRef): string => ref.replace('/', ' ');

/** Where the namespace is known: `Subnet office`. */
export const shortNameOf = (ref: ObjectRef): string => `${ref.slice(0, ref.indexOf('/'))} ${nameIn(ref)}`;

/** Its name alone. */
export const nameIn = (ref: ObjectRef): string => ref.slice(ref.lastIndexOf('/') + 1);

export const isDeleting = (object: AnyObject): boolean => object.metadata.deletionTimestamp !== undefined;

export const wantsAdoption = (object: AnyObject): boolean =>
  object.metadata.annotations?.[ANNOTATIONS.adopt] === 'true';

/** A value within a spec or status of which nothing is known yet: undefined where the path ends early. */
export const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((inner, key) => (isRecord(inner) ? inner[key] : undefined), value);

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A text within a spec or status of which nothing is known yet. */
export const textAt = (value: unknown, ...path: readonly string[]): string | undefined => {
  const found = at(value, ...path);
  return typeof found === 'string' && found !== '' ? found : undefined;
};

/** A subnet id within a spec or status of which nothing is known yet. */
export const subnetIdAt = (value: unknown): number | undefined => {
  const found = at(value, 'subnetId');
  return typeof found === 'number' && Number.isInteger(found) && found >= 1 && found <= MAX_SUBNET_ID
    ? found
    : undefined;
};

/** Kea keeps ids in 32 bits; 0 means global, and the greatest value is "unused" (SUBNET_ID_UNUSED). */
export const MAX_SUBNET_ID = 4_294_967_294;

/** Status and reason of a condition within a status of which nothing is known yet. */
export const conditionOf = (
  object: AnyObject,
  type: string,
): { readonly status: unknown; readonly reason: unknown } | undefined => {
  const conditions = at(object.status, 'conditions');
  if (!Array.isArray(conditions)) return undefined;
  const found: unknown = conditions.find((condition) => at(condition, 'type') === type);
  return found === undefined ? undefined : { status: at(found, 'status'), reason: at(found, 'reason') };
};
