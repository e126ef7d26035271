/** Values as whoever means harm writes them, for the fuzz tests. */
import fc from 'fast-check';

const WORDS = [
  '',
  ' ',
  '\n',
  '\r\n',
  '\t',
  '\0',
  '\u001b[2J',
  '\u0085',
  '\u00a0',
  '\u200b',
  '\u202e',
  '\u2028',
  '\u2066',
  '\ufeff',
  '\ud83d',
  '\udc00',
  '😀',
  'ß',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  "'",
  '"',
  '`',
  '\\',
  '\\,',
  ',',
  ';',
  ':',
  '/',
  '-',
  '.',
  '..',
  '*',
  '=',
  '!=',
  '%00',
  '%s',
  '$(id)',
  '; reboot #',
  "'; DROP TABLE hosts; --",
  '{{ .Values.image }}',
  '{{`',
  '${jndi:x}',
  '<script>',
  '[object Object]',
  'undefined',
  'null',
  'true',
  'x',
  '0',
  '-0',
  '1',
  '255',
  '256',
  '1e400',
  '0x',
  'NaN',
  '4294967296',
  '99999999999999999999',
  '10.0.0.0/24',
  '10.0.0.5',
  '10.0.0.10 - 10.0.0.20',
  '255.255.255.255',
  '::1',
  '02:00:5e:10:00:01',
  'aa',
] as const;

const piece = (more: readonly string[]) =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...WORDS, ...more) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 4 }) },
  );

/** What readers skip, split at or count: a great many of it in a row is what makes a careless pattern slow. */
const AGAIN = [' ', '\t', '\n', ',', ';', '=', '.', '-', ':', '/', '\\', "'", '0', 'a', '\0', '[', '{'];

/** Pieces in a row, and here and there one of them a great many times. `more` are those that the reader under test knows. */
export const hostileText = (longest = 4096, more: readonly string[] = []): fc.Arbitrary<string> => {
  const one = piece(more);
  const row = (most: number) => fc.array(one, { maxLength: most, size: 'max' }).map((pieces) => pieces.join(''));
  const length = fc.oneof({ weight: 3, arbitrary: fc.nat(64) }, { weight: 1, arbitrary: fc.nat(longest) });
  const again = fc.oneof({ weight: 2, arbitrary: fc.constantFrom(...AGAIN) }, { weight: 1, arbitrary: one });
  const repeated = ([what, most]: [string, number]): string => what.repeat(Math.ceil(most / Math.max(1, what.length)));
  const run = fc
    .tuple(row(3), fc.tuple(again, length).map(repeated), row(3))
    .map((parts) => parts.join('').slice(-longest));
  return fc.oneof(
    { weight: 4, arbitrary: one },
    { weight: 8, arbitrary: row(6) },
    { weight: 3, arbitrary: run },
    { weight: more.length > 0 ? 8 : 0, arbitrary: wordsOf(more, longest) },
  );
};

/** Nothing but these words, which a reader knows all, in any order and number. */
const wordsOf = (words: readonly string[], longest: number): fc.Arbitrary<string> =>
  fc
    .array(
      fc
        .tuple(
          fc.constantFrom('', ...words),
          fc.oneof({ weight: 5, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.nat(longest) }),
        )
        .map(([word, times]) => word.repeat(Math.min(times, Math.ceil(longest / Math.max(1, word.length))))),
      { maxLength: 8, size: 'max' },
    )
    .map((parts) => parts.join('').slice(0, longest));

const KEYS = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'kea-operator',
  'name',
  'spec',
  'items',
  'a',
  '\0',
  '\u202e',
  '',
];
const NUMBERS = [0, -0, 1, -1, 0.5, 17, 255, 256, 65_536, 4_294_967_295, 4_294_967_296, 2 ** 53, 1e21, -1e300];

const key = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...KEYS) }, { weight: 1, arbitrary: hostileText(300) });
const ownFields = (entries: [string, unknown][]): object => Object.fromEntries(entries);

/** Any JSON value, deep and wide ones among them. */
export const garbage: fc.Arbitrary<unknown> = (() => {
  const leaf = fc.oneof(
    fc.constantFrom<unknown>(null, true, false),
    fc.constantFrom(...NUMBERS),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    hostileText(),
  );
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      { weight: 3, arbitrary: leaf },
      { weight: 1, arbitrary: fc.array(tie('tree'), { maxLength: 3 }) },
      { weight: 2, arbitrary: fc.array(fc.tuple(key, tie('tree')), { maxLength: 3 }).map(ownFields) },
    ),
  }));
  const deep = fc.tuple(fc.integer({ min: 1, max: 200 }), fc.boolean()).map(([levels, isList]) => {
    let value: unknown = 1;
    for (let level = 0; level < levels; level++) value = isList ? [value] : { a: value };
    return value;
  });
  const wide = fc
    .tuple(fc.nat(1000), fc.constantFrom<unknown>(null, 1, 'x', {}, [], { name: 'x' }))
    .map(([times, value]) => new Array<unknown>(times).fill(value));
  return fc.oneof({ weight: 200, arbitrary: tree }, { weight: 1, arbitrary: deep }, { weight: 1, arbitrary: wide });
})();

/** One change of a good value: at one of its places. */
export interface Change {
  readonly place: number;
  readonly how: 'replace' | 'remove' | 'add' | 'repeat';
  readonly key: string;
  readonly value: unknown;
}

/** `words` are those that the changed value may hold. */
export const changes = (most: number, words: readonly string[] = []): fc.Arbitrary<readonly Change[]> =>
  fc.array(
    fc.record<Change>({
      place: fc.nat(1000),
      how: fc.constantFrom('replace', 'replace', 'replace', 'remove', 'add', 'repeat'),
      key,
      value: fc.oneof({ weight: 1, arbitrary: garbage }, { weight: 1, arbitrary: hostileText(4096, words) }),
    }),
    { maxLength: most, size: 'max' },
  );

type Fields = Record<string, unknown>;
const isNested = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

/** A copy of a good value with these changes made, one after the other. */
export const changed = (good: unknown, made: readonly Change[]): unknown => {
  const root: Fields = { root: structuredClone(good) };
  for (const { value: drawn, ...change } of made) {
    // A later change may be one of this very value.
    const put: unknown = structuredClone(drawn);
    const places = placesIn(root);
    const [parent, key] = places[change.place % places.length] ?? [root, 'root'];
    const value = parent[key];
    if (change.how === 'remove' && Array.isArray(parent)) parent.splice(Number(key), 1);
    else if (change.how === 'remove' && parent !== root) Reflect.deleteProperty(parent, key);
    else if (change.how === 'repeat' && Array.isArray(value)) parent[key] = value.flatMap((one: unknown) => [one, one]);
    else if (change.how === 'add' && isNested(value) && !Array.isArray(value)) define(value, change.key, put);
    else define(parent, key, put);
  }
  return root.root;
};

/** Also a name that the prototype has becomes a field of its own. */
const define = (of: Fields, key: string, value: unknown): void => {
  Object.defineProperty(of, key, { value, enumerable: true, writable: true, configurable: true });
};

const placesIn = (value: Fields, depth = 0): readonly (readonly [Fields, string])[] =>
  depth > 6
    ? []
    : Object.keys(value)
        .slice(0, 50)
        .flatMap((key) => {
          const inner = Object.getOwnPropertyDescriptor(value, key)?.value as unknown;
          return [[value, key] as const, ...(isNested(inner) ? placesIn(inner, depth + 1) : [])];
        });
