import { describe, expect, it } from 'vitest';
import { BrokenAnswer, createFrameCheck } from './frames.ts';

/** A message with its header; `length` is what the header says, where it is not the truth. */
const message = (type: string, body: string, length = body.length + 4): Buffer => {
  const header = Buffer.alloc(5);
  header.write(type);
  header.writeUInt32BE(length, 1);
  return Buffer.concat([header, Buffer.from(body, 'latin1')]);
};

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
    const check = createFrameCheck();
    for (let at = 0; at < SOUND.length; at += size) check(SOUND.subarray(at, at + size));
  });

  it.each([
    ['an error without its last field’s end', message('E', 'Mthe end')],
    ['an error without the end of its fields', message('E', 'Mthe end\0')],
    ['a notice with nothing in it', message('N', '')],
    ['a notice whose only field is not empty', message('N', 'M')],
    ['a length that does not hold itself', message('Z', 'I', 3)],
    ['a length of gigabytes', message('D', '', 0xffffffff)],
  ])('are refused for %s', (_, bytes) => {
    for (const size of [1, bytes.length]) {
      const check = createFrameCheck();
      check(SOUND);
      const feed = (): void => {
        for (let at = 0; at < bytes.length; at += size) check(bytes.subarray(at, at + size));
      };
      expect(feed).toThrow(BrokenAnswer);
    }
  });
});
