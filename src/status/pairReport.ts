/** What is said of a HAPair: what the pass of each of its families found, as one status. */
import { familyStatusIn } from '../api/families.ts';
import type { HAPair } from '../api/index.ts';
import { textAt } from '../compile/objects.ts';
import { FAMILIES, ipFamilyOf } from '../kea/families.ts';
import type { Family } from '../kea/family.ts';
import {
  conditionsOf,
  type Finding,
  isUnknown,
  type KindCondition,
  type KnownCondition,
  renderConditions,
  saysAlready,
} from './conditions.ts';
import { withKstatus } from './kstatus.ts';
import type { PairFindings } from './pair.ts';
import { type FamilyFields, mergeFields, PAIR_FIELDS } from './pairFields.ts';
import type { StatusWrite } from './types.ts';

/** What the pass of one family has to say of its pair. */
export interface PairReport {
  readonly family: Family;
  /** Of the specification that was looked at. */
  readonly generation: number;
  /** As if there were no other family; undefined: the pair neither serves the family nor has servers of it. */
  readonly findings: PairFindings | undefined;
  /** The same, with the times since when it is so. */
  readonly conditions: readonly KindCondition[];
  readonly fields: FamilyFields;
  /** Nothing of the family belongs to the pair, and none of its rows is to go any more. */
  readonly isEmpty: boolean;
  /** The definition of HAPairs is being deleted, and takes the pair along. */
  readonly isSwept: boolean;
}

/** What the family's conditions were: where it is not alone those of the pair say what is the matter with another one, too. */
export const conditionsBefore = (
  pair: HAPair,
  family: Family,
  reports: readonly PairReport[],
): ReadonlyMap<string, KnownCondition> => {
  const own = reports.find((report) => report.family === family);
  const isAlone = reports.every((report) => report === own || report.findings === undefined);
  return conditionsOf(isAlone || own === undefined ? pair.status : own);
};

/**
 * The status of a pair, where it does not say so already. The conditions are those of the family that is worst, each with its name where there are several.
 * @param awaited Families that have something to say, of which none is known yet.
 */
export const pairStatus = (
  pair: HAPair,
  reports: readonly PairReport[],
  awaited: readonly Family[],
  now: number,
): StatusWrite | undefined => {
  const generation = pair.metadata.generation ?? 0;
  const before = conditionsOf(pair.status);
  // What was found before this process came stands until all have found it again.
  if (awaited.length > 0 && before.size > 0) return undefined;
  const status = {
    observedGeneration: generation,
    conditions: renderConditions(
      withKstatus({ ...mergeFindings(reports, awaited, generation) }),
      before,
      generation,
      now,
    ),
    ...mergeFields(
      pair,
      reports.map(({ family, fields }) => ({ family, fields })),
    ),
  };
  const isSaid = saysAlready(pair.status, status, PAIR_FIELDS) && saysRevisions(pair.status, status);
  return isSaid ? undefined : { object: pair, status };
};

/** Beside them is what another writer has there (publish.ts). */
const saysRevisions = (known: unknown, wanted: unknown): boolean =>
  FAMILIES.every((family) => {
    const [is, shall] = [known, wanted].map((status) => textAt(familyStatusIn(status, family), 'revision'));
    return is === shall;
  });

const WAITED_FOR = isUnknown('Pending', 'not looked at yet');
const STALE = isUnknown('Reconciling', 'the present specification was not looked at yet');

const mergeFindings = (
  reports: readonly PairReport[],
  awaited: readonly Family[],
  generation: number,
): PairFindings => {
  const said = reports.flatMap((report) =>
    report.findings === undefined ? [] : [{ ...report, findings: report.findings }],
  );
  const ofType = (type: keyof PairFindings): readonly FamilyFinding[] => [
    ...said.map(({ family, findings, generation: seen }) => {
      const finding = findings[type];
      const isStale = seen < generation && finding.status === 'True' && said.length > 1;
      return { family, finding: isStale ? STALE : finding };
    }),
    ...awaited.map((family) => ({ family, finding: WAITED_FOR })),
  ];
  const worst = (type: keyof PairFindings): Finding => worstOf(ofType(type));
  return {
    Ready: worst('Ready'),
    WorkloadAvailable: worst('WorkloadAvailable'),
    BackendReachable: worst('BackendReachable'),
    Programmed: worst('Programmed'),
    Synchronized: worst('Synchronized'),
  };
};

interface FamilyFinding {
  readonly family: Family;
  readonly finding: Finding;
}

const BADNESS: Readonly<Record<Finding['status'], number>> = { True: 0, Unknown: 1, False: 2 };

const worstOf = (findings: readonly FamilyFinding[]): Finding => {
  const worst = Math.max(...findings.map(({ finding }) => BADNESS[finding.status]));
  const [first, ...others] = findings
    .filter(({ finding }) => BADNESS[finding.status] === worst)
    .toSorted((a, b) => a.family.version - b.family.version);
  if (first === undefined) return WAITED_FOR;
  if (findings.length === 1) return first.finding;
  // What is said of all of them in the same words is said once.
  if (
    others.length === findings.length - 1 &&
    others.every(({ finding }) => finding.message === first.finding.message)
  ) {
    return first.finding;
  }
  const message = [first, ...others]
    .map(({ family, finding }) => `${ipFamilyOf(family)}: ${finding.message}`)
    .join('; ');
  return { ...first.finding, message };
};
