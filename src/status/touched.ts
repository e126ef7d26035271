/** Of which objects there may be something to tell, where all others are as they were when they were last told of. */
import type { ReservationChild } from '../compile/child.ts';
import { textAt } from '../compile/objects.ts';
import { delegatedIn } from '../compile/pdPools.ts';
import { poolsIn } from '../compile/pools.ts';
import { contains } from '../kea/address.ts';
import type { ObjectRef } from '../kea/state.ts';
import { ownerOf } from '../plan/describe.ts';
import { refersOtherwise } from './references.ts';
import { type NamedRows, namedRows, namedRowsAfter, ownAddresses } from './taken.ts';
import type { Attempt } from './types.ts';

/** What is remembered of the last report. */
export interface ReportMemory {
  /** Lists of reservations of which there was nothing to tell, with what was found of them then. */
  readonly quiet: WeakMap<readonly ReservationChild[], object>;
  last: LastReport | undefined;
}

export const createReportMemory = (): ReportMemory => ({ quiet: new WeakMap(), last: undefined });

interface LastReport {
  /** Of compile. */
  readonly pass: object;
  /** What of the pair concerns its children. */
  readonly basis: string;
  readonly rows: NamedRows;
  /** What is to be told of again, whatever changes. */
  readonly open: Open;
}

/** Objects of which there was something to tell, or will be without a change of them. */
export interface Open {
  /** What Subnets refer to: SharedNetworks, ClientClasses, OptionDefinitions. */
  common: boolean;
  /** Positions of Subnets and of lists of reservations, the one of the pair as a whole being after all others. */
  readonly positions: Set<number>;
}

/** What a report has to look at. */
export interface Touched {
  readonly common: boolean;
  readonly positions: Iterable<number>;
  readonly rows: NamedRows | undefined;
  /** Remembers that all of it is told. */
  readonly done: (open: Open) => void;
}

export const touchedSince = (attempt: Attempt, memory: ReportMemory): Touched => {
  const { compiled, snapshot } = attempt;
  const { last } = memory;
  memory.last = undefined;
  const basis = basisOf(attempt);
  const remember = (rows: NamedRows) => (open: Open) => {
    if (compiled && isPlain(attempt)) memory.last = { pass: compiled.pass, basis, rows, open };
  };
  const continued = compiled?.continues;
  if (!compiled || !continued || last?.pass !== continued.pass || last.basis !== basis || !isPlain(attempt)) {
    const rows = compiled && namedRows(compiled.desired);
    const positions = [...snapshot.reservations.keys(), snapshot.reservations.length];
    return { common: true, positions, rows, done: rows ? remember(rows) : () => undefined };
  }
  const refs = [...continued.looked].flatMap((position) => snapshot.subnets[position]?.ref ?? []);
  const ids = refs.flatMap((ref) => compiled.subnetIds.get(ref) ?? []);
  const { changed, ...rows } = namedRowsAfter(last.rows, compiled.desired, ids);
  const owners = ownersIn(attempt);
  const positions = new Set([...last.open.positions, ...continued.looked]);
  for (const ref of owners) positions.add(positionOf(attempt, ref));
  // A router of one Subnet may be in the pool of another.
  for (const position of holdersOf(attempt, changed)) positions.add(position);
  // A class that no Subnet names any more, or one does now.
  const isNamedOtherwise = refersOtherwise(last.rows.desired, compiled.desired, ids);
  const common = last.open.common || isNamedOtherwise || owners.some((ref) => COMMON.test(ref));
  return { common, positions: [...positions].sort((a, b) => a - b), rows, done: remember(rows) };
};

const COMMON = /^(SharedNetwork|ClientClass|OptionDefinition)\//;

/** Whether nothing keeps changes back: then what has none is as its conditions say. */
const isPlain = ({ plan, refusals, waiting, untried, adopted }: Attempt): boolean =>
  plan?.withheld.length === 0 && adopted.length === 0 && [refusals, waiting, untried].every(({ size }) => size === 0);

const basisOf = (attempt: Attempt): string => {
  const { metadata, spec } = attempt.snapshot.pair;
  const own = [...ownAddresses(attempt)].map(([address, by]) => `${address} ${by}`);
  return [metadata.uid, textAt(spec, 'mode') ?? '', ...own].join('\n');
};

/** Objects whose rows are to change. */
const ownersIn = ({ plan }: Attempt): readonly ObjectRef[] =>
  plan?.changes.flatMap((change) => ownerOf(change) ?? []) ?? [];

/** Where the object, or the list that it is in, is told of. */
const positionOf = ({ snapshot }: Attempt, ref: ObjectRef): number => {
  const own = snapshot.positions.get(ref);
  if (own !== undefined) return own;
  const child = snapshot.find(ref);
  const parent = child?.parent?.kind === 'Subnet' ? child.parent.name : undefined;
  const namespace = ref.split('/')[1] ?? '';
  return snapshot.positions.get(`Subnet/${namespace}/${parent ?? ''}`) ?? snapshot.reservations.length;
};

/** Positions of the Subnets whose pools, of addresses or of prefixes, hold one of the addresses. */
function* holdersOf({ snapshot }: Attempt, addresses: readonly bigint[]): Generator<number> {
  if (addresses.length === 0) return;
  for (const [position, { object }] of snapshot.subnets.entries()) {
    const ranges = [
      ...poolsIn(object.spec).map(({ range }) => range),
      ...delegatedIn(object.spec).map(({ prefix }) => prefix),
    ];
    if (ranges.some((range) => addresses.some((address) => contains(range, address)))) yield position;
  }
}
