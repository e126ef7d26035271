import { expect, it } from 'vitest';
import { formsOf, lineOf } from '../support/forms.ts';

const SECRET = 'pa§s/w"o+rd ~1';
const found = (text: string): boolean => formsOf(SECRET).some((form) => text.includes(form));
const base64 = (text: string, encoding: 'base64' | 'base64url' = 'base64'): string =>
  Buffer.from(text).toString(encoding);

it.each<readonly [string, string]>([
  ['as it is', `password=${SECRET};`],
  ['within JSON', JSON.stringify({ password: SECRET })],
  ['in an address', `postgresql://kea:${encodeURIComponent(SECRET)}@host/kea`],
  ['as hexadecimal digits', `\\x00${Buffer.from(SECRET).toString('hex')}00`],
  ...['', 'u', 'u:', 'us:'].flatMap((before) =>
    ['', '.', '..'].map((after): readonly [string, string] => [
      `as base64, after "${before}" and before "${after}"`,
      base64(before + SECRET + after),
    ]),
  ),
  ['as base64 for addresses', base64(`u:${SECRET}`, 'base64url')],
])('finds a secret %s', (_, text) => {
  expect(found(text)).toBe(true);
});

it.each([
  ['a part of it', SECRET.slice(1)],
  ['nothing', ''],
  ['another one', base64('another secret')],
])('does not find it in %s', (_, text) => {
  expect(found(text)).toBe(false);
});

it('searches for a key by a line that is not that of all keys', () => {
  expect(lineOf('-----BEGIN PRIVATE KEY-----\nMIGH\nc2Vj\ncmV0\n-----END PRIVATE KEY-----\n')).toBe('c2Vj');
  expect(lineOf('password\n')).toBe('password');
});
