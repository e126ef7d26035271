/**
 * What compile remembers of a pair from one pass to the next. All of it was made of what is kept beside it, and is made again where one of those is
 * another: it may be lost at any time, and a pass with it finds what one without it would.
 */
import type { Range } from '../kea/address.ts';
import type { HostMap } from '../kea/partedMap.ts';
import type { Item, ObjectRef, SubnetBody } from '../kea/state.ts';
import type { Changes, LastPass } from './changes.ts';
import type { ReservationChild, SubnetChild } from './child.ts';
import type { PrefixClaim } from './conflicts.ts';
import type { PairFacts } from './facts.ts';
import type { GroupOutcome, Stage } from './groups.ts';
import type { Home } from './homes.ts';
import type { InheritedLevel } from './inherit.ts';
import type { Checked } from './networkPart.ts';
import type { JudgedNetwork } from './networks.ts';
import type { PartRows, RowIndex } from './rows.ts';
import type { SubnetCandidate } from './subnets.ts';
import type { Rejection } from './types.ts';

/** So many objects are looked at before somebody else may have the processor. */
export const SLICE = 128;

/** A value with what it was made of. */
export class Cell<T> {
  #inputs: readonly unknown[] | undefined;
  #value: T | undefined;

  /** The value of the last time, whatever it was made of; undefined where there was none. */
  get last(): T | undefined {
    return this.#value;
  }

  /** The value, made again where an input is not the one of the last time. Whatever `make` looks at has to be among them. */
  of(inputs: readonly unknown[], make: () => T): T {
    if (this.#inputs === undefined || !same(this.#inputs, inputs)) {
      this.#value = make();
      this.#inputs = inputs;
    }
    return this.#value as T;
  }

  forget(): void {
    this.#inputs = undefined;
    this.#value = undefined;
  }
}

/** Whether two lists have the same things, by identity. */
export const same = (a: readonly unknown[], b: readonly unknown[]): boolean => {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
};

const NONE: readonly never[] = [];
const NOBODY: ReadonlySet<ObjectRef> = new Set();

/** The reservations of a Subnet, or of the pair as a whole. */
export class Group {
  /** Oldest first. */
  members: readonly ReservationChild[] = NONE;
  /** The client classes that they give. */
  classes: readonly string[] = NONE;
  /** Whether prefixes are kept for any of them, which may be anywhere. */
  havePrefixes = false;
  /** Those that are on their way out. */
  leaving: ReadonlySet<ObjectRef> = NOBODY;
  /** Those that were not accepted. */
  rejected: ReadonlyMap<ObjectRef, Rejection> = new Map();
  readonly rows = new Cell<PartRows>();
  readonly stage = new Cell<Stage>();
  readonly outcome = new Cell<GroupOutcome>();
}

/** One Subnet, as the last pass left it. */
export class SubnetMemory {
  readonly checked = new Cell<Checked<SubnetCandidate>>();
  /** Whether a row of it has the interface that it names. */
  serves = false;
  readonly claims = new Cell<readonly PrefixClaim[]>();
  /** Of its reservations. */
  readonly kept = new Cell<readonly PrefixClaim[]>();
  readonly item = new Cell<Item<SubnetBody>>();
  readonly home = new Cell<Home | undefined>();
  readonly group = new Group();
}

export interface CompileMemory {
  /** The last pass, where a next one may go on from it. */
  last: LastPass | undefined;
  /** What changed since: asked for more than once in a pass. */
  readonly changes: Cell<Changes | undefined>;
  facts: PairFacts | undefined;
  readonly rows: Cell<RowIndex>;
  readonly hosts: Cell<HostMap>;
  readonly networks: Map<ObjectRef, Cell<Checked<JudgedNetwork>>>;
  readonly levels: Map<string, Cell<InheritedLevel>>;
  readonly subnets: Map<ObjectRef, SubnetMemory>;
  readonly globals: Group;
  /** The group that a reservation is in. */
  readonly groupOf: Map<ObjectRef, Group>;
  /** What Subnets of other pairs claim. */
  readonly elsewhere: Map<SubnetChild, readonly PrefixClaim[]>;
  stages: readonly Stage[];
  /** Groups of which two ask for one address. */
  contested: ReadonlySet<Group>;
  claims: readonly PrefixClaim[];
  /** The claims by what they overlap. */
  readonly claimed: Cell<(range: Range) => readonly PrefixClaim[]>;
  losers: ReadonlyMap<ObjectRef, Rejection>;
  /** Of rows whose Subnets are not the pair's. */
  readonly homes: Map<ObjectRef, Cell<Home | undefined>>;
  /** The homes of the last pass. */
  lastHomes: ReadonlyMap<ObjectRef, Home>;
  readonly lookups: Map<number, Cell<Item<SubnetBody>>>;
}

export const createCompileMemory = (): CompileMemory => ({
  last: undefined,
  changes: new Cell(),
  facts: undefined,
  rows: new Cell(),
  hosts: new Cell(),
  networks: new Map(),
  levels: new Map(),
  subnets: new Map(),
  globals: new Group(),
  groupOf: new Map(),
  elsewhere: new Map(),
  stages: [],
  contested: new Set(),
  claims: [],
  claimed: new Cell(),
  losers: new Map(),
  homes: new Map(),
  lastHomes: new Map(),
  lookups: new Map(),
});

/** The entry of a key, made where there is none. */
export const entryOf = <Key, T>(map: Map<Key, T>, key: Key, make: () => T): T => {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
};

/** Forgets what is there no more. */
export const prune = <Key>(
  map: Map<Key, unknown>,
  present: { readonly size: number; has(key: Key): boolean },
): void => {
  if (map.size <= present.size) return;
  for (const key of map.keys()) if (!present.has(key)) map.delete(key);
};

/** Takes the reservations of a group in. */
export const enroll = ({ groupOf }: CompileMemory, group: Group, members: readonly ReservationChild[]): void => {
  if (group.members === members) return;
  for (const { ref } of group.members) if (groupOf.get(ref) === group) groupOf.delete(ref);
  for (const { ref } of members) groupOf.set(ref, group);
  const classes = members.flatMap((member) => member.classes);
  const leaving = members.flatMap(({ ref, isDeleting }) => (isDeleting ? [ref] : []));
  group.members = members;
  group.havePrefixes = members.some((member) => member.hasPrefixes);
  group.classes = classes.length === 0 ? NONE : [...new Set(classes)];
  group.leaving = leaving.length === 0 ? NOBODY : new Set(leaving);
};
