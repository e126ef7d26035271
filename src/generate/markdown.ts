/** Text that may stand in a cell of a Markdown table. */
export const cell = (text: string): string =>
  text.trim().replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('*', '\\*');

/** A value as code; within a table too. */
export const code = (value: unknown): string =>
  `\`${(typeof value === 'string' ? value : JSON.stringify(value)).replaceAll('|', '\\|')}\``;

export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
