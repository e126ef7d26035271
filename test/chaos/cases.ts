/** THE table of cases. */
import type { Case } from './case.ts';
import { allPower } from './cases/allPower.ts';
import { changes } from './cases/changes.ts';
import { clientsAndPeople } from './cases/clientsAndPeople.ts';
import { processes } from './cases/processes.ts';
import { rollouts } from './cases/rollouts.ts';
import { seenBefore } from './cases/seenBefore.ts';
import { things } from './cases/things.ts';
import { twoAtOnce } from './cases/twoAtOnce.ts';
import { withoutDatabase } from './cases/withoutDatabase.ts';

export const CASES: readonly Case[] = [
  ...processes,
  ...things,
  ...withoutDatabase,
  ...twoAtOnce,
  ...seenBefore,
  ...clientsAndPeople,
  ...changes,
  ...rollouts,
  ...allPower,
];

/** @throws Error for a name that is none, with those that resemble it. */
export const caseNamed = (name: string): Case => {
  const one = CASES.find((candidate) => candidate.name === name);
  if (one !== undefined) return one;
  const similar = CASES.filter((candidate) => candidate.name.includes(name)).map(
    (candidate) => `\n  ${candidate.name}`,
  );
  throw new Error(`no case "${name}"${similar.length > 0 ? `; there are:${similar.join('')}` : ''}`);
};
