import { describe, expect, it } from 'vitest';
import { legible, legibleLines } from './legible.ts';

describe('legible', () => {
  it.each([
    ['plain text stays', 'subnet 10.0.0.0/24 is taken', 'subnet 10.0.0.0/24 is taken'],
    ['so do letters of any language', 'Ägypten, 日本, 😀', 'Ägypten, 日本, 😀'],
    ['lines are one line', 'a\r\nb\tc', 'a\\r\\nb\\tc'],
    ['a terminal’s commands are seen', '\u001b[2Jgone\u009b1m\u007f', '\\u{1b}[2Jgone\\u{9b}1m\\u{7f}'],
    ['a NUL is seen', 'a\0b', 'a\\u{0}b'],
    ['so is what passes the order of letters', 'a\u202eb\u2066c', 'a\\u{202e}b\\u{2066}c'],
    ['and what has no width', 'a\u200bb\u{e0001}c', 'a\\u{200b}b\\u{e0001}c'],
    ['also what is no letter yet, or an empty one', 'a\u{e0002}b\u3164c', 'a\\u{e0002}b\\u{3164}c'],
    ['and what some take for the end of a line', 'a\u2028b\u0085c', 'a\\u{2028}b\\u{85}c'],
    ['half a character is none', 'a\ud83d', 'a\ufffd'],
    ['nothing is nothing', '', ''],
    [
      'what Node.js advises is left out',
      'unable to verify the first certificate; if the root CA is installed locally, try running Node.js with --use-system-ca',
      'unable to verify the first certificate',
    ],
  ])('%s', (_, text, expected) => {
    expect(legible(text)).toBe(expected);
  });

  it.each([
    ['as long as may be', 'x'.repeat(10), 'x'.repeat(10)],
    ['too long', 'x'.repeat(11), `${'x'.repeat(9)}…`],
    ['too long once it can be seen', `\0${'x'.repeat(9)}`, '\\u{0}xxxx…'],
    ['cut within a character', `${'x'.repeat(8)}😀x`, `${'x'.repeat(8)}\ufffd…`],
    ['without end, nearly', '\u001b'.repeat(10_000_000), '\\u{1b}\\u{…'],
  ])('of a text that is %s', (_, text, expected) => {
    expect(legible(text, 10)).toBe(expected);
  });

  it('keeps the lines of what has several', () => {
    expect(legibleLines('Error: a\u001b\n    at b\r\n')).toBe('Error: a\\u{1b}\n    at b\\r\n');
  });
});
