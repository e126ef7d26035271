/** Expressions of client classes, read as Kea's parser reads them (src/lib/eval of Kea): pure, and total. */
import { addressingOf } from './address.ts';
import { isWord, quotedIn, type Token, type TokenKind, tokensOf } from './classTokens.ts';
import type { Version } from './family.ts';

/** What an expression refers to. */
export interface ClassExpression {
  /** The classes that it asks for with member(), each once. */
  readonly members: readonly string[];
  /** The options that it calls by name, each once. */
  readonly optionNames: readonly string[];
}

export type ParsedExpression =
  | { readonly ok: true; readonly expression: ClassExpression }
  /** Says what is wrong, and where in the text. */
  | { readonly ok: false; readonly message: string };

/** What an expression says: whether a client is of the class (`test`), or of which one (`template-test`). */
type Type = 'bool' | 'string';

/** Without limits an expression would use up the stack. Kea has no need of so many. */
const DEEPEST = 100;

/**
 * Reads an expression.
 * @param type What it is to say: `bool` for a test, `string` for the test of a template.
 */
export const parseExpression = (version: Version, text: string, type: Type = 'bool'): ParsedExpression => {
  const reader = new Reader(version, tokensOf(text));
  reader.whole(type);
  const { problem, members, optionNames } = reader;
  return problem === undefined
    ? { ok: true, expression: { members: [...members], optionNames: [...optionNames] } }
    : { ok: false, message: problem };
};

/** Functions that make text, with their arguments: `#` is a number, `*` a number or the word all. */
const FUNCTIONS = new Map<string, readonly (Type | '#' | '*')[]>(
  Object.entries({
    substring: ['string', '#', '*'],
    split: ['string', 'string', '#'],
    concat: ['string', 'string'],
    lcase: ['string'],
    ucase: ['string'],
    ifelse: ['bool', 'string', 'string'],
    sifelse: ['bool', 'string', 'string'],
    hexstring: ['string', 'string'],
    addrtotext: ['string'],
    int8totext: ['string'],
    int16totext: ['string'],
    int32totext: ['string'],
    uint8totext: ['string'],
    uint16totext: ['string'],
    uint32totext: ['string'],
  }),
);

const FIELDS = new Map<string, readonly string[]>(
  Object.entries({
    pkt: ['iface', 'src', 'dst', 'len'],
    pkt4: ['mac', 'hlen', 'htype', 'ciaddr', 'giaddr', 'yiaddr', 'siaddr', 'msgtype', 'transid'],
    pkt6: ['msgtype', 'transid'],
  }),
);

/** The words that one family alone has. */
const ONLY = new Map<string, Version>(Object.entries({ relay4: 4, pkt4: 4, relay6: 6, pkt6: 6 }));

const NOUNS: Readonly<Record<Type, string>> = { bool: 'a condition', string: 'a text' };

const UINT32: readonly [number, number] = [0, 4_294_967_295];
const INT64: readonly [number, number] = [-(2 ** 63), 2 ** 63];

/** What people write who think of another language. */
const HINTS: ReadonlyMap<string, string> = new Map([
  ['=', ': compare by =='],
  ['!', ': write not (… == …)'],
  ['"', ": texts stand in single quotes, as 'PXEClient'"],
  ['&', ': write and'],
  ['|', ': write or'],
]);

/** Recursive descent. Which condition binds closer is all the same to whoever asks what an expression refers to. */
class Reader {
  readonly members = new Set<string>();
  readonly optionNames = new Set<string>();
  /** What is wrong first; what comes after it is not read. */
  problem: string | undefined;
  readonly #version: Version;
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(version: Version, tokens: readonly Token[]) {
    this.#version = version;
    this.#tokens = tokens;
  }

  whole(type: Type): void {
    const start = this.#token;
    const found = this.#any();
    if (this.#token.kind !== 'end') this.#fail(this.#token, 'the expression is over');
    if (found !== type) this.#fail(start, `${NOUNS[type]} has to begin`);
  }

  #fail({ kind, text, at }: Token, wanted: string): void {
    const what = kind === 'end' ? 'it ends' : `${kind === 'string' ? text : `'${text}'`} is`;
    const hint = HINTS.get(text) ?? '';
    this.problem ??= `${what} at character ${at}, where ${wanted}${hint}`;
    this.#next = this.#tokens.length - 1;
  }

