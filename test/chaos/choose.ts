/** PURE: which cases are tried on which pairs. */
import { allowed, type Case } from './case.ts';
import { nameOf, type Shape, SHAPES, STANDARD } from './shapes.ts';

/** One case on one pair. */
export interface Trial {
  readonly one: Case;
  readonly shape: Shape;
}

export const trialName = ({ one, shape }: Trial): string => `${nameOf(shape)}/${one.name}`;

const isStandard = (shape: Shape): boolean => nameOf(shape) === nameOf(STANDARD);
const shapesOf = (one: Case): readonly Shape[] => SHAPES.filter((shape) => allowed(one, shape) !== undefined);

/**
 * Every case on the standard pair (or, where it is not for that one, on the first that it is for), and on one other, so that each two of
 * group, mode and storage meet: of the other pairs that a case is for, the one that had the fewest cases of its group so far.
 */
export const allTrials = (cases: readonly Case[]): readonly Trial[] => {
  const taken = new Map<string, number>();
  const trials = cases.flatMap((one) => {
    const shapes = shapesOf(one);
    const first = shapes.find(isStandard) ?? shapes[0];
    if (first === undefined) return [];
    const others = one.standardOnly === true ? [] : shapes.filter((shape) => shape !== first);
    const key = (shape: Shape): string => `${one.group} ${nameOf(shape)}`;
    const second = others.toSorted((a, b) => (taken.get(key(a)) ?? 0) - (taken.get(key(b)) ?? 0))[0];
    if (second !== undefined) taken.set(key(second), (taken.get(key(second)) ?? 0) + 1);
    return [first, ...(second === undefined ? [] : [second])].map((shape): Trial => ({ one, shape }));
  });
  return byShape(trials);
};

/** The subset of `make test`, on the standard pair. */
export const quickTrials = (cases: readonly Case[]): readonly Trial[] =>
  cases.filter(({ quick }) => quick === true).map((one) => ({ one, shape: STANDARD }));

/** The named cases, on the named pair or on the first that each is for. @throws Error where the pair is none for a case. */
export const namedTrials = (cases: readonly Case[], shape?: Shape): readonly Trial[] =>
  byShape(
    cases.map((one) => {
      const chosen = shape ?? shapesOf(one).find(isStandard) ?? shapesOf(one)[0] ?? STANDARD;
      if (allowed(one, chosen) === undefined) throw new Error(`${one.name} is not for a pair ${nameOf(chosen)}`);
      return { one, shape: chosen };
    }),
  );

/** A change of the pair costs half a minute: the standard pair first, then one after another. Cases after which the pair has to be made anew come last. */
const byShape = (trials: readonly Trial[]): readonly Trial[] => {
  const order = [STANDARD, ...SHAPES].map(nameOf);
  const rank = ({ one, shape }: Trial): number => order.indexOf(nameOf(shape)) * 2 + (one.ends === true ? 1 : 0);
  return trials.toSorted((a, b) => rank(a) - rank(b));
};
