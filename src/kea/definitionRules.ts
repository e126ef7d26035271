/** What is wrong with definitions of options, in sentences: what makes Kea's reading of all rows fail, or gives something else than was meant. */
import type { Family } from './family.ts';
import { enterpriseOf } from './knownOptions.ts';
import { optionByCode, optionByName, optionRules } from './optionTable.ts';
import { isOptionType, type OptionType, recordFields } from './optionType.ts';
import type { ClassDefinition, OptionDefBody } from './state.ts';

/** Kea's word for names of options and of spaces. */
const NAME = /^[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?$/;
const LONGEST = 128;
export const isOptionName = (text: string): boolean => NAME.test(text) && text.length <= LONGEST;

const OF_NAMES = `has to be letters and digits, with - and _ between them, and no more than ${LONGEST} of them`;

/** Rows have 16 bits for the code of a definition, one of them for the sign. */
const GREATEST = 32_767;

/** Types that have no end of their own: nothing can come after them. */
const ENDLESS: readonly string[] = ['string', 'binary'] satisfies OptionType[];
const NO_FIELDS: readonly string[] = ['record', 'empty', 'internal'] satisfies OptionType[];
const NO_LISTS: readonly string[] = [...ENDLESS, 'empty', 'internal'] satisfies string[];

/** What is wrong with a definition by itself; undefined: nothing. */
export const optionDefProblem = (family: Family, body: OptionDefBody): string | undefined =>
  nameProblem(family, body) ??
  codeProblem(family, body) ??
  shapeProblem(family, body) ??
  (body['user-context'] === undefined ? undefined : 'userContext: Kea reads none of a definition: leave it out');

const nameProblem = (family: Family, { name, space }: ClassDefinition): string | undefined => {
  if (!isOptionName(name)) return `name: '${name}' ${OF_NAMES}`;
  if (!isOptionName(space)) return `space: '${space}' ${OF_NAMES}`;
  if (isClosed(family, space))
    return `space: Kea knows itself what is in ${space}, and reads others by the definitions of before: leave the definition out, and give such an option its code, and data in hexadecimal with csvFormat: false`;
  const known = optionByName(family, name, space);
  return known === undefined
    ? undefined
    : `name: '${name}' is a name of Kea's own, of option ${known.code} in the space ${space}: choose another`;
};

/** A space of sub-options that Kea reads from the bytes of what they travel in. */
const isClosed = (family: Family, space: string): boolean => {
  const { containers, nested, own } = optionRules(family);
  const container = containers.get(space);
  return nested.has(space) || (container !== undefined && !own.some(({ code }) => code === container.code));
};

const codeProblem = (family: Family, { code, space }: ClassDefinition): string | undefined => {
  const { codes, width, own } = optionRules(family);
  const [least, most] = space === family.optionSpace ? codes : [0, 256 ** width - 1];
  const greatest = Math.min(most, GREATEST);
  if (!Number.isInteger(code) || code < least || code > greatest)
    return `code: ${code} cannot be defined in the space ${space}: its codes are ${least} to ${greatest}`;
  const known = optionByCode(family, code, space) ?? own.find((one) => one.space === space && one.code === code);
  return known === undefined
    ? undefined
    : `code: option ${code} of the space ${space} is defined already, as ${known.name}: leave the definition out, or choose another code`;
};

const shapeProblem = (family: Family, body: ClassDefinition): string | undefined => {
  const { type, array, 'record-types': types = '', encapsulate, space } = body;
  if (!isOptionType(type)) return `type: '${String(type)}' is none that Kea knows`;
  if (type === 'internal') return 'type: internal is for options of Kea alone: choose binary';
  const fields = recordFields(types);
  if (type !== 'record' && fields.length > 0)
    return `recordTypes: only a record has fields, and type is ${type}: leave them out, or set type to record`;
  if (type === 'record') {
    const problem = recordProblem(fields);
    if (problem !== undefined) return problem;
  }
  const last = type === 'record' ? fields.at(-1) : type;
  if (array && NO_LISTS.includes(last ?? ''))
    return `array: a list of values of type ${last} cannot be taken apart: leave array out`;
  if (fields.includes('tuple') || (type === 'tuple' && !array))
    return `${type === 'record' ? 'recordTypes' : 'type'}: Kea ends, with all that it serves, when a client sends such an option with an empty tuple; a list of tuples alone is safe: set type to tuple and array to true, or choose string`;
  const foreign = family.version === 4 ? 'ipv6-address' : 'ipv4-address';
  if (array && type === foreign)
    return `array: Kea writes a list of values of type ${type} as the other family does, and clients cannot read the message: set type to record and recordTypes to ${type} twice`;
  if (encapsulate === undefined) return undefined;
  if (!isOptionName(encapsulate)) return `encapsulate: '${encapsulate}' ${OF_NAMES}`;
  if (ENDLESS.includes(last ?? ''))
    return `encapsulate: nothing can come after a value of type ${last}, which has no end of its own: choose another type, or leave encapsulate out`;
  if (array)
    return 'encapsulate: an option with a list of values cannot carry sub-options: leave one of array and encapsulate out';
  if (encapsulate === space)
    return `encapsulate: an option cannot carry those of its own space ${space}: choose another`;
  if (encapsulate === family.optionSpace)
    return `encapsulate: ${encapsulate} is the space of the standard options, which no option carries: choose another`;
  if (enterpriseOf(encapsulate) !== undefined)
    return `encapsulate: ${encapsulate} is of a vendor, and travels in option ${optionRules(family).vendor.code} alone: choose another`;
  return undefined;
};

const recordProblem = (fields: readonly string[]): string | undefined => {
  if (fields.length < 2)
    return 'recordTypes: a record has two fields or more: name their types, or set type to the only one';
  const unknown = fields.find((field) => !isOptionType(field));
  if (unknown !== undefined) return `recordTypes: '${unknown}' is no type that Kea knows`;
  const wrong = fields.find((field) => NO_FIELDS.includes(field));
  if (wrong !== undefined) return `recordTypes: a field of a record cannot be of type ${wrong}`;
  const endless = fields.slice(0, -1).find((field) => ENDLESS.includes(field));
  return endless === undefined
    ? undefined
    : `recordTypes: ${endless} can be the last field alone, as nothing says where it ends`;
};

/** Of definitions that are together the first that another one is in the way of, with that one: of a space each code and each name is there once. */
export const firstClash = <T extends ClassDefinition>(definitions: readonly T[]): readonly [T, T] | undefined => {
  const found = new Map<string, T>();
  for (const one of definitions) {
    for (const key of [`${one.space} ${one.code}`, `${one.space} '${one.name}'`]) {
      const other = found.get(key);
      if (other !== undefined) return [one, other];
      found.set(key, one);
    }
  }
  return undefined;
};
