/** What ClientClasses and OptionDefinitions have in common: a row each, under a name or code that the pair has once. */
import {
  type AnyRow,
  type BodyOf,
  fillingOf,
  type KeyOf,
  keyOfRow,
  KINDS,
  optionsOfRow,
  parentsOfRow,
  ROW_KINDS,
  rowsOf,
} from '../kea/kinds.ts';
import type { Item, ObjectRef } from '../kea/state.ts';
import { definitionsIn } from '../kea/subOptions.ts';
import type { ClassChild, DefinitionChild } from './child.ts';
import { checkServed } from './facts.ts';
import type { Checked } from './networkPart.ts';
import { nameOf, refOf, reject } from './objects.ts';
import { accept, type CompilePass, itemOf, refuse } from './pass.ts';
import { beingDeleted, checkForeign } from './refusals.ts';
import type { Rejection } from './types.ts';

/** Kinds whose objects belong to the pair alone, and that others refer to by name. */
export type NamedKind = 'option-def' | 'class';
type NamedChild<K extends NamedKind> = K extends 'class' ? ClassChild : DefinitionChild;

interface Words<K extends NamedKind> {
  /** What the database has once, for people: `a client class gold`. */
  readonly whatOf: (body: BodyOf<K>) => string;
  /** Of these each is there once. */
  readonly namesOf: (body: BodyOf<K>) => readonly string[];
}

interface Candidate<K extends NamedKind> {
  readonly child: NamedChild<K>;
  readonly item: Item<BodyOf<K>>;
}

/** Judges the objects of a kind, those that serve before others, and of these the oldest first. One that is being deleted stays until {@link settleNamed}. */
export const compileNamed = <K extends NamedKind>(
  pass: CompilePass,
  kind: K,
  children: readonly NamedChild<K>[],
  check: (child: NamedChild<K>) => Checked<BodyOf<K>>,
  { whatOf, namesOf }: Words<K>,
): void => {
  const candidates: Candidate<K>[] = [];
  for (const child of children) {
    const hasRows = pass.rows.ownedBy(kind, child.ref).length > 0;
    if (child.isDeleting && !hasRows) {
      pass.deletions.set(child.ref, { state: 'leaving' });
      continue;
    }
    const checked = checkParent(pass, child, hasRows) ?? check(child);
    if ('rejection' in checked) refuse(pass, child.ref, checked.rejection);
    else candidates.push({ child, item: itemOf(child.ref, child.object, checked.value) });
  }
  const rows = fillingOf(pass, kind) as Map<unknown, Item<BodyOf<K>>>;
  const taken = new Map<string, ObjectRef>();
  for (const { body, marker } of rows.values()) {
    if (marker) for (const name of namesOf(body)) taken.set(name, marker.object);
  }
  const serves = ({ child }: Candidate<K>): boolean => pass.rows.ownedBy(kind, child.ref).length > 0;
  for (const { child, item } of [...candidates.filter(serves), ...candidates.filter((one) => !serves(one))]) {
    const names = namesOf(item.body);
    const winner = names.map((name) => taken.get(name)).find((holder) => holder !== undefined && holder !== child.ref);
    const rejection =
      winner === undefined ? foreignOf(pass, kind, child, item, whatOf) : conflict(whatOf(item.body), winner);
    if (rejection) {
      refuse(pass, child.ref, rejection);
      continue;
    }
    for (const name of names) taken.set(name, child.ref);
    accept(pass, child.ref, []);
    rows.set(keyOfRow({ kind, item } as unknown as AnyRow), item);
  }
};

const checkParent = (
  { facts, snapshot }: CompilePass,
  { parsed }: ClassChild | DefinitionChild,
  hasRows: boolean,
): { readonly rejection: Rejection } | undefined => {
  if ('rejection' in parsed) return parsed;
  const rejection =
    checkServed(facts, 'ipFamily') ??
    (facts.deleting && !hasRows ? beingDeleted('haPairRef', 'HAPair', snapshot.pair.metadata.name) : undefined);
  return rejection && { rejection };
};

const conflict = (what: string, winner: ObjectRef): Rejection =>
  reject('NameConflict', `${nameOf(winner)} is ${what} already: give one of them another name, or delete it`, winner);

const foreignOf = <K extends NamedKind>(
  pass: CompilePass,
  kind: K,
  child: NamedChild<K>,
  item: Item<BodyOf<K>>,
  whatOf: (body: BodyOf<K>) => string,
): Rejection | undefined => {
  const row = pass.rows.foreignNamed(kind, keyOfRow({ kind, item } as unknown as AnyRow));
  return checkForeign(pass, child, { what: whatOf(item.body), conflict: 'NameConflict', row });
};

