/** What a text looks like wherever it may have been written down: as it is, within JSON, in an address, as digits, and within base64. */
export const formsOf = (text: string): readonly string[] => {
  const bytes = Buffer.from(text);
  const base64 = [0, 1, 2].map((before) => within(bytes, before));
  const forUrls = base64.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'));
  const written = [text, JSON.stringify(text).slice(1, -1), encodeURIComponent(text), bytes.toString('hex')];
  return [...new Set([...written, ...base64, ...forUrls])];
};

/** The characters of base64 that follow from these bytes alone, with so many others before them and any after them: `user:password` has it too. */
const within = (bytes: Buffer, before: number): string => {
  const all = Buffer.concat([Buffer.alloc(before), bytes]);
  const base64 = all.toString('base64').replace(/=+$/, '');
  return base64.slice(before === 0 ? 0 : before + 1, all.length % 3 === 0 ? undefined : -1);
};

/** The line by which a secret is searched for: itself, or of a key in PEM one in the middle, wherever that is broken. */
export const lineOf = (secret: string): string => {
  const lines = secret.split('\n').filter((line) => line !== '' && !line.startsWith('-----'));
  return lines[Math.floor(lines.length / 2)] ?? '';
};
