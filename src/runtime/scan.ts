/**
 * Finds its way in the bytes of a JSON document without making values of them: what would need twenty times its size as values can be
 * looked at before that. The document is taken to be JSON; whoever parses a piece of it finds out where it is not.
 *
 * The loops are written for speed: each byte of every list and event goes through them.
 */

/** Where a value is, and what it would be. */
export interface Extent {
  readonly start: number;
  /** After its last byte. */
  readonly end: number;
  /** Objects and lists within one another: 0 for a text or a number. */
  readonly levels: number;
  /** The values in it, at every level: 0 for a text or a number. */
  readonly values: number;
}

export interface Member {
  /** As it is written, without its quotes: an escape stays one. */
  readonly key: string;
  /** Of its key. */
  readonly start: number;
  readonly value: Extent;
}

export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;
export const OPEN_LIST = 0x5b;
export const CLOSE_LIST = 0x5d;
export const OPEN_OBJECT = 0x7b;
export const CLOSE_OBJECT = 0x7d;
const COMMA = 0x2c;
const SPACE = 0x20;

const broken = (): SyntaxError => new SyntaxError('the JSON document is broken');

/** White space is what is not above a space. */
const skipSpace = (bytes: Buffer, at: number): number => {
  let next = at;
  while ((bytes[next] ?? Infinity) <= SPACE) next++;
  return next;
};

/** After the end of the text that begins at a quote. */
const skipText = (bytes: Buffer, at: number): number => {
  for (let next = at + 1; next < bytes.length; next++) {
    const byte = bytes[next];
    if (byte === BACKSLASH) next++;
    else if (byte === QUOTE) return next + 1;
  }
  throw broken();
};

/** After the end of a number, true, false or null. */
const skipWord = (bytes: Buffer, at: number): number => {
  let next = at;
  for (; next < bytes.length; next++) {
    const byte = bytes[next] ?? 0;
    if (byte <= SPACE || byte === COMMA || byte === CLOSE_OBJECT || byte === CLOSE_LIST) break;
  }
  return next;
};

/**
 * The value that begins at a place, or after white space there.
 * @throws SyntaxError where the document ends in it.
 */
export const extentAt = (bytes: Buffer, at: number): Extent => {
  const start = skipSpace(bytes, at);
  const first = bytes[start];
  if (first === undefined) throw broken();
  if (first === QUOTE) return { start, end: skipText(bytes, start), levels: 0, values: 0 };
  if (first !== OPEN_OBJECT && first !== OPEN_LIST) return { start, end: skipWord(bytes, start), levels: 0, values: 0 };
  let depth = 0;
  let levels = 0;
  let values = 0;
  // Whether what is open has nothing in it so far.
  let isEmpty = false;
  for (let next = start; next < bytes.length; next++) {
    const byte = bytes[next] ?? 0;
    if (byte === QUOTE) {
      next = skipText(bytes, next) - 1;
      isEmpty = false;
    } else if (byte === COMMA) {
      values++;
    } else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      depth++;
      if (depth > levels) levels = depth;
      isEmpty = true;
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
      depth--;
      if (!isEmpty) values++;
      isEmpty = false;
      if (depth === 0) return { start, end: next + 1, levels, values };
    } else if (byte > SPACE) {
      isEmpty = false;
    }
  }
  throw broken();
};

/**
 * The members of the object that begins at a place, or after white space there.
 * @throws SyntaxError where there is none, or the document ends in it.
 */
export const membersAt = (bytes: Buffer, at: number): readonly Member[] => {
  const members: Member[] = [];
  let next = skipSpace(bytes, at);
  if (bytes[next] !== OPEN_OBJECT) throw broken();
  if (bytes[skipSpace(bytes, next + 1)] === CLOSE_OBJECT) return members;
  for (;;) {
    const start = skipSpace(bytes, next + 1);
    if (bytes[start] !== QUOTE) throw broken();
    const end = skipText(bytes, start);
    // Past the colon.
    const value = extentAt(bytes, skipSpace(bytes, end) + 1);
    members.push({ key: bytes.toString('utf8', start + 1, end - 1), start, value });
    next = skipSpace(bytes, value.end);
    if (bytes[next] === CLOSE_OBJECT) return members;
    if (bytes[next] !== COMMA) throw broken();
  }
};
