import { describe, expect, it } from 'vitest';
import { message } from '../../test/support/falsePostgres.ts';
import { BrokenAnswer, createFrameCheck } from './frames.ts';

const SOUND = Buffer.concat([
  message('R', '\0\0\0\0'),
  message('Z', 'I'),
  message('E', 'SERROR\0C57P01\0Mthe end\0\0'),
  message('N', '\0'),
  message('n', ''),
  message('D', '\0\u0001\0\0\0\u0001x'),
  message('E', 'SFATAL\0\0'),
]);

describe('the frames of an answer', () => {
  it.each([1, 2, 3, 7, SOUND.length])('are followed in pieces of %i bytes', (size) => {
    const check = createFrameCheck(() => undefined);
    for (let at = 0; at < SOUND.length; at += size) check(SOUND.subarray(at, at + size));
  });

  it.each([
    ['an error without its last field’s end', message('E', 'Mthe end')],
    ['an error without the end of its fields', message('E', 'Mthe end\0')],
    ['a notice with nothing in it', message('N', '')],
    ['a notice whose only field is not empty', message('N', 'M')],
    ['a length that does not hold itself', message('Z', 'I', 3)],
    ['a length of gigabytes', message('D', '', 0xffffffff)],
    ['a row of more than 16 MB', message('D', '', 16 * 2 ** 20 + 1)],
    ['anything else of more than 64 KB', message('T', '', 64 * 1024 + 1)],
  ])('are refused for %s', (_, bytes) => {
    for (const size of [1, bytes.length]) {
      const check = createFrameCheck(() => undefined);
      check(SOUND);
      const feed = (): void => {
        for (let at = 0; at < bytes.length; at += size) check(bytes.subarray(at, at + size));
      };
      expect(feed).toThrow(BrokenAnswer);
    }
  });
});

describe('what an answer takes in memory', () => {
  const columns = (count: number): string => String.fromCharCode(count >> 8, count & 255);
  it.each([
    [
      'a row: its bytes, a place in a list for itself and for each column',
      message('D', `${columns(2)}\0\0\0\u0001a\0\0\0\u0001b`),
      17 + 3 * 32,
    ],
    ['a row without columns', message('D', columns(0)), 7 + 32],
    ['a row that has not even their number', message('D'), 5],
    ['a value of JSON: its members, too', message('D', `${columns(1)}\0\0\0\u0008[{},1,2]`), 19 + 2 * 32 + 4 * 32],
    ['a description of rows: an object for each column', message('T', columns(100)), 7 + 512 + 101 * 160],
    ['anything else: an object', message('C', 'SELECT 1\0'), 14 + 512],
    ['what says that it has columns without end', message('D', columns(65_535)), 7 + 65_536 * 32],
  ])('is, of %s', (_, bytes, expected) => {
    for (const size of [1, 2, bytes.length]) {
      let taken = 0;
      const check = createFrameCheck((more) => {
        taken += more;
      });
      for (let at = 0; at < bytes.length; at += size) check(bytes.subarray(at, at + size));
      expect(taken).toBe(expected);
    }
  });
});
