/** What a server's configuration refers to that rows have. */
import type { Family } from '../../kea/family.ts';
import { contentOf } from '../../kea/json.ts';
import type { RowRef } from '../../kea/kinds.ts';
import { optionRules } from '../../kea/optionTable.ts';
import { type ClassDefinition, type OptionData, type OptionDefKey, optionDefKey } from '../../kea/state.ts';
import type { ServerConfig } from './digest.ts';

/** The definitions in a configuration that are not those that every server of the family has. */
export const definitionsBeside = (family: Family, definitions: unknown): readonly ClassDefinition[] => {
  const common = new Set<OptionDefKey>(optionRules(family).own.map(optionDefKey));
  return (definitions as readonly ClassDefinition[]).filter((one) => !common.has(optionDefKey(one)));
};

/** The definitions and classes that the options of a server's configuration are of, and for. */
export const referencesIn = (family: Family, config: ServerConfig): readonly RowRef[] => {
  const { 'option-def': definitions = [], 'option-data': options = [] } = contentOf(family, config) as {
    readonly 'option-def'?: readonly ClassDefinition[];
    readonly 'option-data'?: readonly OptionData[];
  };
  const classes = options.flatMap(({ 'client-classes': names = [] }) => names);
  return [
    ...definitionsBeside(family, definitions).map((one) => ({ kind: 'option-def', key: optionDefKey(one) }) as const),
    ...classes.map((key) => ({ kind: 'class', key }) as const),
  ];
};
