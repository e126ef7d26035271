/** What keeps changes back: a dry run, and removals that look like an accident. */
import { isDraining } from '../kea/draining.ts';
import {
  type AnyRow,
  type Claim,
  claimsOfRow,
  type KeaState,
  KINDS,
  openClaims,
  type RowKind,
  rowName,
  sizeOf,
} from '../kea/kinds.ts';
import type { ObjectRef } from '../kea/state.ts';
import {
  type Change,
  formerHosts,
  gainerOf,
  loserOf,
  type Plan,
  rowBefore,
  rowMadeBy,
  type Withholding,
} from './plan.ts';

/** What keeps changes back. */
export interface Policy {
  /** The server tag of the pair's rows. */
  readonly serverTag: string;
  readonly changePolicy: 'Sync' | 'DryRun';
  /** The number of removals that the user lets through. */
  readonly allowMassDeletion?: number | undefined;
  /** The pair itself is being deleted: then everything may go whose object was deleted too. */
  readonly pairDeleting: boolean;
  /** Active leases by subnet id, of subnets that are to go; one that is missing here, as they cannot be counted, counts as none. */
  readonly activeLeases?: ReadonlyMap<number, number>;
  /** Ids of subnets whose removal the user allowed by name. */
  readonly allowedRemovals?: ReadonlySet<number>;
  /** For each kind of row the uid of the CustomResourceDefinition of its objects. */
  readonly definitions?: ReadonlyMap<RowKind, string>;
}

/** Removals up to so many are never withheld for their number. */
const FEW = 20;
/** Removals from so many on are, whatever part of the pair they are. */
const MANY = 200;
/** Removals that end more leases than this are withheld, however few they are. */
const LEASES = 20;
/** More subnets than this do not begin to be drained at once. */
const DRAINS = 20;

/**
 * Divides changes into those that are made and those that are kept back.
 * @param unbelieved Kinds of rows whose objects are not believed to be gone.
 */
export const withhold = (
  changes: readonly Change[],
  owned: KeaState,
  policy: Policy,
  unbelieved: ReadonlySet<RowKind>,
): Plan => {
  if (policy.changePolicy === 'DryRun') return split(changes, 'DryRun', () => true);
  const drains = policy.pairDeleting ? [] : changes.filter(isDrain);
  const losses = [...lossesIn(changes, owned, policy, unbelieved), ...drains];
  const because = massDeletion(losses, drains, owned, policy, unbelieved);
  if (because === undefined) return { changes, withheld: [] };
  const guard = { removals: losses.length, because };
  if (policy.allowMassDeletion === losses.length) return { changes, withheld: [], guard };
  return { ...split(changes, 'MassDeletionWithheld', standsInTheWay(changes, losses)), guard };
};

const split = (changes: readonly Change[], why: Withholding, keepsBack: (change: Change) => boolean): Plan => {
  const withheld = changes.filter(keepsBack).map((change) => ({ change, why }));
  return { changes: changes.filter((change) => !keepsBack(change)), withheld };
};

type Loss = Extract<Change, { readonly op: 'remove' | 'release' }> | Drain;
type Drain = Extract<Change, { readonly kind: 'subnet'; readonly op: 'update' }>;

/** Whether a subnet serves nobody any more from now on. */
const isDrain = (change: Change): change is Drain =>
  change.kind === 'subnet' && change.op === 'update' && isDraining(change.item.body) && !isDraining(change.was.body);

/**
 * Rows that go for good, or that the operator lets go of for an object that only seems to be gone: not those that only make room for themselves, nor
 * that of a reservation which is for another client from now on, nor those that the user named, nor what is left of a subnet that serves nobody any more.
 */