  get #token(): Token {
    return this.#tokens[this.#next] ?? { kind: 'end', text: '', at: 0 };
  }

  #take(): Token {
    const token = this.#token;
    if (token.kind !== 'end') this.#next++;
    return token;
  }

  #accept(...words: readonly string[]): boolean {
    const there = isWord(this.#token, ...words);
    if (there) this.#next++;
    return there;
  }

  #expect(...words: readonly string[]): string {
    const token = this.#take();
    if (!isWord(token, ...words)) this.#fail(token, `${words.join(' or ')} has to be`);
    return token.text;
  }

  #kind(kind: TokenKind, noun: string): Token {
    const token = this.#take();
    if (token.kind !== kind) this.#fail(token, `${noun} has to be`);
    return token;
  }

  #integer([least, most]: readonly [number, number]): void {
    const token = this.#kind('integer', 'a number');
    const value = Number(token.text);
    if (value < least || value > most) this.#fail(token, `a number from ${least} to ${most} has to be`);
  }

  #expression(type: Type): void {
    const start = this.#token;
    if (this.#any() !== type) this.#fail(start, `${NOUNS[type]} has to begin`);
  }

  /** An expression of either type. */
  #any(): Type {
    if (++this.#depth > DEEPEST) this.#fail(this.#token, 'it is nested too deep');
    const start = this.#token;
    const type = this.#operand();
    while (this.#accept('and', 'or', 'sand', 'sor')) {
      if (type !== 'bool') this.#fail(start, 'a condition has to begin');
      const right = this.#token;
      if (this.#operand() !== 'bool') this.#fail(right, 'a condition has to begin');
    }
    this.#depth--;
    return type;
  }

  #operand(): Type {
    let negated = false;
    while (this.#accept('not')) negated = true;
    const start = this.#token;
    const type = this.#comparison();
    if (negated && type !== 'bool') this.#fail(start, 'a condition has to begin');
    return type;
  }

  /** One value, texts that are put together, or two of those that are compared. */
  #comparison(): Type {
    const start = this.#token;
    const type = this.#sum();
    if (!isWord(this.#token, '==')) return type;
    if (type !== 'string') this.#fail(start, 'a text has to begin');
    this.#next++;
    const right = this.#token;
    if (this.#sum() !== 'string') this.#fail(right, 'a text has to begin');
    return 'bool';
  }

  #sum(): Type {
    const start = this.#token;
    const type = this.#value();
    while (this.#accept('+')) {
      if (type !== 'string') this.#fail(start, 'a text has to begin');
      const right = this.#token;
      if (this.#value() !== 'string') this.#fail(right, 'a text has to begin');
    }
    return type;
  }

  #value(): Type {
    const token = this.#take();
    const { kind, text } = token;
    if (kind === 'address' && addressingOf(text).parse(text) === undefined) this.#fail(token, 'an address has to be');
    if (kind === 'string' || kind === 'hexstring' || kind === 'address') return 'string';
    if (kind === 'integer') {
      this.#next--;
      this.#integer(UINT32);
      return 'string';
    }
    if (kind !== 'word') {
      this.#fail(token, 'a condition or a text has to begin');
      return 'string';
    }
    const only = ONLY.get(text);
    if (only !== undefined && only !== this.#version) {
      this.#fail(token, `nothing that DHCPv${only} alone has can be`);
    }
    const parameters = FUNCTIONS.get(text);
    if (parameters !== undefined) {
      this.#arguments(parameters);
      return 'string';
    }
    const fields = FIELDS.get(text);
    if (fields !== undefined) {
      this.#expect('.');
      this.#expect(...fields);
      return 'string';
    }
    switch (text) {
      case '(': {
        const type = this.#any();
        this.#expect(')');
        return type;
      }
      case 'member':
        this.#expect('(');
        this.members.add(quotedIn(this.#kind('string', 'the name of a class, in quotes,')));
        this.#expect(')');
        return 'bool';
      case 'match':
        this.#expect('(');
        this.#kind('string', 'a regular expression, in quotes,');
        this.#expect(',');
        this.#expression('string');
        this.#expect(')');
        return 'bool';
      case 'option':
        this.#code();
        return this.#subOption();
      case 'relay4':
        this.#brackets(this.#codes);
        this.#expect('.');
        return this.#content();
      case 'relay6':
        return this.#relay6();
      case 'vendor':
        return this.#vendor();
      case 'vendor-class':
        return this.#vendorClass();
      default:
        this.#fail(token, 'a condition or a text has to begin');
        return 'string';
    }
  }

  #arguments(parameters: readonly (Type | '#' | '*')[]): void {
    for (const [index, parameter] of parameters.entries()) {
      this.#expect(index === 0 ? '(' : ',');
      if (parameter === '*' && this.#accept('all')) continue;
      if (parameter === 'bool' || parameter === 'string') this.#expression(parameter);
      else this.#integer(INT64);
    }
    this.#expect(')');
  }

  get #codes(): readonly [number, number] {
    return [0, this.#version === 4 ? 255 : 65_535];
  }

  #brackets(bounds: readonly [number, number]): void {
    this.#expect('[');
    this.#integer(bounds);
    this.#expect(']');
  }

  /** `[60]`, or `[vendor-class-identifier]`. */
  #code(): void {
    this.#expect('[');
    if (this.#token.kind === 'option name') this.optionNames.add(this.#take().text);
    else this.#integer(this.#codes);
    this.#expect(']');
  }

  /** `.exists`, `.hex`, `.option[1].hex`. */
  #subOption(): Type {
    this.#expect('.');
    if (!this.#accept('option')) return this.#content();
    this.#brackets(this.#codes);
    this.#expect('.');
    return this.#content();
  }

  #content(): Type {
    return this.#expect('text', 'hex', 'exists') === 'exists' ? 'bool' : 'string';
  }

  #relay6(): Type {
    this.#brackets([-32, 31]);
    this.#expect('.');
    if (this.#expect('option', 'peeraddr', 'linkaddr') !== 'option') return 'string';
    this.#brackets(this.#codes);
    this.#expect('.');
    return this.#content();
  }

  #enterprise(): void {
    this.#expect('[');
    if (!this.#accept('*')) this.#integer(UINT32);
    this.#expect(']');
  }

  #vendor(): Type {
    if (this.#accept('.')) {
      this.#expect('enterprise');
      return 'string';
    }
    this.#enterprise();
    this.#expect('.');
    if (this.#expect('exists', 'option') === 'exists') return 'bool';
    this.#brackets(this.#codes);
    this.#expect('.');
    return this.#content();
  }

  #vendorClass(): Type {
    if (this.#accept('.')) {
      this.#expect('enterprise');
      return 'string';
    }
    this.#enterprise();
    this.#expect('.');
    if (this.#expect('exists', 'data') === 'exists') return 'bool';
    if (isWord(this.#token, '[')) this.#brackets([0, 255]);
    return 'string';
  }
}
