/** Conditions: what they say, and when they change. */
import type { HAPairStatus } from '../api/index.ts';
import type { Reason } from '../api/reasons.ts';
import { at, textAt } from '../compile/objects.ts';
import { equalBodies } from '../kea/canonical.ts';
import { legible } from '../kea/text.ts';

/** metav1.Condition; every kind has the same. */
export type KindCondition = NonNullable<HAPairStatus['conditions']>[number];

/** What a condition is to say. */
export interface Finding {
  readonly status: KindCondition['status'];
  readonly reason: Reason;
  readonly message: string;
}

export const isTrue = (reason: Reason, message: string): Finding => ({ status: 'True', reason, message });
/** Work is under way, or nothing can be said: kstatus and Argo CD show progress. */
export const isUnknown = (reason: Reason, message: string): Finding => ({ status: 'Unknown', reason, message });
/** A real error: Argo CD shows failure, kstatus where the object has Stalled too (kstatus.ts). */
export const isFalse = (reason: Reason, message: string): Finding => ({ status: 'False', reason, message });

/** A condition as an object has it already, whatever its status holds. */
export interface KnownCondition extends Finding {
  readonly lastTransitionTime: string;
  readonly observedGeneration: number | undefined;
}

/** The conditions of an object's status, by type; what is no condition is passed over. */
export const conditionsOf = (status: unknown): ReadonlyMap<string, KnownCondition> => {
  const found = at(status, 'conditions');
  const known = new Map<string, KnownCondition>();
  for (const condition of Array.isArray(found) ? (found as readonly unknown[]) : []) {
    const type = at(condition, 'type');
    if (typeof type === 'string' && isKnown(condition)) known.set(type, condition);
  }
  return known;
};

/** One that the API server would take again: what is known is written anew with what is found. */
const isKnown = (condition: unknown): condition is KnownCondition => {
  const [status, reason, message, time] = ['status', 'reason', 'message', 'lastTransitionTime'].map((key) =>
    at(condition, key),
  );
  return (
    STATUSES.has(status) &&
    typeof reason === 'string' &&
    reason.length <= LONGEST_REASON &&
    typeof message === 'string' &&
    typeof time === 'string' &&
    TIME.test(time)
  );
};
const STATUSES: ReadonlySet<unknown> = new Set(['True', 'False', 'Unknown']);
const LONGEST_REASON = 1024;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;

/** RFC 3339 in whole seconds, as metav1.Time. */
export const timeText = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** The conditions of a status, in the order given. The time moves only when the status does (API conventions). */
export const renderConditions = (
  findings: Readonly<Record<string, Finding>>,
  before: ReadonlyMap<string, KnownCondition>,
  generation: number,
  now: number,
): readonly KindCondition[] => {
  return Object.entries(findings).map(([type, { status, reason, message }]) => {
    const known = before.get(type);
    return {
      type,
      status,
      reason,
      // The API server refuses more. The words of specs and peers are legible already.
      message: legible(message, 32_768),
      lastTransitionTime: known?.status === status ? known.lastTransitionTime : timeText(now),
      observedGeneration: generation,
    };
  });
};

/** Of conditions that come and go: who writes Ready writes these. */
const ABNORMAL = ['Reconciling', 'Stalled'] as const;
export type AbnormalType = (typeof ABNORMAL)[number];

/** Whether a status says already, in the fields that are written, what it is to say. Conditions of other types are another writer's. */
export const saysAlready = (
  status: unknown,
  wanted: Readonly<Record<string, unknown>>,
  fields: readonly string[],
): boolean => {
  return fields.every((field) => {
    const [known, desired] = [at(status, field), wanted[field]];
    if (field !== 'conditions') return equalBodies(known, desired);
    const [of, said] = [byType(desired), byType(known)];
    const types = of.has('Ready') ? [...of.keys(), ...ABNORMAL] : [...of.keys()];
    return types.every((type) => equalBodies(said.get(type), of.get(type)));
  });
};

/** A list that is a map by type: its order means nothing. */
const byType = (conditions: unknown): ReadonlyMap<string, unknown> =>
  new Map(
    (Array.isArray(conditions) ? (conditions as readonly unknown[]) : []).map((condition) => [
      textAt(condition, 'type') ?? '',
      condition,
    ]),
  );
