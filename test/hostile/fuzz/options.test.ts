import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DHCPV4 } from '../../../src/kea/dhcpv4.ts';
import { DHCPV6 } from '../../../src/kea/dhcpv6.ts';
import type { Family } from '../../../src/kea/family.ts';
import { knownOptions } from '../../../src/kea/knownOptions.ts';
import { type OptionInput, parseOption, parseOptions } from '../../../src/kea/options.ts';
import { optionDefinitions } from '../../../src/kea/optionTable.ts';
import { fuzz, INPUTS } from '../../support/fuzz.ts';
import { hostileText } from '../../support/hostile.ts';

const WORDS = [
  "'",
  "'",
  ' ',
  ',',
  '\\,',
  ':',
  '0x',
  'aa',
  '1',
  '10.0.0.1',
  '10.0.0.0/8 - 10.0.0.1',
  '3/4',
  '2001:db8::1',
  '2001:db8::/32',
  'alpn=dot',
  'example.org',
];
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 1 });
const namesOf = (family: Family): readonly string[] =>
  [...optionDefinitions(family).values()].flat().map(({ name }) => name);
const inputOf = (family: Family): fc.Arbitrary<OptionInput> =>
  fc.record({
    name: fc.oneof(
      { weight: 3, arbitrary: fc.constant(undefined) },
      { weight: 6, arbitrary: fc.constantFrom(...namesOf(family)) },
      { weight: 1, arbitrary: hostileText(128) },
    ),
    code: maybe(fc.integer({ min: 0, max: family.version === 4 ? 255 : 65_535 })),
    space: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(undefined, family.optionSpace) },
      { weight: 1, arbitrary: hostileText(128) },
    ),
    data: hostileText(4096, WORDS),
    csvFormat: fc.constantFrom(undefined, true, false),
    alwaysSend: maybe(fc.boolean()),
    neverSend: maybe(fc.boolean()),
    clientClasses: maybe(fc.array(hostileText(128), { maxLength: 3 })),
  });

it.each([DHCPV4, DHCPV6])('an option is read or refused, whatever it holds: $daemon', (family) => {
  fuzz(INPUTS, inputOf(family), (given) => {
    const parsed = parseOption(knownOptions(family), given);
    if (!parsed.ok) return;
    const { code, data, 'csv-format': csv } = parsed.option;
    expect(Number.isInteger(code)).toBe(true);
    if (data === undefined) return;
    expect(typeof data).toBe('string');
    expect(data).not.toBe('');
    if (!csv) expect(data).toMatch(/^([0-9A-F]{2})+$/);
    // A value in its one spelling stays as it is.
    const again = parseOption(knownOptions(family), { code, space: given.space, data, csvFormat: csv });
    expect(again).toMatchObject({ ok: true, option: { data } });
  });
});

it.each([DHCPV4, DHCPV6])(
  'a list of options is read, or refused with the place of the first that is wrong: $daemon',
  (family) => {
    fuzz(INPUTS / 4, fc.array(inputOf(family), { maxLength: 8 }), (given) => {
      const parsed = parseOptions(knownOptions(family), given);
      if (parsed.ok) expect(parsed.options).toHaveLength(given.length);
      else expect(parsed.message).toMatch(/^optionData\[\d\] /);
    });
  },
);
