/** Rows under one another, with columns as wide as they need to be. */

export interface TableText {
  /** The lines of these rows; the first time with the titles before them. */
  rows(rows: readonly (readonly string[])[]): string;
}

const GAP = 3;

/**
 * Columns are as wide as the rows so far wanted them: a table of a million is never held to be measured.
 * @param least How wide the columns are at least.
 */
export const createTable = (titles: readonly string[], withTitles = true, least: readonly number[] = []): TableText => {
  let widths = titles.map((_, at) => least[at] ?? 0);
  let isBegun = !withTitles;
  const line = (cells: readonly string[]): string =>
    `${cells
      .map((cell, at) => (at === cells.length - 1 ? cell : cell.padEnd((widths[at] ?? 0) + GAP)))
      .join('')
      .trimEnd()}\n`;
  return {
    rows: (rows) => {
      const all = isBegun ? rows : [titles, ...rows];
      isBegun = true;
      widths = widths.map((width, at) => all.reduce((widest, row) => Math.max(widest, (row[at] ?? '').length), width));
      return all.map(line).join('');
    },
  };
};
