import fc from 'fast-check';
import { expect, it } from 'vitest';
import { optionDefProblem } from '../../../src/kea/definitionRules.ts';
import { DHCPV4 } from '../../../src/kea/dhcpv4.ts';
import { DHCPV6 } from '../../../src/kea/dhcpv6.ts';
import type { Family } from '../../../src/kea/family.ts';
import { parseGlobalOptions } from '../../../src/kea/globalOptions.ts';
import { knownOptions } from '../../../src/kea/knownOptions.ts';
import { type OptionInput, parseOption, parseOptions } from '../../../src/kea/options.ts';
import { optionDefinitions } from '../../../src/kea/optionTable.ts';
import { OPTION_TYPES } from '../../../src/kea/optionType.ts';
import type { ClassDefinition, OptionData } from '../../../src/kea/state.ts';
import { definitionsIn } from '../../../src/kea/subOptions.ts';
import { fuzz, INPUTS } from '../../support/fuzz.ts';
import { hostileText } from '../../support/hostile.ts';
import { anyClass } from '../../support/referable.ts';

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

const CODES = [1, 2, 3, 43, 60, 230, 231, 232];
const SPACES = ['vendor-encapsulated-options-space', 'vendor-9', 'site', 'deep', 'other'];
const definitionOf = (family: Family): fc.Arbitrary<ClassDefinition> => {
  const space = fc.constantFrom(family.optionSpace, family.optionSpace, ...SPACES);
  const types = fc.array(fc.constantFrom(...OPTION_TYPES), { minLength: 2, maxLength: 4 });
  return fc.record(
    {
      space,
      code: fc.constantFrom(...CODES),
      name: fc.constantFrom('one', 'two', 'three', 'routers'),
      type: fc.constantFrom(...OPTION_TYPES, 'record' as const, 'record' as const),
      array: fc.constant(true as const),
      'record-types': fc.oneof(
        { weight: 5, arbitrary: types.map((all) => all.join(', ')) },
        { weight: 1, arbitrary: hostileText(64) },
      ),
      encapsulate: space,
    },
    { requiredKeys: ['space', 'code', 'name', 'type'] },
  );
};
/** Carriers of three spaces, to begin with. */
const carriersOf = ({ optionSpace }: Family): readonly ClassDefinition[] => [
  { space: optionSpace, code: 230, name: 'site', type: 'empty', encapsulate: 'site' },
  { space: optionSpace, code: 231, name: 'other', type: 'uint8', encapsulate: 'other' },
  { space: 'site', code: 2, name: 'deep', type: 'empty', encapsulate: 'deep' },
  { space: 'site', code: 1, name: 'number', type: 'uint16' },
  { space: 'vendor-9', code: 3, name: 'deep', type: 'uint8', encapsulate: 'deep' },
];
/** What an option is, without when it is sent. */
const valuesOf = (options: readonly OptionData[]): readonly string[] =>
  options.map(({ space, code, data = '' }) => `${space} ${code} ${data}`).sort();
const ownInputOf = (family: Family): fc.Arbitrary<OptionInput> =>
  fc
    .record({
      input: inputOf(family),
      code: fc.constantFrom(...CODES),
      space: fc.constantFrom(...SPACES, undefined),
      data: fc.constantFrom(undefined, '1', '01', '0001', '0101', '01010102', '020100', '192.0.2.1', '2001:db8::1'),
      isSimple: fc.integer({ min: 0, max: 5 }).map((roll) => roll > 0),
    })
    .map(({ input, code, space, data, isSimple }) =>
      isSimple ? { code, space, data, csvFormat: input.csvFormat } : { ...input, name: undefined, code, space },
    );

it.each([DHCPV4, DHCPV6])('options of any definitions are read or refused, and stay as they are: $daemon', (family) => {
  const inputs = fc.tuple(
    fc.array(definitionOf(family), { maxLength: 6 }),
    fc.array(ownInputOf(family), { maxLength: 4 }),
    fc.boolean(),
  );
  fuzz(INPUTS / 4, inputs, ([given, options, isRight]) => {
    const definitions = isRight
      ? [...given.filter((one) => optionDefProblem(family, one) === undefined), ...carriersOf(family)]
      : given;
    const known = knownOptions(family, definitions);
    const parsed = parseOptions(known, options);
    parseGlobalOptions(anyClass(known), options, 'options');
    if (!parsed.ok) {
      expect(parsed.message).toMatch(/^optionData\[\d\] /);
      return;
    }
    for (const key of definitionsIn(known, parsed.options).keys()) expect(known.own.has(key)).toBe(true);
    // What no OptionDefinition can say, such as another meaning of a standard code, makes options that nobody can write.
    if (!isRight) return;
    const again = parseOptions(
      known,
      parsed.options.map(
        ({ 'csv-format': csvFormat, 'never-send': neverSend, 'client-classes': clientClasses, ...option }) => ({
          ...option,
          csvFormat,
          neverSend,
          clientClasses,
        }),
      ),
    );
    expect(again.ok ? valuesOf(again.options) : again.message).toEqual(valuesOf(parsed.options));
  });
});
