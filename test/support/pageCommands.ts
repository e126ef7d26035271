/** Commands with their output, as pages have them: what is printed there is what is printed. */

export interface PageCommand {
  /** Where its output begins among the lines of the page. */
  readonly at: number;
  /** With the lines of a here-document. */
  readonly command: string;
  readonly output: readonly string[];
}

const INDENT = '    ';

/** Blocks that begin with `$ `, which is what a shell asks with. */
export const commandsOn = (page: string): readonly PageCommand[] => {
  const lines = page.split('\n');
  const commands: PageCommand[] = [];
  for (let at = 0; at < lines.length; at++) {
    const begin = lines[at];
    if (begin?.startsWith(`${INDENT}$ `) !== true) continue;
    let command = begin.slice(INDENT.length + 2);
    const end = /<<'(\w+)'/.exec(command)?.[1];
    while (end !== undefined && !command.endsWith(`\n${end}`))
      command += `\n${lines[++at]?.slice(INDENT.length) ?? end}`;
    const first = at + 1;
    while (lines[at + 1]?.startsWith(INDENT) === true && lines[at + 1]?.startsWith(`${INDENT}$ `) === false) at++;
    const output = lines.slice(first, at + 1).map((line) => line.slice(INDENT.length));
    commands.push({ at: first, command, output });
  }
  return commands;
};

/** What is another each time: points of time, spans of it, versions, and the blanks of a column that is as wide as those. */
const timeless = (line: string): string =>
  line
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, 'DATE')
    .replace(/(?<![\w:])\d\d:\d\d:\d\d(?![\w:])/g, 'CLOCK')
    .replace(/(?<![\w.:-])(?:\d+[dhms])+(?![\w.:-])/g, 'SPAN')
    .replace(/^( *(?:resourceVersion|uid):).*/, '$1 OPAQUE')
    .replace(/(?<=\S) +/g, ' ')
    .trimEnd();

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);

/** Whether it is printed as the page has it; `…` there stands for anything within a line. */
export const isAsOnPage = (output: readonly string[], printed: string): boolean => {
  const lines = printed.replace(/\n$/, '').split('\n');
  return (
    lines.length === output.length &&
    output.every((line, n) =>
      new RegExp(`^${timeless(line).split('…').map(escaped).join('.*')}$`).test(timeless(lines[n] ?? '')),
    )
  );
};

/** The page with what was printed in place of its outputs. */
export const withOutputs = (page: string, printed: ReadonlyMap<PageCommand, string>): string => {
  const lines = page.split('\n');
  // From its end on, so that what is before stays where it is.
  for (const [{ at, output }, text] of [...printed].sort(([a], [b]) => b.at - a.at)) {
    const told = text.replace(/\n$/, '').split('\n');
    lines.splice(at, output.length, ...told.map((line) => `${INDENT}${line}`.trimEnd()));
  }
  return lines.join('\n');
};
