import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatContinue } from '../../../src/apiserver/continueToken.ts';
import { ApiFailure } from '../../../src/apiserver/failure.ts';
import { aggregatedDiscoveryVersion, negotiateForm } from '../../../src/apiserver/negotiate.ts';
import { type ListQuery, parseListQuery } from '../../../src/apiserver/query.ts';
import { isAddress } from '../../../src/kea/address.ts';
import { IPV4 } from '../../../src/kea/ipv4.ts';
import { fuzz, INPUTS, isLine } from '../../support/fuzz.ts';
import { changed, changes, garbage, hostileText } from '../../support/hostile.ts';

/** The answer, or undefined where it is refused in a line. What is neither is thrown. */
const orRefused = <T>(ask: () => T): T | undefined => {
  try {
    return ask();
  } catch (error) {
    if (!(error instanceof ApiFailure)) throw error;
    expect(isLine(error.message), error.message).toBe(true);
    expect(error.code).toBeLessThan(500);
    return undefined;
  }
};

/** Of a list that selects nothing. */
const EVERYTHING = parseListQuery(new URLSearchParams()).digest;

const expectSound = ({ limit, position, include }: ListQuery): void => {
  if (limit !== undefined) expect(Number.isInteger(limit) && limit >= 1 && limit <= 1000, String(limit)).toBe(true);
  expect(['None', 'Metadata', 'Object']).toContain(include);
  if (position?.after !== undefined) expect(isAddress(position.after)).toBe(true);
  if (position === undefined) return;
  const token = formatContinue(position, EVERYTHING);
  expect(parseListQuery(new URLSearchParams({ continue: token })).position).toEqual(position);
};

const LONGEST = 4096;
const selector = hostileText(LONGEST, [
  'metadata.name',
  'metadata.namespace',
  '=',
  '==',
  '!=',
  ',',
  ' ',
  '\n',
  '10.0.0.1',
  'spec.',
  'address',
  'hostname',
  'hwAddress',
  '\\',
  '*',
]);
const labels = hostileText(LONGEST, [
  'kea-operator.io/state',
  'Active',
  'in',
  'notin',
  '(',
  ')',
  ',',
  '=',
  '==',
  '!=',
  '!',
  ' ',
  '/',
]);
const value = fc.oneof(
  hostileText(LONGEST, ['0', '00', '5', '500', ' ', 'Exact', 'NotOlderThan', 'Table', 'None', 'true']),
  selector,
);
const KEYS = [
  'limit',
  'continue',
  'fieldSelector',
  'labelSelector',
  'resourceVersion',
  'resourceVersionMatch',
  'includeObject',
  'watch',
  'pretty',
  '__proto__',
];
const pairs = fc.array(
  fc.tuple(fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...KEYS) }, hostileText(100)), value),
  { maxLength: 4 },
);

describe('the query of a list', () => {
  it('is understood or refused, whatever its parameters are', () => {
    fuzz(INPUTS, pairs, (given) => {
      const query = orRefused(() => parseListQuery(new URLSearchParams(given)));
      if (query) expectSound(query);
    });
  });

  it('is understood or refused, however it is written', () => {
    const text = fc.array(
      fc.oneof(fc.constantFrom(...KEYS, '&', '=', '+', '%', '%F0%9F', '%2', '?', '#', ';'), value),
      { maxLength: 12 },
    );
    fuzz(INPUTS, text, (given) => {
      // As the routes take it from the URL of a request.
      const { searchParams } = new URL(`/apis/leases?${given.join('')}`, 'https://leases');
      const query = orRefused(() => parseListQuery(searchParams));
      if (query) expectSound(query);
    });
  });

  it('takes any label selector', () => {
    fuzz(INPUTS, labels, (labelSelector) => {
      const query = orRefused(() => parseListQuery(new URLSearchParams({ labelSelector })));
      if (query) expectSound(query);
    });
  });

  it('takes any field selector', () => {
    fuzz(INPUTS, selector, (fieldSelector) => {
      const query = orRefused(() => parseListQuery(new URLSearchParams({ fieldSelector })));
      if (query) expectSound(query);
    });
  });
});

describe('a continue token', () => {
  const read = (token: string) => orRefused(() => parseListQuery(new URLSearchParams({ continue: token })));
  const encoded = (given: unknown) => Buffer.from(JSON.stringify(given ?? null)).toString('base64url');

  it('brings any position back', () => {
    const name = (most: number) =>
      fc.string({
        unit: fc.constantFrom('a', 'b', 'z', '0', '9', '-', '.'),
        minLength: 1,
        maxLength: most,
        size: 'max',
      });
    const position = fc.record(
      {
        namespace: name(63),
        pair: name(253),
        ipFamily: fc.constantFrom('IPv4' as const, 'IPv6' as const),
        after: fc.bigInt({ min: 0n, max: 4_294_967_295n }).map((number) => IPV4.format(number)),
      },
      { requiredKeys: ['namespace', 'pair', 'ipFamily'] },
    );
    fuzz(INPUTS, position, (given) => {
      expect(read(formatContinue(given, EVERYTHING))?.position).toEqual(given);
    });
  });

  it('that nobody gave is refused, or names a position as one that was given', () => {
    const good = { v: 2, n: 'dhcp', p: 'office', a: '192.0.2.10', d: EVERYTHING };
    const token = fc.oneof(
      changes(2).map((made) => encoded(changed(good, made))),
      garbage.map(encoded),
      hostileText(LONGEST).map((text) => Buffer.from(text).toString('base64url')),
      hostileText(LONGEST, ['eyJ', encoded(good), '=', '_', '+']),
    );
    fuzz(INPUTS, token, (given) => {
      const query = read(given);
      if (query) expectSound(query);
    });
  });
});

it('an Accept header gets a form that there is, or is refused', () => {
  const header = hostileText(512, [
    'application/json',
    ';',
    ',',
    '=',
    'as',
    'g',
    'v',
    'as=Table',
    'g=meta.k8s.io',
    'v=v1',
    '*/*',
    ' ',
    'q=0',
  ]);
  fuzz(INPUTS, fc.option(header, { nil: undefined, freq: 20 }), (given) => {
    expect([undefined, 'Object', 'Table', 'Metadata']).toContain(orRefused(() => negotiateForm(given)));
    expect([undefined, 'v2', 'v2beta1']).toContain(aggregatedDiscoveryVersion(given));
  });
});
