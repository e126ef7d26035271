/** Comparisons in expressions of client classes that are never true: what is compared has never the same bytes. Kea takes them in silence. */
import { addressingOf } from './address.ts';
import { isWord, quotedIn, type Token, tokensOf } from './classTokens.ts';
import { carriedBy, type KnownOptions, optionAt, optionNamed } from './knownOptions.ts';
import type { FieldType, KnownOption } from './optionDefinition.ts';

export interface NeverTrue {
  /** The comparison, as it stands in the expression. */
  readonly text: string;
  /** Why, for people. */
  readonly why: string;
  /** What would be right in place of the literal. */
  readonly instead?: string;
}

/** Each of them, in the order of the expression, which is one that Kea reads. */
export const neverTrueIn = (known: KnownOptions, expression: string): readonly NeverTrue[] => {
  const tokens = tokensOf(expression);
  return tokens.flatMap((token, at) => {
    if (!isWord(token, '==')) return [];
    const [left, right] = [operandBefore(tokens, at), operandAfter(tokens, at)];
    if (!left || !right) return [];
    const found = compared(known, expression, left, right) ?? compared(known, expression, right, left);
    return found ? [{ text: `${textOf(expression, left)} == ${textOf(expression, right)}`, ...found }] : [];
  });
};

/** What ends an operand of a comparison. */
const isEnd = (token: Token): boolean =>
  token.kind === 'end' || isWord(token, ')', ']', ',', '==', 'and', 'or', 'sand', 'sor');
const isStart = (token: Token): boolean => isWord(token, '(', '[', ',', '==', 'and', 'or', 'sand', 'sor', 'not');

type Operand = readonly Token[];

/** Undefined of one that is put together with +. */
const operandBefore = (tokens: readonly Token[], at: number): Operand | undefined => {
  let depth = 0;
  for (let index = at - 1; ; index--) {
    const token = tokens[index];
    if (token && isWord(token, ')', ']')) depth++;
    else if (!token || (depth === 0 && isStart(token))) return tokens.slice(index + 1, at);
    else if (isWord(token, '(', '[')) depth--;
    else if (depth === 0 && isWord(token, '+')) return undefined;
  }
};

const operandAfter = (tokens: readonly Token[], at: number): Operand | undefined => {
  let depth = 0;
  for (let index = at + 1; ; index++) {
    const token = tokens[index];
    if (!token || (depth === 0 && isEnd(token))) return tokens.slice(at + 1, index);
    if (isWord(token, '(', '[')) depth++;
    else if (isWord(token, ')', ']')) depth--;
    else if (depth === 0 && isWord(token, '+')) return undefined;
  }
};

const textOf = (expression: string, operand: Operand): string => {
  const [first, last] = [operand[0], operand.at(-1)];
  return first && last ? expression.slice(first.at - 1, last.at - 1 + last.text.length) : '';
};

const compared = (
  known: KnownOptions,
  expression: string,
  value: Operand,
  [token, ...more]: Operand,
): Omit<NeverTrue, 'text'> | undefined => {
  const literal = token && more.length === 0 ? literalOf(token) : undefined;
  const size = sizeOf(known, value);
  if (!token || !literal || !size || literal.length === 0) return undefined;
  if (size.canBe(literal.length) && !(size.isNumber && isPairs(token))) return undefined;
  const why = `${textOf(expression, value)} is ${size.text}, and ${token.text} ${literal.text}`;
  return { why, ...insteadOf(token, size) };
};

interface Literal {
  readonly length: number;
  readonly text: string;
}

const bytes = (length: number): string => (length === 1 ? '1 byte' : `${length} bytes`);

const literalOf = (token: Token): Literal | undefined => {
  const { kind, text } = token;
  if (kind === 'string') {
    const length = Buffer.byteLength(quotedIn(token));
    return { length, text: length === 1 ? 'a letter' : `${length} letters` };
  }
  if (kind === 'integer') return { length: 4, text: '4 bytes, as each number is' };
  if (kind === 'hexstring') return ofBytes(Math.ceil((text.length - 2) / 2));
  if (kind === 'address') return ofBytes(addressingOf(text).bits / 8);
  return undefined;
};

const ofBytes = (length: number): Literal => ({ length, text: bytes(length) });

