/** Random definitions of options of every type, options of them, and what a client has to get: packed by what Kea's manual says of types alone. */
import { optionDefProblem } from '../../src/kea/definitionRules.ts';
import type { Family } from '../../src/kea/family.ts';
import type { FieldType } from '../../src/kea/optionDefinition.ts';
import type { OptionInput } from '../../src/kea/options.ts';
import { OPTION_TYPES, type OptionType, recordFields } from '../../src/kea/optionType.ts';
import type { OptionDefBody } from '../../src/kea/state.ts';
import { packField } from './packOptions.ts';
import type { Random } from './random.ts';
import { randomField } from './randomOptions.ts';

/** Types of one field. */
const SINGLE = OPTION_TYPES.filter((type) => !['empty', 'internal', 'record'].includes(type)) as [OptionType];
const ENDLESS: readonly OptionType[] = ['string', 'binary'];

/** What is called otherwise. */
const FIELDS: Partial<Record<OptionType, FieldType>> = {
  'ipv4-address': 'ipv4',
  'ipv6-address': 'ipv6',
  'ipv6-prefix': 'prefix',
};
const fieldOf = (type: OptionType, { version }: Family): FieldType =>
  type === 'tuple' && version === 4 ? 'shortTuple' : (FIELDS[type] ?? (type as FieldType));

type Shape = Pick<OptionDefBody, 'type' | 'array' | 'record-types'>;

const repeated = (random: Random, last: OptionType): Pick<OptionDefBody, 'array'> =>
  !ENDLESS.includes(last) && random.chance(0.4) ? { array: true } : {};

const shapeOf = (random: Random): Shape => {
  if (random.chance(0.05)) return { type: 'empty' };
  if (random.chance(0.6)) {
    const type = random.pick(SINGLE);
    return { type, ...repeated(random, type) };
  }
  const fields = Array.from({ length: 1 + random.below(3) }, () => random.pick(SINGLE));
  const before = fields.filter((type) => !ENDLESS.includes(type));
  const last = random.pick(SINGLE);
  const all = before.length === 0 ? ['uint16', last] : [...before, last];
  return { type: 'record', 'record-types': all.join(', '), ...repeated(random, last) };
};

/** One that others can come after. */
const headOf = (random: Random): Shape =>
  random.pick<Shape>([
    { type: 'empty' },
    { type: 'uint8' },
    { type: 'int16' },
    { type: 'uint32' },
    { type: 'fqdn' },
    { type: 'ipv4-address' },
    { type: 'ipv6-prefix' },
    { type: 'record', 'record-types': 'uint16, ipv6-address' },
    { type: 'record', 'record-types': 'fqdn, boolean' },
  ]);

/** Definitions of one pair, in the standard space and in others that they carry, three deep. */
export const randomDefinitions = (family: Family, random: Random): readonly OptionDefBody[] => {
  const { optionSpace, version } = family;
  const first = version === 4 ? 224 : 4000;
  const allowed = (make: () => Shape): Shape => {
    for (;;) {
      const shape = make();
      if (optionDefProblem(family, { space: 'some', code: 1, name: 'one', ...shape }) === undefined) return shape;
    }
  };
  const several = (space: string, from: number, count: number, shape: (random: Random) => Shape, encapsulate = '') =>
    Array.from({ length: count }, (_, index) => ({
      space,
      code: from + index,
      name: `${space}-${from + index}`,
      ...allowed(() => shape(random)),
      ...(encapsulate === '' ? {} : { encapsulate: `${encapsulate}${index}` }),
    }));
  return [
    ...several(optionSpace, first, 20, shapeOf),
    ...several(optionSpace, first + 20, 4, headOf, 'site'),
    ...[0, 1, 2, 3].flatMap((index) => several(`site${index}`, 1, 4, shapeOf)),
    ...several('site0', 9, 2, headOf, 'deep'),
    ...[0, 1].flatMap((index) => several(`deep${index}`, 40, 3, shapeOf)),
    ...several('vendor-9', 1, 5, shapeOf),
    ...several('vendor-9', 20, 1, headOf, 'ours'),
    ...several('ours0', 1, 3, shapeOf),
  ];
};

/** An option with what travels in it. */
interface Tree {
  readonly input: OptionInput;
  readonly code: number;
  readonly space: string;
  readonly value: Buffer;
  readonly inside: readonly Tree[];
}

