/** What expressions of client classes are made of. */

const KEYWORDS = [
  ...['option', 'relay4', 'relay6', 'peeraddr', 'linkaddr', 'text', 'hex', 'exists', 'pkt', 'iface', 'src', 'dst'],
  ...['len', 'pkt4', 'mac', 'hlen', 'htype', 'ciaddr', 'giaddr', 'yiaddr', 'siaddr', 'pkt6', 'msgtype', 'transid'],
  ...['vendor', 'vendor-class', 'data', 'enterprise', 'substring', 'lcase', 'ucase', 'split', 'all', 'concat'],
  ...['ifelse', 'sifelse', 'hexstring', 'addrtotext', 'int8totext', 'int16totext', 'int32totext', 'uint8totext'],
  ...['uint16totext', 'uint32totext', 'not', 'and', 'sand', 'or', 'sor', 'member', 'match'],
];

/** Kea's tokens, in the order of its rules: of what matches the longest counts, of several the first. Keywords need no blank after them. */
const TOKENS = [
  ['blank', /[ \t\n]+/y],
  ['string', /'[^'\n]*'/y],
  ['hexstring', /0[xX][0-9a-fA-F]+/y],
  ['integer', /-?[0-9]+/y],
  ['option name', /[A-Za-z](?:[-_A-Za-z0-9]*[A-Za-z0-9])?(?=[ \t\n]*\])/y],
  ['address', /[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+|[0-9a-fA-F]*:[0-9a-fA-F]*:[0-9a-fA-F:.]*/y],
  ['word', new RegExp([...KEYWORDS.toSorted((a, b) => b.length - a.length), '==', '[.()[\\],*+]'].join('|'), 'y')],
] as const;

export type TokenKind = Exclude<(typeof TOKENS)[number][0], 'blank'> | 'end' | 'unknown';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** Of its first character, from 1. */
  readonly at: number;
}

export const tokensOf = (text: string): readonly Token[] => {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    let best: { readonly kind: TokenKind | 'blank'; readonly text: string } = { kind: 'unknown', text: '' };
    for (const [kind, pattern] of TOKENS) {
      pattern.lastIndex = at;
      const [found] = pattern.exec(text) ?? [''];
      if (found.length > best.text.length) best = { kind, text: found };
    }
    const { kind, text: found } = best;
    if (kind !== 'blank') tokens.push({ kind, text: found === '' ? (text[at] ?? '') : found, at: at + 1 });
    if (kind === 'unknown') break;
    at += found.length;
  }
  return [...tokens, { kind: 'end', text: '', at: text.length + 1 }];
};

/** Of a string, what is in its quotes. */
export const quotedIn = ({ text }: Token): string => text.slice(1, -1);

/** The classes that an expression asks for, each once, whatever else is wrong with it. */
export const membersIn = (text: string): readonly string[] => {
  if (!text.includes('member')) return [];
  const tokens = tokensOf(text);
  const names = tokens.flatMap((token, index) => {
    const [before, open] = [tokens[index - 2], tokens[index - 1]];
    return token.kind === 'string' && isWord(open, '(') && isWord(before, 'member') ? [quotedIn(token)] : [];
  });
  return [...new Set(names)];
};

export const isWord = (token: Token | undefined, ...words: readonly string[]): boolean =>
  token?.kind === 'word' && words.includes(token.text);
