/** What to do about options that nobody knows. */
import type { KnownOptions } from './knownOptions.ts';

/** What to do about a name that no option of a space has, where that can be told: mostly the name nearest to it, if any is near. */
export const adviceOnName = (
  { family, rules, definitions }: KnownOptions,
  name: string,
  space: string,
): string | undefined => {
  const wanted = name.toLowerCase().replaceAll('_', '-');
  const known = space === family.optionSpace ? rules.otherNames.get(wanted) : undefined;
  if (known !== undefined) return known;
  const limit = Math.max(2, Math.floor(wanted.length / 4));
  const [best] = (definitions.get(space) ?? [])
    .map((definition) => ({ name: definition.name, distance: editDistance(wanted, definition.name) }))
    .toSorted((a, b) => a.distance - b.distance);
  return best && best.distance <= limit ? `did you mean '${best.name}'?` : undefined;
};

/** Levenshtein's distance, one row at a time. */
const editDistance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const substitute = (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1);
      next.push(Math.min(substitute, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
};
