import type { KeaState } from '../kea/state.ts';
import type { Change, SubnetChange } from './plan.ts';

/**
 * Rows that swap prefixes: the column is unique, so neither update can go first. A row whose new prefix another owned row
 * still has is removed and created anew, as every removal goes before every update.
 */
export function splitSwaps(changes: readonly Change[], owned: KeaState): readonly Change[] {
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
}

type SubnetUpdate = Extract<SubnetChange, { readonly op: 'update' }>;

const movesPrefix = (change: Change): change is SubnetUpdate =>
  change.kind === 'subnet' && change.op === 'update' && change.item.body.subnet !== change.was.body.subnet;

/**
 * What goes first. Reservations leave before their subnet does and come after it. Subnets leave before others take their
 * prefix. Networks come before the subnets that name them, and leave after them (a foreign key). A row that is removed to be
 * created anew is out of the way before.
 */
const PHASES: readonly ((change: Change, replaced: ReadonlySet<string>) => boolean)[] = [
  ({ kind, op }) => kind === 'host' && op === 'remove',
  ({ kind, op }) => kind === 'subnet' && op === 'remove',
  (change, replaced) => change.kind === 'network' && change.op === 'remove' && replaced.has(change.key),
  ({ kind, op }) => kind === 'network' && (op === 'create' || op === 'update'),
  ({ kind, op }) => kind === 'subnet' && (op === 'update' || op === 'release'),
  ({ kind, op }) => kind === 'subnet' && op === 'create',
  ({ kind }) => kind === 'network',
  () => true,
];

/** The changes in an order that foreign keys and unique indexes allow; within a phase as they came. */
export function arrange(changes: readonly Change[]): readonly Change[] {
  const created = changes.flatMap(({ kind, op, key }) => (kind === 'network' && op === 'create' ? [key] : []));
  const replaced = new Set(created as readonly string[]);
  const phases: Change[][] = PHASES.map(() => []);
  for (const change of changes) {
    phases[PHASES.findIndex((belongs) => belongs(change, replaced))]?.push(change);
  }
  return phases.flat();
}
