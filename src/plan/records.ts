import { type Change, type DeletionPolicy, ITEM_KINDS, type ItemKind, type Plan, type Records } from './plan.ts';

type Policies = ReadonlyMap<number, DeletionPolicy>;
type Definitions = ReadonlyMap<ItemKind, string>;
type Ledger = ReadonlyMap<number, { readonly deletionPolicy?: DeletionPolicy }>;

/** Kinds of rows whose CustomResourceDefinition is another one than that which they were made for: its objects went with it, and nobody deleted them. */
export const unbelievedKinds = (known: Definitions, present: Definitions = new Map()): ReadonlySet<ItemKind> =>
  new Set(
    ITEM_KINDS.filter((kind) => {
      const [before, now] = [known.get(kind), present.get(kind)];
      return before !== undefined && now !== undefined && before !== now;
    }),
  );

/** Policies that the ledger does not know yet, of ids that it has or gets. */
const newPolicies = (policies: Policies, ledger: Ledger, changes: readonly Change[]): Policies => {
  const comes = new Set(changes.flatMap(({ kind, op, key }) => (kind === 'subnet' && op !== 'remove' ? [key] : [])));
  const differs = (id: number, policy: DeletionPolicy): boolean =>
    (ledger.has(id) || comes.has(id)) && ledger.get(id)?.deletionPolicy !== policy;
  const found = new Map<number, DeletionPolicy>();
  for (const [id, policy] of policies) if (differs(id, policy)) found.set(id, policy);
  return found;
};

/** Definitions that rows are from now on known to be made for: not where rows of the kind are kept only because they were made for another. */
const newDefinitions = (known: Definitions, present: Definitions, withheld: Plan['withheld']): Definitions => {
  const losing = new Set(
    withheld.flatMap(({ change: { kind, op } }) => (op === 'remove' || op === 'release' ? [kind] : [])),
  );
  return new Map([...present].filter(([kind, uid]) => known.get(kind) !== uid && !losing.has(kind)));
};

/** What the operator's own tables lack beside a plan's changes. */
export const recordsOf = (
  policies: Policies,
  { ledger, definitions: known }: { readonly ledger: Ledger; readonly definitions: Definitions },
  present: Definitions = new Map(),
  { changes, withheld }: Plan,
): Records => ({
  policies: newPolicies(policies, ledger, changes),
  definitions: newDefinitions(known, present, withheld),
});

/** The records of a plan of whose changes only these are made. */
export const recordsBeside = (
  { policies, definitions }: Records,
  ledger: Ledger,
  changes: readonly Change[],
): Records => ({ policies: newPolicies(policies, ledger, changes), definitions });