/** The rows of a kind whose objects are not there, be it past their finalizers; those that the operator makes for the pair itself are among them. */
export const tornAway = <K extends NamedKind>(
  { surroundings, snapshot }: CompilePass,
  kind: K,
): readonly (readonly [KeyOf<K>, Item<BodyOf<K>>])[] =>
  [...rowsOf(surroundings.rows.owned, kind)].filter(
    ([, { marker }]) => marker && snapshot.find(marker.object) === undefined,
  );

/** Lets the classes and definitions go that are being deleted, or whose objects were torn away past their finalizers, once nobody refers to them. */
export const settleNamed = (pass: CompilePass): void => {
  settleKind(pass, 'class', pass.snapshot.classes);
  settleKind(pass, 'option-def', pass.snapshot.definitions);
};

const settleKind = <K extends NamedKind>(pass: CompilePass, kind: K, children: readonly NamedChild<K>[]): void => {
  const rows = fillingOf(pass, kind) as Map<unknown, Item<BodyOf<K>>>;
  const ownerless = tornAway(pass, kind).filter(([key]) => !rows.has(key));
  const leaving = children.filter(({ isDeleting, ref }) => isDeleting && !pass.deletions.has(ref));
  if (leaving.length === 0 && ownerless.length === 0) return;
  const users = usersOf(pass, kind);
  for (const [key, item] of ownerless) if (users.has(key)) rows.set(key, item);
  const going = new Set(leaving.map(({ ref }) => ref));
  /** Those that do not go themselves. */
  const usersOfChild = ({ ref }: NamedChild<K>): readonly User[] =>
    pass.rows
      .ownedBy(kind, ref)
      .flatMap((item) => users.get(keyOfRow({ kind, item } as unknown as AnyRow)) ?? [])
      .filter((user) => user.ref === undefined || !going.has(user.ref));
  let before: number;
  do {
    before = going.size;
    // What stays holds what it refers to.
    for (const child of leaving) if (usersOfChild(child).length > 0) going.delete(child.ref);
  } while (going.size !== before);
  for (const child of leaving) {
    const [first, ...more] = usersOfChild(child);
    if (first === undefined) {
      pass.deletions.set(child.ref, { state: 'leaving' });
      pass.kept.delete(child.ref);
      for (const [key, { marker }] of rows) if (marker?.object === child.ref) rows.delete(key);
      continue;
    }
    const others = more.length === 0 ? '' : ` and ${more.length} more`;
    const message = `it stays, as ${first.name}${others} still ${more.length === 0 ? 'refers' : 'refer'} to it: correct them, or delete them first`;
    pass.deletions.set(child.ref, { state: 'held', reason: 'ReferencesExist', message });
  }
};

interface User {
  /** Absent where the row is nobody's. */
  readonly ref?: ObjectRef;
  /** For people. */
  readonly name: string;
}

const classesOf = (row: AnyRow): ReadonlySet<unknown> =>
  new Set(parentsOfRow(row).flatMap(({ kind, key }) => (kind === 'class' ? [key] : [])));

/** Those of sub-options in bytes among them. */
const definitionsOf = ({ facts }: CompilePass, row: AnyRow): ReadonlySet<unknown> =>
  new Set(definitionsIn(facts.known, optionsOfRow(row)).keys());

/** Who refers to the rows of a kind, by their keys, for people. */
const usersOf = (pass: CompilePass, kind: NamedKind): ReadonlyMap<unknown, readonly User[]> => {
  const users = new Map<unknown, User[]>();
  const look = (row: AnyRow): void => {
    for (const key of kind === 'class' ? classesOf(row) : definitionsOf(pass, row)) {
      const list = users.get(key) ?? [];
      const { marker } = row.item;
      list.push(
        marker
          ? { ref: marker.object, name: nameOf(marker.object) }
          : { name: `the ${KINDS[row.kind].words[0]} ${keyOfRow(row)}` },
      );
      users.set(key, list);
    }
  };
  const ref = refOf('HAPair', pass.snapshot.pair);
  const pair = { ref, name: nameOf(ref) };
  for (const { kind: of, key } of pass.surroundings.configured ?? []) {
    if (of === kind) users.set(key, [...(users.get(key) ?? []), pair]);
  }
  for (const of of ROW_KINDS) {
    const rows = of === 'host' ? pass.hosts : fillingOf(pass, of);
    for (const item of rows.values()) look({ kind: of, item } as AnyRow);
  }
  return users;
};
