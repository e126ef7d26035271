/** Digests of bodies, and the marker by which a row tells whose it is. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from './canonical.ts';
import { isTooDeep } from './nesting.ts';
import { type DeletionPolicy, type Marker, MARKER_KEY, type ObjectRef } from './state.ts';

/** 16 hexadecimal digits of the SHA-256 of a canonical body: two equal digests are the same configuration. */
export const digest = (body: object): string =>
  createHash('sha256').update(canonicalJson(body)).digest('hex').slice(0, 16);

export interface Owner {
  readonly object: ObjectRef;
  readonly uid: string;
  readonly generation: number;
  readonly deletionPolicy?: Marker['deletionPolicy'];
}

/** The marker of a canonical body that the owner asks for. */
export const makeMarker = (owner: Owner, body: object): Marker => ({
  object: owner.object,
  uid: owner.uid,
  generation: owner.generation,
  digest: digest(body),
  ...(owner.deletionPolicy ? { deletionPolicy: owner.deletionPolicy } : {}),
});

export type UserContext = Readonly<Record<string, unknown>>;

/** A user-context as Kea is to hold it: the user's part, with the marker beside it. */
export const withMarker = (context: UserContext | undefined, marker: Marker | undefined): UserContext | undefined => {
  if (!marker) return context;
  const { object, uid, generation, digest, derived, deletionPolicy } = marker;
  const more = { ...(derived ? { derived } : {}), ...(deletionPolicy ? { deletionPolicy } : {}) };
  return { ...context, [MARKER_KEY]: { object, uid, generation, digest, ...more } };
};

const isRef = (text: string): text is ObjectRef => /^[A-Za-z0-9]+\/[a-z0-9.-]+\/[a-z0-9.-]+$/.test(text);
/** Markers are kept of every row and of every object of a server: what is longer than the operator writes is none of its own. */
const markerSchema = z.object({
  object: z.string().max(512).refine(isRef),
  uid: z.string().max(128),
  generation: z.number(),
  digest: z.string().max(64),
  derived: z.array(z.string().max(64)).max(16).exactOptional(),
  deletionPolicy: z.enum(['Delete', 'Orphan']).exactOptional(),
});
const contextSchema = z.record(z.string(), z.unknown());

/**
 * A user-context as Kea holds it, taken apart. A marker that cannot be read is none, and stays with the user's part: the row is foreign. A part that is
 * nested deeper than any that is written is left out: with it nothing could be compared.
 */
export const splitUserContext = (context: unknown): { readonly context?: UserContext; readonly marker?: Marker } => {
  const whole = contextSchema.safeParse(context);
  if (!whole.success) return {};
  const { [MARKER_KEY]: ours, ...users } = whole.data;
  const marker = markerSchema.safeParse(ours);
  const rest = marker.success ? users : whole.data;
  return {
    ...(Object.keys(rest).length > 0 && !isTooDeep(rest) ? { context: rest } : {}),
    ...(marker.success ? { marker: marker.data } : {}),
  };
};

/** The marker of an object that says so of its deletion. */
export const withPolicy = (marker: Marker, policy: DeletionPolicy): Marker => {
  const { deletionPolicy: _, ...rest } = marker;
  return { ...rest, ...markedPolicy(policy) };
};

/** What a marker has of a policy. */
export const markedPolicy = (policy: DeletionPolicy): Pick<Marker, 'deletionPolicy'> =>
  policy === 'Protect' || policy === 'Drain' ? {} : { deletionPolicy: policy };
