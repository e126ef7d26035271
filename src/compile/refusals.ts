/** Rejections that objects of several kinds have in common. */
import type { ForeignRow } from '../kea/kinds.ts';
import type { OptionRefusal } from '../kea/options.ts';
import type { Marker } from '../kea/state.ts';
import type { Child } from './child.ts';
import { awaiting, nameOf, reject } from './objects.ts';
import type { CompilePass } from './pass.ts';
import { isAdoptable } from './rows.ts';
import type { Rejection } from './types.ts';

/** A parent on its way out takes no new children; those that it has stay until it goes. */
export const beingDeleted = (field: string, kind: string, name: string): Rejection =>
  awaiting(reject('RefNotFound', `${field} names the ${kind} ${name}, which is being deleted: correct the reference`));

export const parentRejected = (
  field: string,
  kind: string,
  name: string,
  { message, awaits }: Pick<Rejection, 'message' | 'awaits'>,
): Rejection => {
  const rejection = reject(
    'ParentRejected',
    `${field} names the ${kind} ${name}, which is rejected itself: ${message}`,
  );
  return awaits ? awaiting(rejection) : rejection;
};

/** Of options that cannot be had as they are written. */
export const invalidOption = ({ message, awaits }: OptionRefusal): Rejection => {
  const rejection = reject('InvalidOption', message);
  return awaits ? awaiting(rejection) : rejection;
};

type Conflict = 'NameConflict' | 'PrefixConflict' | 'IdentifierConflict' | 'AddressConflict';

/** What an object wants to have, and the row that has it. */
interface Taken {
  readonly what: string;
  readonly conflict: Conflict;
  readonly row: ForeignRow | undefined;
}

/** Refuses what would replace a row that is not the pair's own, unless the object asks to take it over and may. */
export const checkForeign = (pass: CompilePass, { ref, adopts }: Child, { what, conflict, row }: Taken) => {
  if (!row) return undefined;
  const { marker } = row.item;
  if (isAdoptable(marker, ref, (owner) => pass.snapshot.find(owner) !== undefined)) {
    return adopts ? undefined : foreign(what, marker);
  }
  const owner = marker?.object ?? ref;
  const message = `the database has ${what} already, which belongs to ${nameOf(owner)}: delete one of them, or give each HAPair a database of its own`;
  return reject(conflict, message, owner);
};

/** What has to be looked at each time where a row was written for an object: whether that exists. */
export const existenceOf = (row: ForeignRow | undefined): readonly unknown[] =>
  row?.item.marker ? [Symbol('anew')] : [];

const foreign = (what: string, marker: Marker | undefined): Rejection => {
  const why = marker
    ? `which was written for ${nameOf(marker.object)} of another HAPair`
    : 'which the operator did not write';
  const remedy = 'set the annotation kea-operator.io/adopt to "true" to take it over, or remove it';
  return reject('ForeignRow', `the database has ${what} already, ${why}: ${remedy}`);
};
