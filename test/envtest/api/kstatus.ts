/** kstatus itself, which Flux, kapp and Config Sync wait by, says how our objects are. */
import { expect, test } from 'vitest';
import { kinds } from '../../../src/api/index.ts';
import { API_VERSION } from '../../../src/api/kind.ts';
import type { KubeObject } from '../../../src/runtime/object.ts';
import { conditionsOf } from '../../../src/status/conditions.ts';
import type { TestApiServer } from '../../support/apiserver.ts';
import { goldenPasses, goldenReport } from '../../support/golden.ts';
import { binary } from '../../support/postgres.ts';
import { run } from '../../support/run.ts';
import { resourceOf, RIGHT } from './refusal.ts';

interface Judgement {
  readonly status?: 'Current' | 'InProgress' | 'Failed' | 'Terminating';
  readonly message?: string;
  readonly error?: string;
}

const judge = async (objects: readonly object[]): Promise<readonly Judgement[]> =>
  JSON.parse(
    await run(await binary('kstatus-judge'), [], { input: JSON.stringify(objects), timeoutMs: 30_000 }),
  ) as readonly Judgement[];

/** What people would say of an object by its conditions. */
const expected = ({ metadata, status }: KubeObject): Judgement['status'] => {
  if (metadata.deletionTimestamp !== undefined) return 'Terminating';
  const conditions = conditionsOf(status);
  if (conditions.get('Ready')?.status === 'True') return 'Current';
  const parts = ['Accepted', 'Programmed'].map((type) => conditions.get(type)?.status);
  return parts.includes('False') ? 'Failed' : 'InProgress';
};

export const kstatusTests = (server: () => TestApiServer): void => {
  test('what is accepted is Current, what is rejected Failed, and what is under way InProgress: of all golden cases', async () => {
    const objects = goldenPasses().flatMap(([name, , family]) =>
      goldenReport(name, family).statuses.map(({ object, status }) => ({ ...object, apiVersion: API_VERSION, status })),
    );
    const judgements = await judge(objects);
    const told = objects.map((object, index) => {
      const { kind, metadata } = object;
      return { of: `${kind}/${metadata.name}`, is: judgements[index]?.status, message: judgements[index]?.message };
    });
    const wrong = told.filter(({ is }, index) => is !== expected(objects[index] as KubeObject));
    expect(wrong).toEqual([]);
    expect(new Set(told.map(({ is }) => is))).toEqual(new Set(['Current', 'Failed', 'InProgress', 'Terminating']));
  });

  test.each(kinds.map(({ kind }) => kind))(
    'nobody takes a new %s for done before the operator looked',
    async (kind) => {
      const { client } = server();
      const resource = resourceOf(kind);
      const at = { namespace: 'default', name: 'unobserved' };
      const spec = RIGHT[kind as keyof typeof RIGHT];
      const created = await client.create(resource, {
        apiVersion: API_VERSION,
        kind,
        metadata: at,
        spec,
      });
      const read = await client.get(resource, at);
      // Another writer may be there before the one that looks.
      const field = { warningCount: 0 };
      const touched = await client.apply<KubeObject>(
        resource,
        { metadata: at, status: field },
        { fieldManager: 'other', subresource: 'status' },
      );
      expect([created.status, read.status, touched.status]).toEqual([
        { observedGeneration: -1 },
        { observedGeneration: -1 },
        { observedGeneration: -1, ...field },
      ]);
      expect((await judge([created, read, touched])).map(({ status }) => status)).toEqual(Array(3).fill('InProgress'));
      await client.delete(resource, at);
    },
  );
};
