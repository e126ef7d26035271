/** PURE: whether a trial went as its case says. */
import { allowed, type Case, EQUAL, type Equal, READY } from './case.ts';
import type { Shape } from './shapes.ts';

/** What was measured in one trial. Figures in seconds. */
export interface Measured {
  /** The longest silence of any client, and whose it was. */
  readonly silence: number;
  readonly silentClient?: string;
  /** What the status had to say, and when it said so; without a time it did not within fifteen seconds. */
  readonly said: readonly { readonly saying: string; readonly after?: number; readonly instead?: string }[];
  /** When all was well after everything was undone; undefined: never. */
  readonly ready?: number;
  /** What was not well by then. */
  readonly complaints: readonly string[];
  /** What the status said while it called a silent pair Ready. */
  readonly lie?: string;
  readonly differences: Readonly<Record<Equal, readonly string[]>>;
  readonly operatorEnded: boolean;
  /** Known clients whose address changed: told, not judged. */
  readonly moved: readonly string[];
  /** Of the alerts of the chart, what went another way than the case says. */
  readonly alerts: readonly string[];
  /** Why the trial could not be carried out. */
  readonly error?: string;
  /** How long it took with its preparations. */
  readonly took: number;
}

const some = (lines: readonly string[]): string =>
  `${lines.slice(0, 3).join('; ')}${lines.length > 3 ? `; and ${lines.length - 3} more` : ''}`;

const WORDS: Readonly<Record<Equal, string>> = {
  leases: 'leases differ',
  rows: 'rows differ',
  ids: 'subnet ids differ',
  addresses: 'addresses given twice',
};

/** What went another way than the case says, in sentences; empty: passed. */
export const problems = (one: Case, shape: Shape, measured: Measured): readonly string[] => {
  const { silence, silentClient = '', said, ready, lie, differences, error } = measured;
  const most = allowed(one, shape) ?? 0;
  const limit = one.ready ?? READY;
  return [
    ...(error === undefined ? [] : [`it could not be carried out: ${error}`]),
    ...(silence > most ? [`silent for ${silence} s (${silentClient}), allowed are ${most} s`] : []),
    ...(silence < (one.least ?? 0) ? [`silent for ${silence} s only: the probe does not measure`] : []),
    ...said.flatMap(({ saying, after, instead }) =>
      after === undefined
        ? [`status did not say ${saying} within 15 s${instead === undefined ? '' : `, but: ${instead}`}`]
        : [],
    ),
    ...(lie === undefined || one.mute === true ? [] : [`status said Ready while clients were silent: ${lie}`]),
    ...(one.ends === true || (ready !== undefined && ready <= limit)
      ? []
      : [
          `not well ${ready === undefined ? 'in the end' : `before ${ready} s`}, allowed are ${limit} s: ${some(measured.complaints)}`,
        ]),
    ...EQUAL.filter((each) => one.except?.includes(each) !== true && differences[each].length > 0).map(
      (each) => `${WORDS[each]}: ${some(differences[each])}`,
    ),
    ...measured.alerts,
    ...(one.operatorStays === true && measured.operatorEnded ? ["the operator's process ended"] : []),
  ];
};
