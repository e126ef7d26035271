import { describe, expect, it } from 'vitest';
import { pair } from '../../test/support/objects.ts';
import { subnet } from '../../test/support/plans.ts';
import type { Change } from '../plan/plan.ts';
import type { KubeClient } from '../runtime/client.ts';
import { ApiError } from '../runtime/errors.ts';
import { spendPermissions } from './permissions.ts';

const signal = new AbortController().signal;
const NAMES = 'kea-operator.io/allow-removal';
const NUMBER = 'kea-operator.io/allow-mass-deletion';
const goes = (id: number): Change => ({ kind: 'subnet', op: 'remove', key: id, was: subnet(id, `10.0.${id}.0/24`) });
const guard = { removals: 2, because: '' };

interface Case {
  readonly because: string;
  readonly annotations: Record<string, string>;
  readonly changes: readonly Change[];
  /** Ids of vanished rows that were named. */
  readonly allowed?: readonly number[];
  readonly guard?: typeof guard;
  readonly withheld?: readonly Change[];
  readonly left: Record<string, string>;
}

/** The annotations after a patch, which tests what it relies on. */
const spend = async ({ annotations, changes, allowed = [], withheld = [], ...more }: Case, answer?: Error) => {
  const left = new Map(Object.entries(annotations));
  const client: Pick<KubeClient, 'patch'> = {
    patch: (_resource, _at, operations) => {
      if (answer) return Promise.reject(answer);
      for (const operation of operations as readonly { op: string; path: string; value?: string }[]) {
        const name = operation.path.replace('/metadata/annotations/', '').replace('~1', '/');
        if (operation.op === 'test') expect(left.get(name)).toBe(operation.value);
        else if (operation.op === 'remove') left.delete(name);
        else left.set(name, operation.value ?? '');
      }
      return Promise.resolve({} as never);
    },
  };
  const plan = {
    changes,
    withheld: withheld.map((change) => ({ change, why: 'MassDeletionWithheld' as const })),
    ...(more.guard ? { guard: more.guard } : {}),
  };
  const compiled = { allowed: new Set(allowed) } as never;
  await spendPermissions(client, pair({}, { annotations }), { plan, compiled }, { changes }, signal);
  return Object.fromEntries(left);
};

const cases: readonly Case[] = [
  { because: 'a name whose row went', annotations: { [NAMES]: 's1' }, changes: [goes(1)], allowed: [1], left: {} },
  {
    because: 'one of several, by name or by id',
    annotations: { [NAMES]: 's1, s3,2' },
    changes: [goes(1), goes(2)],
    allowed: [1, 2],
    left: { [NAMES]: ' s3' },
  },
  {
    because: 'nothing of a row that was removed for another reason, or was not',
    annotations: { [NAMES]: 's1,s2' },
    changes: [goes(1)],
    allowed: [2],
    left: { [NAMES]: 's1,s2' },
  },
  {
    because: 'the number that let a mass deletion through',
    annotations: { [NUMBER]: '2', other: 'x' },
    changes: [goes(1), goes(2)],
    guard,
    left: { other: 'x' },
  },
  {
    because: 'no number that did not',
    annotations: { [NUMBER]: '3' },
    changes: [goes(1)],
    guard,
    withheld: [goes(2)],
    left: { [NUMBER]: '3' },
  },
  {
    because: 'no number that was not needed',
    annotations: { [NUMBER]: '1' },
    changes: [goes(1)],
    left: { [NUMBER]: '1' },
  },
];

describe('permissions to remove', () => {
  it.each(cases)('are spent with what they were given for: $because', async (one) => {
    expect(await spend(one)).toEqual(one.left);
  });

  it('that were written anew meanwhile are left alone; other failures are the pass’s', async () => {
    const [one] = cases;
    if (one === undefined) throw new Error('no case');
    expect(await spend(one, new ApiError(422, {}, 'PATCH'))).toEqual(one.annotations);
    await expect(spend(one, new ApiError(500, {}, 'PATCH'))).rejects.toThrow('500');
  });
});
