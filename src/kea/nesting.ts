/**
 * How deep a user context may be nested, the context itself being the first level. Kea 3.0.4 reads 100 levels of a command, what is around the context among
 * them: 94 are left in a subnet, 92 in one of a shared network; the rest is for what a later Kea may put around it.
 */
export const DEEPEST = 64;

const isNested = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Whether a value has more levels of objects and lists than so many. Without recursion, which what is nested some thousand levels deep would overflow. */
export const isTooDeep = (value: unknown, deepest = DEEPEST): boolean => {
  let level = [value].filter(isNested);
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > deepest) return true;
    level = level.flatMap((inner) => Object.values(inner).filter(isNested));
  }
  return false;
};
