/** What is recorded beside rows: which CustomResourceDefinition they were made for. */
import { ROW_KINDS, type RowKind } from '../kea/kinds.ts';
import type { Plan, Records } from './plan.ts';

type Definitions = ReadonlyMap<RowKind, string>;

/** Kinds of rows whose CustomResourceDefinition is another one than that which they were made for: its objects went with it, and nobody deleted them. */
export const unbelievedKinds = (known: Definitions, present: Definitions = new Map()): ReadonlySet<RowKind> =>
  new Set(
    ROW_KINDS.filter((kind) => {
      const [before, now] = [known.get(kind), present.get(kind)];
      return before !== undefined && now !== undefined && before !== now;
    }),
  );

/** Definitions that rows are from now on known to be made for: not where rows of the kind are kept only because they were made for another. */
const newDefinitions = (known: Definitions, present: Definitions, withheld: Plan['withheld']): Definitions => {
  const losing = new Set(
    withheld.flatMap(({ change: { kind, op } }) => (op === 'remove' || op === 'release' ? [kind] : [])),
  );
  return new Map([...present].filter(([kind, uid]) => known.get(kind) !== uid && !losing.has(kind)));
};

/** What the operator's own tables lack beside a plan's changes. */
export const recordsOf = (known: Definitions, present: Definitions = new Map(), { withheld }: Plan): Records => ({
  definitions: newDefinitions(known, present, withheld),
});
