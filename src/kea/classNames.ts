/** The client classes that rows name. A class that is not there has no clients, so that it matters what for. */
import { membersIn } from './classTokens.ts';
import type { OptionData } from './state.ts';

/** What of rows names classes. */
interface Naming {
  readonly 'client-classes'?: readonly string[];
  readonly 'evaluate-additional-classes'?: readonly string[];
  readonly 'option-data'?: readonly OptionData[];
  readonly pools?: readonly Naming[];
  readonly 'pd-pools'?: readonly Naming[];
  readonly test?: string;
  readonly 'template-test'?: string;
}

/** Names of classes, more than once where they are named so. */
export interface ClassNames {
  /** Whose clients something is for, be it an option, or that a test asks for. */
  readonly guards: readonly string[];
  /** To be looked at once clients have their subnet. */
  readonly additional: readonly string[];
}

export const NO_CLASSES: ClassNames = { guards: [], additional: [] };

/** By a row of any kind but a reservation, whose classes are those that it gives. */
export const classesNamedBy = (row: Naming): ClassNames => {
  const levels: readonly Naming[] = [row, ...(row.pools ?? []), ...(row['pd-pools'] ?? [])];
  const guards = levels.flatMap((level) => [
    ...(level['client-classes'] ?? []),
    ...(level['option-data'] ?? []).flatMap((option) => option['client-classes'] ?? []),
    ...[level.test, level['template-test']].flatMap((test) => membersIn(test ?? '')),
  ]);
  const additional = levels.flatMap((level) => level['evaluate-additional-classes'] ?? []);
  return guards.length + additional.length === 0 ? NO_CLASSES : { guards, additional };
};
