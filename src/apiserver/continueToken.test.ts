import { describe, expect, it } from 'vitest';
import { formatContinue, parseContinue, type Position } from './continueToken.ts';
import { ApiFailure } from './failure.ts';

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const failureOf = (text: string, selection = 's'): ApiFailure => {
  try {
    parseContinue(text, selection);
  } catch (error) {
    if (error instanceof ApiFailure) return error;
    throw error;
  }
  throw new Error(`${text} was not refused`);
};
const GOOD = { v: 2, n: 'dhcp', p: 'office', a: '192.0.2.10', d: 's' };

describe('a continue token', () => {
  it.each([
    { namespace: 'dhcp', pair: 'office', ipFamily: 'IPv4', after: '192.0.2.10' },
    { namespace: 'dhcp', pair: 'office', ipFamily: 'IPv6', after: '2001:db8::1' },
    { namespace: 'dhcp', pair: 'office', ipFamily: 'IPv6' },
  ] satisfies readonly Position[])('brings the position back: $ipFamily $after', (position: Position) => {
    const text = formatContinue(position, 's');
    expect(text).toMatch(/^[\w-]+$/);
    expect(parseContinue(text, 's')).toEqual(position);
  });

  it.each([null, ''])('is none: %j', (text) => {
    expect(parseContinue(text, 's')).toBeUndefined();
  });

  it.each([
    ['of the version before', { v: 1, n: 'dhcp', p: 'office', a: '192.0.2.10' }],
    ['of a version to come', { v: 3, whatever: true }],
  ])('%s is outdated: the list is to begin again', (_, fields) => {
    const { code, message } = failureOf(encoded(fields));
    expect([code, message]).toEqual([
      410,
      'the continue token is one of another version of this API: list again without it',
    ]);
  });

  it('of another selection is refused', () => {
    const { code, message } = failureOf(encoded(GOOD), 'other');
    expect([code, message]).toEqual([
      400,
      'the continue token is one of a list with other selectors: go on with those, or list again without it',
    ]);
  });

  it.each([
    ['no base64', '%%%'],
    ['no JSON', Buffer.from('dhcp').toString('base64url')],
    ['no object', encoded(7)],
    ['no version', encoded({ ...GOOD, v: undefined })],
    ['a version that is none', encoded({ ...GOOD, v: '2' })],
    ['no selection', encoded({ ...GOOD, d: undefined })],
    ['an address that is none, which no database may see', encoded({ ...GOOD, a: "1'; DROP TABLE lease4" })],
    ['a namespace without end', encoded({ ...GOOD, n: 'a'.repeat(64) })],
    ['a megabyte of it', 'A'.repeat(1e6)],
  ])('of %s is none that this API gave', (_, text) => {
    const { code, message } = failureOf(text);
    expect([code, message]).toEqual([400, 'the continue token is not one that this API gave: list again without it']);
  });
});
