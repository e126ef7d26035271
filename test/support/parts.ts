/** PURE: pages with parts that are written again by what measures them, each between a line of its own and END. */
export const END = '<!-- END -->';

/** The page with another text in the part that begins with the line. @throws Error where the page has lost its lines */
export const withPart = (file: string, page: string, begin: string, text: string): string => {
  const from = page.indexOf(begin);
  const to = page.indexOf(END, from);
  if (from < 0 || to < 0) throw new Error(`${file} has lost its lines ${begin} and ${END}`);
  return `${page.slice(0, from)}${begin}\n\n${text}\n\n${page.slice(to)}`;
};
