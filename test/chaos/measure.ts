/** PURE: the figures of a trial, out of its records. */
import {
  difference,
  disagreements,
  duplicates,
  ENDING_MS,
  type Exchange,
  firstLie,
  lost,
  moved,
  type Sample,
  silences,
  type Window,
  worst,
} from './judge.ts';
import { idsGivenTwice, type Snapshot } from './snapshot.ts';
import type { Measured } from './verdict.ts';

export interface Records {
  readonly exchanges: readonly Exchange[];
  readonly samples: readonly Sample[];
  readonly window: Window;
  readonly before: Snapshot;
  /** Undefined: it could not be taken, or there is nothing to compare any more. */
  readonly after: Snapshot | undefined;
}

type Figures = Pick<Measured, 'silence' | 'silentClient' | 'lie' | 'differences' | 'operatorEnded' | 'moved'>;

export const measure = ({ exchanges, samples, window, before, after }: Records): Figures => {
  const found = silences(exchanges, window);
  const silence = worst(found);
  const longest = found.toSorted((a, b) => b.to - b.from - (a.to - a.from))[0];
  const lie = firstLie(samples, found);
  return {
    silence,
    ...(longest === undefined ? {} : { silentClient: longest.client }),
    ...(lie === undefined
      ? {}
      : {
          lie: `${Math.round((lie.at - window.from) / 1000)} s after the fault: ${lie.conditions.map(({ type, status }) => `${type}=${status}`).join(', ')}`,
        }),
    differences: {
      leases: after === undefined ? [] : leaseDifferences(exchanges, before, after, window.to),
      rows: after === undefined ? [] : difference(before.rows, after.rows),
      ids: [
        ...(after === undefined ? [] : difference(before.ids, after.ids)),
        ...idsGivenTwice([before, ...(after === undefined ? [] : [after])]),
      ],
      addresses: duplicates(exchanges),
    },
    operatorEnded: after !== undefined && before.operator !== after.operator,
    moved: moved(exchanges),
  };
};

/** What a server lacks of what was given, and what two servers do not agree on. */
const leaseDifferences = (
  exchanges: readonly Exchange[],
  before: Snapshot,
  after: Snapshot,
  now: number,
): readonly string[] => {
  const earlier = new Set(disagreementsIn(before, exchanges, now));
  return [
    ...[...after.leases].flatMap(([server, own]) =>
      lost(exchanges, own, now + ENDING_MS).map((lease) => `${server} lacks ${lease}`),
    ),
    ...disagreementsIn(after, exchanges, now).filter((line) => !earlier.has(line)),
  ];
};

/** What the servers do not agree on. What an earlier case left counts for nothing in the next. */
const disagreementsIn = ({ leases }: Snapshot, exchanges: readonly Exchange[], now: number): readonly string[] => {
  const [first, ...others] = [...leases];
  return others.flatMap(([server, own]) =>
    disagreements(first?.[1] ?? [], own, exchanges, now).map((line) => `${first?.[0] ?? ''} and ${server}: ${line}`),
  );
};
