/** The order of changes. */
import { type KeaState, type RowKind, rowName } from '../kea/kinds.ts';
import type { Change, ChangeOf } from './plan.ts';

/**
 * Rows that swap prefixes: the column is unique, so neither update can go first. A row whose new prefix another owned row
 * still has is removed and created anew, as every removal goes before every update.
 */
export const splitSwaps = (changes: readonly Change[], owned: KeaState): readonly Change[] => {
  const moves = changes.filter(movesPrefix);
  if (moves.length === 0) return changes;
  const holders = new Map([...owned.subnets].map(([id, { body }]) => [body.subnet, id]));
  return changes.flatMap((change): readonly Change[] => {
    if (!movesPrefix(change)) return [change];
    const holder = holders.get(change.item.body.subnet);
    if (holder === undefined || holder === change.key) return [change];
    const { kind, key, was, item } = change;
    return [
      { kind, op: 'remove', key, was },
      { kind, op: 'create', key, item },
    ];
  });
};

type SubnetUpdate = Extract<ChangeOf<'subnet'>, { readonly op: 'update' }>;

const movesPrefix = (change: Change): change is SubnetUpdate =>
  change.kind === 'subnet' && change.op === 'update' && change.item.body.subnet !== change.was.body.subnet;

/**
 * What goes first. Reservations leave before their subnet does and come after it. Subnets leave before others take their
 * prefix. Networks come before the subnets that name them, and leave after them (a foreign key). Definitions of options come before the classes, and both before
 * whoever has options of them or asks for their clients; they leave after these.
 */
const PHASES: Readonly<Record<RowKind, Readonly<Record<Change['op'], number>>>> = {
  host: { remove: 0, create: 11, update: 11, release: 11 },
  subnet: { remove: 1, update: 8, release: 8, create: 9 },
  network: { create: 7, update: 7, remove: 10, release: 10 },
  class: { create: 5, update: 5, remove: 12, release: 12 },
  'option-def': { create: 3, update: 3, remove: 13, release: 13 },
};

/** The changes in an order that foreign keys and unique indexes allow; within a phase as they came. */
export const arrange = (changes: readonly Change[]): readonly Change[] => {
  const created = new Set(changes.flatMap(({ kind, op, key }) => (op === 'create' ? [rowName(kind, key)] : [])));
  const phaseOf = ({ kind, op, key }: Change): number => {
    const { [op]: phase, create } = PHASES[kind];
    // A row that is removed to be created anew is out of the way before.
    return op === 'remove' && created.has(rowName(kind, key)) ? Math.min(phase, create - 1) : phase;
  };
  const phases: Change[][] = [];
  for (const change of changes) (phases[phaseOf(change)] ??= []).push(change);
  return phases.flat();
};
