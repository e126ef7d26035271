/** A small deterministic source of randomness (mulberry32), so that a test that fails fails again. */
export interface Random {
  /** A number from 0 to below `limit`. */
  below(limit: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly [T, ...T[]]): T;
  /** Any JSON value, and undefined. */
  garbage(depth?: number): unknown;
}

const WORDS = [
  '',
  'x',
  '10.0.0.0/24',
  '10.0.0.5',
  '02:00:5e:10:00:01',
  "'",
  '__proto__',
  '-',
  '/',
  '999.1.1.1/99',
] as const;
const NUMBERS = [0, -1, 1, 0.5, 1e21, Number.NaN, 4_294_967_295] as const;

export const randomFrom = (seed: number): Random => {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  const pick = <T>(list: readonly [T, ...T[]]): T => list[below(list.length)] ?? list[0];
  const garbage = (depth = 3): unknown => {
    switch (below(depth > 0 ? 8 : 6)) {
      case 0:
        return undefined;
      case 1:
        return null;
      case 2:
        return next() < 0.5;
      case 3:
        return pick(NUMBERS);
      case 4:
      case 5:
        return pick(WORDS);
      case 6:
        return Array.from({ length: below(3) }, () => garbage(depth - 1));
      default:
        return Object.fromEntries(Array.from({ length: below(3) }, () => [pick(WORDS), garbage(depth - 1)]));
    }
  };
  return { below, chance: (probability) => next() < probability, pick, garbage };
};
