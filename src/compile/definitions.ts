/** OptionDefinitions, each by itself and beside the others. */
import type { HAPairSpec } from '../api/haPair.ts';
import type { OptionDefinitionSpec } from '../api/optionDefinition.ts';
import { canonicalOptionDef, equalBodies } from '../kea/canonical.ts';
import { optionDefProblem } from '../kea/definitionRules.ts';
import type { Family } from '../kea/family.ts';
import { type OptionDefBody, optionDefKey } from '../kea/state.ts';
import type { DefinitionChild } from './child.ts';
import { pairFacts } from './facts.ts';
import { compileNamed, tornAway } from './named.ts';
import type { Checked } from './networkPart.ts';
import { reject } from './objects.ts';
import type { CompilePass } from './pass.ts';

/** Judges the definitions of the pair: before all that have options of them. */
export const compileDefinitions = (pass: CompilePass, spec: HAPairSpec): void => {
  compileNamed(pass, 'option-def', pass.snapshot.definitions, (child) => checkDefinition(pass, child), {
    whatOf: ({ name, code, space }) => `a definition of option ${name}, or of code ${code}, in the space ${space}`,
    namesOf: ({ name, code, space }) => [`${space} ${code}`, `${space} '${name}'`],
  });
  learn(pass, spec);
};

/** Of the options that servers know by rows, the facts of the pair tell. */
const learn = (pass: CompilePass, spec: HAPairSpec): void => {
  const { snapshot, rows, memory, reserved } = pass;
  const definitions = new Map([...pass.optionDefs].map(([key, { body }]) => [key, body]));
  for (const { item } of rows.foreignDefinitions) definitions.set(optionDefKey(item.body), item.body);
  // What is left of an object that was torn away goes on as long as somebody needs it.
  for (const [key, { body }] of tornAway(pass, 'option-def')) if (!definitions.has(key)) definitions.set(key, body);
  const named = { classes: [...reserved], definitions: [...definitions.values()] };
  pass.facts = pairFacts(snapshot, spec, named, memory.facts);
};

const checkDefinition = (pass: CompilePass, { ref, name, parsed }: DefinitionChild): Checked<OptionDefBody> => {
  if ('rejection' in parsed) return parsed;
  const { spec } = parsed;
  const { family, globalsField } = pass.facts;
  const body = definitionOf(family, spec, spec.name ?? name);
  const problem = optionDefProblem(family, body);
  if (problem !== undefined) return { rejection: reject('InvalidSpec', problem) };
  // Servers have text by it in their configurations, which they read again with all rows.
  const stays = pass.rows
    .ownedBy('option-def', ref)
    .some((row) => isConfigured(pass, row.body) && !equalBodies(row.body, body));
  if (!stays) return { value: body };
  const message = `the HAPair has an option of it in spec.${globalsField}.optionData, which servers have as it was: take the option out there, and put it back afterwards`;
  return { rejection: reject('DefinitionInUse', message) };
};

const isConfigured = ({ surroundings: { configured = [] } }: CompilePass, body: OptionDefBody): boolean =>
  configured.some(({ kind, key }) => kind === 'option-def' && key === optionDefKey(body));

/** What an OptionDefinition, or a ClientClass of an option, says. */
export const definitionOf = (
  family: Family,
  {
    code,
    space = family.optionSpace,
    type,
    recordTypes,
    encapsulate,
    array,
  }: Omit<OptionDefinitionSpec, 'haPairRef' | 'ipFamily' | 'name'>,
  name: string,
): OptionDefBody =>
  canonicalOptionDef({
    name,
    code,
    space,
    type,
    'record-types': recordTypes?.join(', '),
    encapsulate,
    ...(array ? { array } : {}),
  });