/** Bytes in hexadecimal digits, as people write them who do not mean letters. */
const PAIRS = /^[0-9a-f]{2}([:-][0-9a-f]{2})+$/i;
const isPairs = (token: Token): boolean => token.kind === 'string' && PAIRS.test(quotedIn(token));

const insteadOf = (token: Token, size: Size): Pick<NeverTrue, 'instead'> => {
  if (token.kind !== 'string') return {};
  const quoted = quotedIn(token);
  if (isPairs(token)) {
    const digits = quoted.replaceAll(/[:-]/g, '');
    return size.canBe(digits.length / 2) ? { instead: `0x${digits}` } : {};
  }
  const of = addressingOf(quoted);
  return of.parse(quoted) !== undefined && size.canBe(of.bits / 8) ? { instead: quoted } : {};
};

/** How many bytes a value can be. */
interface Size {
  readonly canBe: (length: number) => boolean;
  /** For people. */
  readonly text: string;
  /** It is numbers or addresses, and never text. */
  readonly isNumber?: boolean;
}

const exactly = (length: number): Size => ({ canBe: (one) => one === length, text: bytes(length), isNumber: true });
const atMost = (length: number): Size => ({ canBe: (one) => one <= length, text: `at most ${bytes(length)}` });

/** The words of an operand that has no more than names, numbers and brackets. */
const wordsOf = (operand: Operand): string => operand.map(({ text }) => text).join(' ');

const sizeOf = (known: KnownOptions, operand: Operand): Size | undefined => {
  const [first] = operand;
  if (isWord(first, 'substring')) return substringSize(operand);
  if (isWord(first, 'option')) return optionSize(known, operand);
  return fieldSize(wordsOf(operand), known.family.addressing.bits / 8);
};

/** Kea takes so many bytes from the place on, or, of a negative number, before it; fewer where there are no more. */
const substringSize = (operand: Operand): Size | undefined => {
  const [comma, length, end] = operand.slice(-3);
  const isWhole = isWord(comma, ',') && length?.kind === 'integer' && isWord(end, ')');
  return isWhole && closesAt(operand) === operand.length - 1 ? atMost(Math.abs(Number(length.text))) : undefined;
};

/** Where the first bracket of an operand is closed. */
const closesAt = (operand: Operand): number => {
  let depth = 0;
  return operand.findIndex((token) => {
    if (isWord(token, '(')) depth++;
    return isWord(token, ')') && --depth === 0;
  });
};

/** A relay agent or client that has no address has one of zeros. `chaddr` has room for 16 bytes (Pkt4::unpack). */
const fieldSize = (words: string, address: number): Size | undefined => {
  if (words === 'pkt4 . mac') return atMost(16);
  if (/^pkt4 \. [cgys]iaddr$/.test(words)) return exactly(4);
  if (/^pkt \. (src|dst)$/.test(words)) return exactly(address);
  if (/^relay6 \[ \S+ \] \. (peer|link)addr$/.test(words)) return atMost(16);
  return undefined;
};

const FIELD_SIZES: Readonly<Partial<Record<FieldType, number>>> = {
  boolean: 1,
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  uint32: 4,
  int32: 4,
  ipv4: 4,
  ipv6: 16,
};

/** `option[93].hex` alone: what is within an option is not known by its code. */
const optionSize = (known: KnownOptions, operand: Operand): Size | undefined => {
  const [, , code, , , what] = operand;
  if (!code || operand.length !== 6 || !isWord(what, 'hex')) return undefined;
  const space = known.family.optionSpace;
  const option =
    code.kind === 'integer'
      ? optionAt(known, { space, code: Number(code.text) })
      : optionNamed(known, code.text, space);
  return option && carriedBy(known, { space, code: option.code }) === undefined ? definedSize(option) : undefined;
};

const definedSize = ({ fields, list, special }: KnownOption): Size | undefined => {
  const sizes = fields.map((field) => FIELD_SIZES[field]);
  const last = sizes.at(-1);
  if (special || last === undefined) return undefined;
  const whole = sizes.reduce<number>((sum, size) => sum + (size ?? Number.NaN), 0);
  if (Number.isNaN(whole)) return undefined;
  if (!list) return exactly(whole);
  const canBe = (length: number): boolean => length >= whole && (length - whole) % last === 0;
  return { canBe, text: `${bytes(whole)}, or ${last} more for each further value`, isNumber: true };
};