const lossesIn = (
  changes: readonly Change[],
  owned: KeaState,
  { allowedRemovals }: Policy,
  unbelieved: ReadonlySet<RowKind>,
): readonly Loss[] => {
  const comeAgain = new Set(changes.filter(({ op }) => op === 'create').map(({ kind, key }) => rowName(kind, key)));
  const edited = formerHosts(changes);
  return changes.filter((change): change is Loss => {
    const { kind, op, key } = change;
    if (op === 'release') return unbelieved.has(kind);
    if (op !== 'remove' || comeAgain.has(rowName(kind, key))) return false;
    const id = kind === 'subnet' ? key : kind === 'host' ? change.was.body['subnet-id'] : undefined;
    if (id !== undefined && !unbelieved.has(kind) && isDrained(owned, id)) return false;
    if (kind === 'host') return !has(edited, loserOf(change));
    return kind !== 'subnet' || allowedRemovals?.has(key) !== true;
  });
};

const servingIn = ({ subnets }: KeaState): number => {
  let serving = 0;
  for (const { body } of subnets.values()) if (!isDraining(body)) serving++;
  return serving;
};

const isDrained = ({ subnets }: KeaState, id: number): boolean => {
  const row = subnets.get(id);
  return row !== undefined && isDraining(row.body);
};

/**
 * Why removals are the mark of a wrong prune, or of a store that lost its objects, rather than of a decision; undefined: they are not. The user confirms them by
 * naming their very number.
 */
const massDeletion = (
  losses: readonly Loss[],
  drains: readonly Drain[],
  owned: KeaState,
  { activeLeases, pairDeleting }: Policy,
  unbelieved: ReadonlySet<RowKind>,
): string | undefined => {
  const lost = losses.find(({ kind, op }) => unbelieved.has(kind) && op !== 'update');
  if (lost !== undefined) {
    return `the CustomResourceDefinition of ${KINDS[lost.kind].object}s was made anew since their rows were written, and took the objects with it`;
  }
  if (pairDeleting) return undefined;
  const count = losses.length;
  if (count > FEW && count * 2 > sizeOf(owned)) return 'they are more than half of what the pair has';
  if (count > MANY) return `they are more than ${MANY} at once`;
  const leasesIn = (some: readonly Loss[]): number =>
    some.reduce((sum, { kind, key }) => sum + (kind === 'subnet' ? (activeLeases?.get(key) ?? 0) : 0), 0);
  // One Subnet with however many clients is what a drain is for: it ends no lease. Most that the pair has look like a wrong prune.
  const are = `${drains.length} Subnets would be drained at once`;
  if (drains.length > DRAINS) return are;
  if (drains.length > 1 && leasesIn(drains) > LEASES && drains.length * 2 > servingIn(owned)) {
    return `${are}, more than half of those that serve, with ${leasesIn(drains)} active leases`;
  }
  const leases = leasesIn(losses.filter(({ op }) => op !== 'update'));
  return leases > LEASES ? `${count === 1 ? 'it' : 'they'} would end ${leases} active leases` : undefined;
};

/**
 * The removals, and what could not stand beside them: a subnet on the prefix of one that stays, an address that is still reserved. Whoever waits for that
 * keeps the row that he has.
 */
const standsInTheWay = (changes: readonly Change[], losses: readonly Loss[]): ((change: Change) => boolean) => {
  const withheld = new Set<Change>();
  const waiting = new Set<ObjectRef>();
  const staying = new Set<ObjectRef>();
  const claims = openClaims<true>();
  const keepBack = (change: Change): void => {
    withheld.add(change);
    claims.add(claimsOf(rowBefore(change)), true);
    const [gainer, loser] = [gainerOf(change), change.kind === 'host' ? loserOf(change) : undefined];
    if (gainer !== undefined) waiting.add(gainer);
    if (loser !== undefined) staying.add(loser);
  };
  const mustWait = (change: Change): boolean =>
    claims.holderOf(claimsOf(rowMadeBy(change))) !== undefined ||
    has(waiting, loserOf(change)) ||
    has(staying, gainerOf(change));
  let next: readonly Change[] = losses;
  while (next.length > 0) {
    for (const change of next) keepBack(change);
    next = changes.filter((change) => !withheld.has(change) && mustWait(change));
  }
  return (change) => withheld.has(change);
};

const has = (refs: Pick<ReadonlySet<ObjectRef>, 'has'>, ref: ObjectRef | undefined): boolean =>
  ref !== undefined && refs.has(ref);

const claimsOf = (row: AnyRow | undefined): readonly Claim[] => (row ? claimsOfRow(row) : []);
