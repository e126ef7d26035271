/** docs/reference/keywords.md: every keyword of the table, where it stands and where it is stored. */
import { CONFIG_LEVELS, emptyColumns, tableOf } from '../kea/columns.ts';
import { FAMILIES } from '../kea/families.ts';
import type { Family, Version } from '../kea/family.ts';
import { NAME_REPLACEMENTS } from '../kea/keywordKinds.ts';
import { type Field, fieldsAt, type Keyword, KEYWORDS, type Level, type ValueKind } from '../kea/keywords.ts';
import { OTHER_KEYWORDS } from '../kea/otherKeywords.ts';
import { cell, code, table } from './markdown.ts';

const LEVELS = {
  global: 'HAPair `dhcp4`, `dhcp6`',
  network: 'SharedNetwork',
  subnet: 'Subnet',
  pool: 'pool',
  'pd-pool': 'pool of prefixes',
  host: 'HostReservation',
  option: 'option',
  class: 'client class',
  'option-def': 'option definition',
} as const satisfies Readonly<Record<Level, string>>;

const VALUES = {
  integer: 'integer',
  real: 'number',
  boolean: 'boolean',
  text: 'text',
  address: 'address',
  prefix: 'prefix',
  range: 'range of addresses',
  octets: 'text',
  addressList: 'addresses',
  prefixList: 'prefixes',
  pdPools: 'pools of prefixes',
  definitions: 'option definitions',
  optionType: 'type of an option',
  recordTypes: 'types of options',
  bytes: 'bytes',
  flag: 'boolean',
  classes: 'names of client classes',
  addresses: 'addresses',
  options: 'options',
  pools: 'pools',
  json: 'JSON',
  identifierType: 'type of identifier',
  identifierTypes: 'types of identifiers',
  nameReplacement: NAME_REPLACEMENTS.join(', '),
  texts: 'texts',
  map: 'map',
} as const satisfies Readonly<Record<ValueKind, string>>;

const valueOf = ({ members, ...value }: Keyword): string =>
  members === undefined
    ? oneValue(value)
    : Object.entries(members)
        .map(([word, { family, ...member }]) => {
          const only = family === undefined ? '' : `, DHCPv${String(family)} only`;
          return `${code(word)} (${oneValue(member)}${only})`;
        })
        .join(', ');

const oneValue = ({ kind, bounds, unit }: Pick<Keyword, 'kind' | 'bounds'> & { readonly unit?: string }): string => {
  if (bounds === undefined) return VALUES[kind];
  const [least, most] = bounds;
  if (kind === 'text' || kind === 'octets') return `text, at most ${String(most)} characters`;
  if (kind === 'real') return `number between ${String(least)} and ${String(most)}`;
  return `${VALUES[kind]}, ${String(least)} to ${String(most)}${unit === undefined ? '' : ` ${unit}`}`;
};

const familiesOf = (only: Version | undefined): readonly Family[] =>
  FAMILIES.filter(({ version }) => only === undefined || version === only);

const STORED = {
  rows: () => 'rows',
  bootstrap: () => 'configuration file',
  'no column': () => 'nowhere',
  column: ({ columns }) => columns.map(code).join(', '),
  'family column': ({ keyword, family }) =>
    familiesOf(family)
      .map(({ ownColumn }) => code(ownColumn(keyword)))
      .join(', '),
} as const satisfies Readonly<Record<Field['in'], (field: Field) => string>>;

const placeOf = (field: Field): string =>
  `${STORED[field.in](field)}${field.given === undefined ? '' : `, given as ${code(field.given)}`}`;

const INHERITED = {
  nearest: 'inherited',
  triplet: 'inherited, the three lease times of a row together',
  merged: 'inherited, each option by itself',
} as const satisfies Readonly<Record<NonNullable<Keyword['inherited']>, string>>;

const notesOf = (name: string, { inherited, derived, family, since }: Keyword): string =>
  [
    inherited === undefined ? [] : [INHERITED[inherited]],
    derived ? ['the operator sets it in a subnet where nobody has'] : [],
    familiesOf(family).some(({ frozen }) => frozen.includes(name)) ? ['frozen by live commands'] : [],
    family === undefined ? [] : [`DHCPv${String(family)} only`],
    since === undefined ? [] : [`since Kea ${since}`],
  ]
    .flat()
    .join('; ');

const shownLevels = (Object.keys(LEVELS) as Level[])
  .map((level) => [level, new Map(fieldsAt(level).map((field) => [field.keyword as string, field as Field]))] as const)
  .filter(([, fields]) => fields.size > 0);

const keywordTable = (): string =>
  table(
    ['Keyword', 'Value', ...shownLevels.map(([level]) => LEVELS[level]), 'Notes'],
    Object.entries<Keyword>(KEYWORDS).map(([name, keyword]) => [
      code(name),
      cell(valueOf(keyword)),
      ...shownLevels.map(([, fields]) => {
        const field = fields.get(name);
        return field === undefined ? '' : placeOf(field);
      }),
      cell(notesOf(name, keyword)),
    ]),
  );

const otherTable = (): string =>
  table(
    ['Keyword', 'Where', 'Instead'],
    OTHER_KEYWORDS.flatMap(({ keywords, at, instead }) =>
      keywords.map((keyword) => [code(keyword), at.map((level) => LEVELS[level]).join(', '), cell(instead)]),
    ),
  );

/** The page. */
export const keywordsReference = (): string =>
  [
    '<!-- Generated from src/kea/keywords.ts by `npm run generate`: change it there. -->',
    '# Keywords of Kea',
    "What custom resources can say, by Kea's keyword, and where it is stored. The field of a custom resource has the keyword's name in camelCase (`offer-lifetime` is `offerLifetime`), unless another is named. What has no place at a level is [below](#keywords-that-are-said-otherwise).",
    "What is inherited comes from the nearest level that has it: Subnet, SharedNetwork, HAPair. What is frozen Kea's live commands (hook subnet_cmds) would write into a subnet with its global value, where it outranks the SharedNetwork's: the operator spells that one out.",
    keywordTable(),
    '## Keywords that are said otherwise',
    "What else Kea's parsers know, and what to do instead.",
    otherTable(),
    '## Columns that the operator leaves empty',
    'What somebody writes there into a row of the operator is taken out again.',
    table(
      ['Table', 'Columns'],
      FAMILIES.flatMap((family) =>
        CONFIG_LEVELS.flatMap((level) => {
          const { name } = tableOf(family.tables, level);
          return name === '' ? [] : [[code(name), emptyColumns(family, level).map(code).join(', ')]];
        }),
      ),
    ),
  ].join('\n\n') + '\n';
