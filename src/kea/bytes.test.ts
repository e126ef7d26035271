import { describe, expect, it } from 'vitest';
import { parseBytes } from './bytes.ts';

const hexOf = (text: string): string | undefined => parseBytes(text)?.toString('hex');

describe('the bytes of an identifier', () => {
  it.each([
    '02:00:5e:10:00:02',
    '02:00:5E:10:00:02',
    '02:0:5e:10:0:2',
    '2 0 5e 10 0 2',
    '02-00-5e-10-00-02',
    '02005e100002',
    '0x02005E100002',
  ])('are the same, spelled %s', (text) => {
    expect(hexOf(text)).toBe('02005e100002');
  });

  it("are text in single quotes, without blanks at the text's ends", () => {
    expect(hexOf("' port-7 '")).toBe(Buffer.from('port-7').toString('hex'));
  });

  it.each(['', 'printer-3', '02::01', '02:005e', '0200.5e10', '02 00:5e', '205e1', "' '"])('are not %j', (text) => {
    expect(parseBytes(text)).toBeUndefined();
  });
});
