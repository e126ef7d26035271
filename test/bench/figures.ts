/** PURE: the arithmetic of the page. */

/** One figure of several repetitions. */
export interface Figure {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** The upper one of the two in the middle where their number is even. @throws Error where there are none */
export const figureOf = (values: readonly number[]): Figure => {
  const sorted = values.toSorted((x, y) => x - y);
  const [least] = sorted;
  const median = sorted[sorted.length >> 1];
  const most = sorted.at(-1);
  if (least === undefined || median === undefined || most === undefined) throw new Error('no repetition, no figure');
  return { median, least, most };
};

export const ratio = (a: number, b: number): string => (b === 0 ? '–' : (a / b).toFixed(2));

/** In percent. */
export const share = (part: number, whole: number): string => (whole === 0 ? '–' : ((100 * part) / whole).toFixed(2));