const treeOf = (family: Family, all: readonly OptionDefBody[], definition: OptionDefBody, random: Random): Tree => {
  const { name, code, space, type, array, encapsulate, 'record-types': types = '' } = definition;
  const fields = type === 'record' ? (recordFields(types) as OptionType[]) : type === 'empty' ? [] : [type];
  const more = array ? Array.from({ length: random.below(4) }, () => fields.at(-1) ?? type) : [];
  const values = [...fields, ...more].map((one) => {
    const field = fieldOf(one, family);
    const text = randomField(field, random);
    return { text, bytes: packField(field, text.replace(/\\,/g, ',')) };
  });
  const value = Buffer.concat(values.map(({ bytes }) => bytes));
  const inside = all
    .filter((one) => one.space === encapsulate && random.chance(0.6))
    .map((one) => treeOf(family, all, one, random));
  const data =
    values.length === 0
      ? {}
      : random.chance(0.2)
        ? { data: value.toString('hex'), csvFormat: false }
        : { data: values.map(({ text }) => text).join(random.pick([',', ', ', ' , '])) };
  const by = random.chance(0.5) ? { name } : { code };
  return { input: { ...by, ...(space === family.optionSpace ? {} : { space }), ...data }, code, space, value, inside };
};

const inputsIn = (tree: Tree): readonly OptionInput[] => [tree.input, ...tree.inside.flatMap(inputsIn)];

const bytesOf = (family: Family, { value, inside }: Tree): Buffer => Buffer.concat([value, chainOf(family, inside)]);

const chainOf = (family: Family, inside: readonly Tree[]): Buffer =>
  Buffer.concat(
    inside
      .toSorted((a, b) => a.code - b.code)
      .flatMap((one) => {
        const bytes = bytesOf(family, one);
        const head = Buffer.alloc(family.version === 4 ? 2 : 4);
        head.writeUIntBE(one.code, 0, head.length / 2);
        head.writeUIntBE(bytes.length, head.length / 2, head.length / 2);
        return [head, bytes];
      }),
  );

export interface OwnOptions {
  readonly options: readonly OptionInput[];
  /** By code what a client that asks for it gets. */
  readonly expected: () => ReadonlyMap<number, Buffer>;
}

/** Options of definitions. */
export const randomOwnOptions = (family: Family, definitions: readonly OptionDefBody[], random: Random): OwnOptions => {
  const { optionSpace, version } = family;
  const trees = definitions
    .filter(({ space }) => space === optionSpace && random.chance(0.2))
    .map((one) => treeOf(family, definitions, one, random))
    .filter((tree) =>
      definitions.every(
        ({ space, code, type, encapsulate }) =>
          space !== optionSpace ||
          code !== tree.code ||
          encapsulate === undefined ||
          type !== 'empty' ||
          tree.inside.length > 0,
      ),
    );
  const vendor = definitions
    .filter(({ space }) => space === 'vendor-9' && random.chance(0.3))
    .map((one) => treeOf(family, definitions, one, random));
  return {
    options: [...trees, ...vendor].flatMap(inputsIn),
    expected: () => {
      const chain = chainOf(family, vendor);
      const enterprise = Buffer.of(0, 0, 0, 9, ...(version === 4 ? [chain.length] : []));
      return new Map([
        ...trees.map((tree) => [tree.code, bytesOf(family, tree)] as const),
        ...(vendor.length > 0 ? [[version === 4 ? 125 : 17, Buffer.concat([enterprise, chain])] as const] : []),
      ]);
    },
  };
};

const PIECES = [
  ...[
    '',
    ' ',
    ',',
    ', ',
    '\\,',
    '0',
    '1',
    '255',
    '-1',
    '+7',
    '0x1f',
    'ff',
    '65536',
    'true',
    'FALSE',
    '3/4',
    '0/0',
    "'a'",
  ],
  ...[
    '192.0.2.1',
    '2001:db8::1',
    '2001:db8::/33',
    '::/0',
    'a.example.',
    '*',
    '00',
    '0100',
    '01 02',
    '02:03',
    'é',
    '0001610',
  ],
] as const;

/** Text that may be a value of some type. */
export const randomText = (random: Random): string => {
  const piece = (): string => PIECES[random.below(PIECES.length)] ?? '';
  return random.chance(0.6)
    ? Array.from({ length: 1 + random.below(4) }, piece).join(random.pick([',', ', ', ' , ']))
    : Array.from({ length: 1 + random.below(3) }, piece).join('');
};
