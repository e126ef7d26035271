/** What the options of a pair may refer to, which its servers' configurations are made with before its rows are read. */
import { globalsFieldOf } from '../api/families.ts';
import { createCompileMemory } from '../compile/memory.ts';
import { equalBodies } from '../kea/canonical.ts';
import { parseGlobalOptions } from '../kea/globalOptions.ts';
import type { OptionInput } from '../kea/options.ts';
import type { PairReferable } from '../workload/bootstrap/config.ts';
import type { PassContext } from './context.ts';
import { judgeWithoutRows } from './judgeUnserved.ts';

/** By the rows as the last pass left them; in the first one by the objects alone. Undefined: the pair has no options. */
export const referableOf = async (pass: PassContext): Promise<PairReferable | undefined> => {
  const { facts } = pass.memory.rows.compile;
  if (facts) return { known: facts.known, knowsClass: facts.knowsClass, isProven: true };
  if (optionsIn(pass).length === 0) return undefined;
  const memory = createCompileMemory();
  await judgeWithoutRows(pass, memory);
  return memory.facts && { known: memory.facts.known, knowsClass: memory.facts.knowsClass, isProven: false };
};

/** Whether the configurations come out otherwise by the rows as they are now. */
export const isOutdated = (pass: PassContext, used: PairReferable | undefined): boolean => {
  const { facts } = pass.memory.rows.compile;
  const options = optionsIn(pass);
  if (facts === undefined || used === undefined || options.length === 0) return false;
  if (used.isProven && used.known === facts.known && used.knowsClass === facts.knowsClass) return false;
  return !used.isProven || !equalBodies(parseGlobalOptions(used, options, ''), parseGlobalOptions(facts, options, ''));
};

const optionsIn = ({ draft: { snapshot } }: PassContext): readonly OptionInput[] =>
  'spec' in snapshot.spec ? (snapshot.spec.spec[globalsFieldOf(snapshot.family)].optionData ?? []) : [];
