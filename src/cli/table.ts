/** Rows under one another, with columns as wide as they need to be. */

export interface TableText {
  /** The lines of these rows; the first time with the titles before them. */
  rows(rows: readonly (readonly string[])[]): string;
}

const GAP = 3;

/**
 * The first rows decide how wide the columns are: a table of a million is never held to be measured. Longer cells push the rest of their line.
 * @param least How wide the columns are at least.
 */
export const createTable = (titles: readonly string[], withTitles = true, least: readonly number[] = []): TableText => {
  let widths: readonly number[] | undefined;
  const line = (cells: readonly string[]): string =>
    `${cells
      .map((cell, at) => (at === cells.length - 1 ? cell : cell.padEnd((widths?.[at] ?? 0) + GAP)))
      .join('')
      .trimEnd()}\n`;
  return {
    rows: (rows) => {
      const head = widths === undefined && withTitles ? [titles] : [];
      widths ??= titles.map((title, at) =>
        rows.reduce(
          (widest, row) => Math.max(widest, (row[at] ?? '').length),
          Math.max(withTitles ? title.length : 0, least[at] ?? 0),
        ),
      );
      return [...head, ...rows].map(line).join('');
    },
  };
};
