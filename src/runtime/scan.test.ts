import { describe, expect, it } from 'vitest';
import { randomFrom } from '../../test/support/random.ts';
import { extentAt, membersAt } from './scan.ts';

describe('the extent of a value', () => {
  it.each<{ text: string; of: string; levels: number; values: number; because: string }>([
    { text: '"a"', of: '"a"', levels: 0, values: 0, because: 'a text holds no others' },
    { text: '12.5e3,', of: '12.5e3', levels: 0, values: 0, because: 'a number ends at a comma' },
    { text: 'null}', of: 'null', levels: 0, values: 0, because: 'and a word where what it is in ends' },
    { text: '[]', of: '[]', levels: 1, values: 0, because: 'an empty list is a level, and holds nothing' },
    { text: '[1]', of: '[1]', levels: 1, values: 1, because: 'one value needs no comma' },
    { text: '[{},{},{}]', of: '[{},{},{}]', levels: 2, values: 3, because: 'what is empty counts as well' },
    { text: '{"a":{"b":[1,2]}}', of: '{"a":{"b":[1,2]}}', levels: 3, values: 4, because: 'every level counts' },
    {
      text: '["]","\\"]"] ]',
      of: '["]","\\"]"]',
      levels: 1,
      values: 2,
      because: 'brackets and quotes in a text are text',
    },
    { text: ' [ 1 , [ ] ] ', of: '[ 1 , [ ] ]', levels: 2, values: 2, because: 'white space means nothing' },
    { text: '"a\\\\"x', of: '"a\\\\"', levels: 0, values: 0, because: 'an escaped backslash escapes nothing' },
  ])('$text: $because', ({ text, of, levels, values }) => {
    const bytes = Buffer.from(text);
    const { start, end, ...found } = extentAt(bytes, 0);
    expect({ of: bytes.toString('utf8', start, end), ...found }).toEqual({ of, levels, values });
  });

  it('is what the parsed value has, of whatever value', () => {
    for (let seed = 1; seed <= 500; seed++) {
      const value = randomFrom(seed).garbage(6) ?? null;
      const text = JSON.stringify(value, null, seed % 3);
      const { start, end, ...found } = extentAt(Buffer.from(text), 0);
      expect([start, end], text).toEqual([0, Buffer.byteLength(text)]);
      expect(found, text).toEqual({ levels: levelsOf(JSON.parse(text)), values: valuesIn(JSON.parse(text)) });
    }
  });

  it('does not follow what is deep with its own stack', () => {
    const deep = Buffer.from('['.repeat(1_000_000) + ']'.repeat(1_000_000));
    expect(extentAt(deep, 0)).toMatchObject({ levels: 1_000_000 });
  });
});

it('a document that is cut off is broken, wherever that is', () => {
  const text = '{"a":[1,{"b":"c"}],"d":null}';
  expect(membersAt(Buffer.from(text), 0).map(({ key }) => key)).toEqual(['a', 'd']);
  for (let length = 0; length < text.length; length++) {
    expect(() => membersAt(Buffer.from(text.slice(0, length)), 0), text.slice(0, length)).toThrow(SyntaxError);
  }
});

const partsOf = (value: unknown): unknown[] =>
  typeof value === 'object' && value !== null ? Object.values(value as Record<string, unknown>) : [];
const levelsOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...partsOf(value).map(levelsOf)) : 0;
const valuesIn = (value: unknown): number =>
  partsOf(value).reduce<number>((sum, inner) => sum + 1 + valuesIn(inner), 0);
