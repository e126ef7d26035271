/** OptionDefinitions, each by itself and beside the others. */
import type { OptionDefinitionSpec } from '../api/optionDefinition.ts';
import { canonicalOptionDef } from '../kea/canonical.ts';
import { optionDefProblem } from '../kea/definitionRules.ts';
import type { Family } from '../kea/family.ts';
import type { OptionDefBody } from '../kea/state.ts';
import type { DefinitionChild } from './child.ts';
import { compileNamed } from './named.ts';
import type { Checked } from './networkPart.ts';
import { reject } from './objects.ts';
import type { CompilePass } from './pass.ts';

/** Judges the definitions of the pair: before all that have options of them. */
export const compileDefinitions = (pass: CompilePass): void => {
  compileNamed(pass, 'option-def', pass.snapshot.definitions, (child) => checkDefinition(pass, child), {
    whatOf: ({ name, code, space }) => `a definition of option ${name}, or of code ${code}, in the space ${space}`,
    namesOf: ({ name, code, space }) => [`${space} ${code}`, `${space} '${name}'`],
  });
};

const checkDefinition = (
  { facts: { family } }: CompilePass,
  { name, parsed }: DefinitionChild,
): Checked<OptionDefBody> => {
  if ('rejection' in parsed) return parsed;
  const { spec } = parsed;
  const body = definitionOf(family, spec, spec.name ?? name);
  const problem = optionDefProblem(family, body);
  return problem === undefined ? { value: body } : { rejection: reject('InvalidSpec', problem) };
};

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
