/** What is wrong with client classes, in sentences: what makes Kea's reading of all rows fail, or gives something else than was meant. */
import { parseExpression } from './classExpression.ts';
import { isBuiltIn } from './classOrder.ts';
import { firstClash, optionDefProblem } from './definitionRules.ts';
import type { Family } from './family.ts';
import { optionByName, optionRules } from './optionTable.ts';
import { type ClassBody, type ClassDefinition, LEASE_TIMES, type OptionData } from './state.ts';

const LONGEST = 128;
/** Options of DHCPv4 that clients of a class alone may have a definition of: Kea reads them when it knows the class. */
const LATE = { vendor: 43, from: 224, to: 254 } as const;

/** What is wrong with a class by itself, whose options were read; undefined: nothing. */
export const classProblem = (family: Family, body: ClassBody): string | undefined =>
  classNameProblem(body.name) ??
  testProblem(family, body) ??
  builtInProblem(body) ??
  bootProblem(body) ??
  lifetimeProblem(body) ??
  definitionsProblem(family, body);

/** Names of classes that the operator makes itself begin with it. */
export const OPERATORS_OWN = 'kea-operator/';

/** Names of classes stand in quotes in expressions, and with commas between them in reservations. */
export const classNameProblem = (name: string): string | undefined => {
  if (name === '') return 'name: a class needs one';
  if (name.length > LONGEST) return `name: it is longer than ${LONGEST} characters`;
  if (name.startsWith(OPERATORS_OWN))
    return `name: classes whose names begin with ${OPERATORS_OWN} are the operator's own: choose another`;
  return /['",\x00-\x1f]/.test(name) || name !== name.trim()
    ? `name: '${name}' has quotes, commas, line breaks, or blanks at an end: expressions and reservations cannot name it`
    : undefined;
};

/** What is said of a name that is no class's: Kea takes it in silence, and then nobody is a client of it. */
export const noSuchClass = (name: string): string =>
  `there is no client class ${name}: it waits until there is one; create a ClientClass, or name one of Kea's own (such as KNOWN or VENDOR_CLASS_…) or one that a HostReservation gives`;

const testProblem = (family: Family, { name, test, 'template-test': template }: ClassBody): string | undefined => {
  if (template !== undefined)
    return 'templateTest: Kea has no place for it where classes are in the database: give test';
  if (test === undefined) return undefined;
  const parsed = parseExpression(family.version, test);
  if (!parsed.ok) return `test: ${parsed.message}`;
  const { members, optionNames } = parsed.expression;
  if (members.includes(name)) return `test: it asks for members of '${name}' itself, which is never true`;
  // Kea reads tests before the definitions that come with them.
  const unknown = optionNames.find((option) => optionByName(family, option, family.optionSpace) === undefined);
  return unknown === undefined ? undefined : `test: option '${unknown}' is not one of Kea's own: give its code`;
};

const builtInProblem = (body: ClassBody): string | undefined => {
  const { name, test, 'only-in-additional-list': additional } = body;
  if (isBuiltIn(name) && test !== undefined) return `test: Kea itself says who is in ${name}: leave it out`;
  return additional && (isBuiltIn(name) || name === 'DROP')
    ? `onlyInAdditionalList: Kea looks at ${name} for each packet: leave it out`
    : undefined;
};

const BOOT = [
  ['server-hostname', 'serverHostname', 63],
  ['boot-file-name', 'bootFileName', 127],
] as const;

const bootProblem = (body: ClassBody): string | undefined => {
  if (body['next-server'] === '255.255.255.255') return 'nextServer: it is the address of all hosts: give that of one';
  const long = BOOT.find(([keyword, , most]) => Buffer.byteLength(body[keyword] ?? '') > most);
  return long && `${long[1]}: it is longer than ${long[2]} bytes`;
};

const lifetimeProblem = (body: ClassBody): string | undefined => {
  for (const [time, least, most] of LEASE_TIMES) {
    const [value, from, to] = [body[time], body[least], body[most]];
    if (value === undefined) {
      if (from !== undefined || to !== undefined) return `${time}: rows have no bounds without it: give it too`;
    } else if ((from ?? value) > value || (to ?? value) < value) {
      return `${time}: ${value} is not between ${from ?? value} and ${to ?? value}`;
    }
  }
  return undefined;
};

const definitionsProblem = (family: Family, body: ClassBody): string | undefined => {
  const definitions = body['option-def'] ?? [];
  for (const [index, definition] of definitions.entries()) {
    const { space, code } = definition;
    const isLate = code === LATE.vendor || (code >= LATE.from && code <= LATE.to);
    if (space !== family.optionSpace || !isLate)
      return `optionDef[${index}]: a class can define options ${LATE.vendor} and ${LATE.from} to ${LATE.to} of the space ${family.optionSpace} alone`;
    // Of 43, which Kea lets everybody define.
    const problem = code === LATE.vendor ? undefined : optionDefProblem(family, definition);
    if (problem !== undefined) return `optionDef[${index}] ${problem}`;
  }
  const clash = firstClash(definitions);
  return (
    clash &&
    `optionDef: option ${clash[0].code} and option ${clash[1].code} have the same code or name: each comes once`
  );
};

/**
 * The definitions that a class has to have for its options, those that it has anyway among them. The ones that the operator gives to each server are not seen
 * where Kea makes the options of classes: what they make of option 43 would go out empty.
 */
export const classDefinitions = (
  family: Family,
  { 'option-data': options = [], 'option-def': own = [] }: Pick<ClassBody, 'option-data' | 'option-def'>,
): readonly ClassDefinition[] => [
  ...own,
  ...optionRules(family).own.filter((one) => options.some(isSame(one)) && !own.some(isSame(one))),
];

type Which = Pick<OptionData, 'space' | 'code'>;
const isSame =
  (one: Which) =>
  ({ space, code }: Which): boolean =>
    one.space === space && one.code === code;
