import { describe, expect, it } from 'vitest';
import { anyClass } from '../../test/support/referable.ts';
import { DHCPV4 } from './dhcpv4.ts';
import { parseGlobalOptions } from './globalOptions.ts';
import { knownOptions } from './knownOptions.ts';
import { type OptionInput, parseOptions } from './options.ts';
import type { ClassDefinition } from './state.ts';
import { definitionsIn } from './subOptions.ts';

const of = (code: number, more: Partial<ClassDefinition> = {}): ClassDefinition => ({
  space: 'dhcp4',
  code,
  name: `own-${code}`,
  type: 'string',
  ...more,
});

describe('what travels in an option that a pair defines', () => {
  const DEFINITIONS = [
    of(230, { type: 'empty', encapsulate: 'site' }),
    of(231, { type: 'uint8', encapsulate: 'other' }),
    of(232, { type: 'empty', encapsulate: 'both' }),
    of(233, { type: 'empty', encapsulate: 'both' }),
    of(1, { space: 'site', type: 'uint16' }),
    of(2, { space: 'site', type: 'empty', encapsulate: 'deep' }),
    of(7, { space: 'deep', type: 'ipv4-address' }),
    of(1, { space: 'other', type: 'string' }),
    of(1, { space: 'both', type: 'uint8' }),
    of(1, { space: 'vendor-9', type: 'uint8' }),
    of(20, { space: 'vendor-9', type: 'uint8', encapsulate: 'deep' }),
    of(9, { space: 'vendor-encapsulated-options-space', type: 'uint16' }),
    of(1, { space: 'nowhere', type: 'uint8' }),
    of(234, { type: 'empty', encapsulate: 'loop-a' }),
    of(3, { space: 'loop-a', type: 'empty', encapsulate: 'loop-b' }),
    of(3, { space: 'loop-b', type: 'empty', encapsulate: 'loop-a' }),
  ];
  const known = knownOptions(DHCPV4, DEFINITIONS);
  const bare = (code: number, data?: string, space = 'dhcp4') => ({
    code,
    space,
    ...(data === undefined ? {} : { data }),
    'csv-format': false,
  });
  const site = (data: string, rest: Partial<OptionInput> = {}): OptionInput => ({
    space: 'site',
    code: 1,
    data,
    ...rest,
  });

  it.each<[sentence: string, options: readonly OptionInput[], expected: readonly object[]]>([
    ['stays beside it: Kea puts it in', [{ code: 230 }, site('1')], [bare(230), bare(1, '0001', 'site')]],
    [
      'is one and the same in two that carry its space',
      [
        { code: 232, csvFormat: false, data: '010107' },
        { code: 233, csvFormat: false, data: '010107' },
      ],
      [bare(232), bare(233), bare(1, '07', 'both')],
    ],
    ['brings it, where it has nothing else', [site('1')], [bare(230), bare(1, '0001', 'site')]],
    [
      'is sent as often as it has to be',
      [site('1', { alwaysSend: true })],
      [
        { ...bare(230), 'always-send': true },
        { ...bare(1, '0001', 'site'), 'always-send': true },
      ],
    ],
    [
      'comes after its fields',
      [
        { code: 231, data: '5' },
        { space: 'other', name: 'own-1', data: 'x' },
      ],
      [bare(231, '05'), bare(1, '78', 'other')],
    ],
    [
      'can carry others',
      [{ space: 'deep', code: 7, data: '192.0.2.1' }],
      [bare(230), bare(7, 'C0000201', 'deep'), bare(2, undefined, 'site')],
    ],
    [
      'is apart from it where bytes have both',
      [{ code: 231, csvFormat: false, data: '05010178' }],
      [bare(231, '05'), bare(1, '78', 'other')],
    ],
    [
      'is apart from it at any depth',
      [{ code: 230, csvFormat: false, data: '0102000702060704C0000201' }],
      [bare(230), bare(1, '0007', 'site'), bare(2, undefined, 'site'), bare(7, 'C0000201', 'deep')],
    ],
    [
      'is in the one that is given',
      [{ code: 233 }, { space: 'both', code: 1, data: '1' }],
      [bare(233), bare(1, '01', 'both')],
    ],
    [
      'is in each that is given',
      [{ code: 233 }, { code: 232 }, { space: 'both', code: 1, data: '1' }],
      [bare(233), bare(232), bare(1, '01', 'both')],
    ],
    [
      'is bytes in the sub-option of a vendor',
      [
        { space: 'vendor-9', code: 20, data: '1' },
        { space: 'deep', code: 7, data: '192.0.2.1' },
      ],
      [
        { ...bare(20, '010704C0000201', 'vendor-9'), 'always-send': true },
        { code: 125, space: 'dhcp4', data: '9', 'csv-format': true },
      ],
    ],
    [
      'is bytes in option 43',
      [{ space: 'vendor-encapsulated-options-space', name: 'own-9', data: '1' }],
      [bare(43, '09020001')],
    ],
  ])('%s', (_, options, expected) => {
    const parsed = parseOptions(known, options);
    const order = (all: readonly { space?: string; code?: number }[]) =>
      all.toSorted((a, b) => `${a.space} ${a.code}`.localeCompare(`${b.space} ${b.code}`));
    expect(parsed).toMatchObject({ ok: true });
    expect(order(parsed.ok ? parsed.options : [])).toEqual(order(expected));
  });

  it.each<[sentence: string, options: readonly OptionInput[], says: string]>([
    [
      'without the option that it comes after',
      [{ space: 'other', code: 1, data: 'x' }],
      'optionData[0] option 1: it travels in own-231 (231), which is not in the list: give that too, or leave it out',
    ],
    [
      'where several could carry it',
      [{ space: 'both', code: 1, data: '1' }],
      'optionData[0] option 1: it travels in own-232 (232) or own-233 (233), and none of them is in the list: give one of them too, or leave it out',
    ],
    [
      'that is not there',
      [{ code: 230 }],
      'optionData[0] option 230: it has neither data nor sub-options: give one of them',
    ],
    [
      'of a space that no option carries',
      [{ space: 'nowhere', code: 1, data: '1' }],
      "no option carries what is in the space 'nowhere'",
    ],
    [
      'of spaces that carry each other',
      [{ space: 'loop-a', code: 3 }],
      "no option carries what is in the space 'loop-a'",
    ],
    [
      'for some clients alone',
      [site('1', { clientClasses: ['a'] })],
      'optionData[0] option 1: it goes wherever option 230 goes: set clientClasses and neverSend of that one',
    ],
    ['in one that is never sent', [{ code: 230, neverSend: true }, site('1')], 'is never sent: leave one of them out'],
    ['twice', [site('1'), site('2')], 'optionData[1] option 1: it is there already, as optionData[0]'],
    [
      'of two values in two that carry its space',
      [
        { code: 232, csvFormat: false, data: '010107' },
        { code: 233, csvFormat: false, data: '010108' },
      ],
      'optionData[1] option 233: it is there already, as optionData[0]',
    ],
    [
      'that is in the bytes already',
      [{ code: 230, csvFormat: false, data: '01020007' }, site('2')],
      'optionData[1] option 1: it is there already, as optionData[0]',
    ],
    [
      'as bytes of another size',
      [{ code: 230, csvFormat: false, data: '010107' }],
      'its bytes have to be a chain of sub-options',
    ],
    [
      'that is text',
      [{ code: 230, data: 'x' }],
      'optionData[0] own-230: it has no fields: give hexadecimal and csvFormat: false, or leave data out and give its sub-options, which are in the space site',
    ],
    [
      'of more bytes than fit into it',
      [
        { code: 231, data: '5' },
        { space: 'other', code: 1, data: 'x'.repeat(251) },
      ],
      'optionData[1] option 1: the sub-options of option 231 have 254 bytes',
    ],
  ])('is refused %s', (_, options, says) => {
    const parsed = parseOptions(known, options);
    expect(parsed.ok ? '' : parsed.message).toContain(says);
  });

  it('tells the definitions that it is made by', () => {
    const usedBy = (options: readonly OptionInput[]) => {
      const parsed = parseOptions(known, options);
      return parsed.ok ? [...definitionsIn(known, parsed.options).keys()].sort() : parsed.message;
    };
    expect(usedBy([{ name: 'routers', data: '192.0.2.1' }])).toEqual([]);
    expect(usedBy([site('1')])).toEqual(['dhcp4/230', 'site/1']);
    expect(usedBy([{ code: 231, data: '5' }])).toEqual(['dhcp4/231']);
    expect(usedBy([{ space: 'vendor-encapsulated-options-space', code: 9, data: '1' }])).toEqual([
      'vendor-encapsulated-options-space/9',
    ]);
    expect(usedBy([{ space: 'vendor-9', code: 20, csvFormat: false, data: '010704C0000201' }])).toEqual([
      'deep/7',
      'vendor-9/20',
    ]);
  });

  it('is text in the options of a server, of types whose bytes Kea does not keep, with the definitions that it needs', () => {
    const globals = parseGlobalOptions(
      anyClass(known),
      [{ code: 231, data: '5' }, { space: 'other', code: 1, data: 'x' }, site('1')],
      '',
    );
    if (!globals.ok) throw new Error(globals.message);
    expect(globals.options).toEqual([
      bare(230),
      { ...bare(231, '5'), 'csv-format': true },
      bare(1, '78', 'other'),
      { ...bare(1, '1', 'site'), 'csv-format': true },
    ]);
    expect(globals.definitions.map(({ space, code }) => `${space} ${code}`)).toEqual([
      'dhcp4 230',
      'dhcp4 231',
      'other 1',
      'site 1',
    ]);
  });
});
