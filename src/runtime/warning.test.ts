import { expect, it } from 'vitest';
import { warningsIn } from './warning.ts';

it.each([
  ['no header', undefined, []],
  ['one', '299 - "leases of HAPair a/b cannot be read"', ['leases of HAPair a/b cannot be read']],
  ['two in one line', '299 - "a", 299 kea "b"', ['a', 'b']],
  ['two lines', ['299 - "a"', '299 - "b"'], ['a', 'b']],
  ['quotes, commas and backslashes within the text', '299 - "a \\"b\\", 299 - c\\\\"', ['a "b", 299 - c\\']],
  ['what a terminal would obey', '299 - "a\u001b[2J"', ['a\\u{1b}[2J']],
  ['something else', 'beware', []],
] as const)('warnings of an answer: %s', (_because, header, texts) => {
  expect(warningsIn(header)).toEqual(texts);
});
