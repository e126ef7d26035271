import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseExpression } from '../../../src/kea/classExpression.ts';
import { orderClasses, placesFor } from '../../../src/kea/classOrder.ts';
import { membersIn } from '../../../src/kea/classTokens.ts';
import { fuzz, INPUTS } from '../../support/fuzz.ts';
import { hostileText } from '../../support/hostile.ts';

const PIECES = [
  ...[
    "member('a')",
    'member(',
    "'b'",
    'option[60].hex',
    'option[',
    ']',
    '.',
    'exists',
    'text',
    'not',
    'and',
    'or',
    'sor',
  ],
  ...['(', ')', ',', '==', '+', '0x1f', '-1', '4294967296', '192.0.2.1', '::', 'relay6[0]', 'pkt4.mac', 'vendor[*]'],
  ...['substring(', 'all', 'ifelse(', "'", '\n', ' ', 'KNOWN', "member('KNOWN')", 'vendor-class.', 'data[0]', '#'],
];
const expressions = fc.oneof(
  fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }).map((pieces) => pieces.join('')),
  fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }).map((pieces) => pieces.join(' ')),
  hostileText(4096, PIECES),
);

it('an expression of any text is read to the end, or refused with its place', () => {
  fuzz(
    INPUTS,
    fc.tuple(fc.constantFrom(4 as const, 6 as const), fc.constantFrom('bool' as const, 'string' as const), expressions),
    ([version, type, text]) => {
      const parsed = parseExpression(version, text, type);
      if (parsed.ok) expect(parsed.expression.members).toEqual(membersIn(text));
      else expect(parsed.message).toMatch(/ at character \d+, where [^\n]+$/);
    },
  );
});

it('classes of any tests have an order, or are in a cycle, and places that ascend', () => {
  const names = fc.constantFrom('a', 'b', 'c', 'd', 'KNOWN');
  const classes = fc.uniqueArray(
    fc.record({
      name: names,
      test: fc.array(names, { maxLength: 3 }).map((all) => all.map((one) => `member('${one}')`).join(' or ')),
    }),
    { selector: ({ name }) => name },
  );
  fuzz(INPUTS / 4, fc.tuple(classes, fc.dictionary(names, fc.integer({ min: -5, max: 9 }))), ([given, known]) => {
    const { names: ordered, cycles } = orderClasses(given);
    expect([...ordered, ...cycles.keys()].sort()).toEqual(given.map(({ name }) => name).sort());
    const places = [...placesFor(ordered, new Map(Object.entries(known)), new Set([2, 4])).values()];
    expect(places).toEqual([...new Set(places)].toSorted((a, b) => a - b));
  });
});
