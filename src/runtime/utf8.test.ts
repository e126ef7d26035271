import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createUtf8 } from './utf8.ts';

it('has every piece in UTF-8, whatever it is and however little room there was', () => {
  const piece = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme', minLength: 20 }));
  fc.assert(
    fc.property(fc.array(piece), fc.nat(64), (all, room) => {
      const utf8 = createUtf8(room);
      for (const one of all) utf8.push(one);
      expect(utf8.bytes()).toEqual(Buffer.from(all.join('')));
    }),
  );
});
