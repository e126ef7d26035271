/** What becomes of the database that the operator made for a HAPair when that is deleted. */
import { expect, it } from 'vitest';
import { HAPAIRS } from '../../src/api/resources.ts';
import { encoded, SECRETS } from '../../src/workload/objects.ts';
import { eventually } from '../support/eventually.ts';
import { type Lab, useOperatorBench } from '../support/operatorBench.ts';

const bench = useOperatorBench();

interface Made {
  readonly lab: Lab;
  readonly at: { readonly namespace: string; readonly name: string };
  /** Names of the role and the database, as far as they are there. */
  left(): Promise<readonly string[]>;
  /** Gives the administrator that password. */
  admin(password: string): Promise<void>;
}

let pairs = 0;

/** A pair whose role and database the operator has made, under one name. */
const withDatabase = async (more: object): Promise<Made> => {
  const lab = await bench.lab();
  const { host, port, password } = lab.database.target;
  const name = `kea_made_${++pairs}`;
  const secret = async (called: string, login: Record<string, string>): Promise<void> => {
    const metadata = { namespace: lab.namespace, name: called };
    await bench.server.client.apply(SECRETS, { metadata, data: encoded(login) }, { fieldManager: 'test' });
  };
  const admin = (word: string) => secret('admin', { username: 'postgres', password: word });
  await secret('own', { username: name, password: 'secret' });
  await admin(password);
  const refs = { credentialsSecretRef: { name: 'own' }, adminSecretRef: { name: 'admin' } };
  await lab.createPair({ database: { host, port, name, ...refs }, ...more });
  const left = async (): Promise<readonly string[]> => {
    const sql = `SELECT rolname AS name FROM pg_roles UNION ALL SELECT datname FROM pg_database`;
    return (await lab.database.query<{ name: string }>(sql)).map((row) => row.name).filter((found) => found === name);
  };
  await eventually(async () => {
    expect(await left()).toEqual([name, name]);
  });
  return { lab, at: { namespace: lab.namespace, name: 'office' }, left, admin };
};

const untilGone = async ({ at }: Made): Promise<void> => {
  await eventually(async () => {
    await expect(bench.server.client.get(HAPAIRS, at)).rejects.toThrow('404');
  });
};

it.each<[string, object, number]>([
  ['goes, with its role, where the HAPair says so', { databaseDeletionPolicy: 'Delete' }, 0],
  ['stays where it says nothing of it', {}, 2],
])('it %s', async (_, policy, count) => {
  const made = await withDatabase(policy);
  await bench.server.client.delete(HAPAIRS, made.at);
  await untilGone(made);
  expect(await made.left()).toHaveLength(count);
});

it('holds the HAPair while it cannot be removed, which says why, and lets it go where it is to stay after all', async () => {
  const made = await withDatabase({ databaseDeletionPolicy: 'Delete' });
  await made.admin('wrong');
  await bench.server.client.delete(HAPAIRS, made.at);
  await eventually(async () => {
    expect((await made.lab.pairCondition('BackendReachable'))?.message).toMatch(
      /^the database cannot be removed: .*password authentication failed.*; set databaseDeletionPolicy to Retain to leave it$/,
    );
  });
  await bench.server.client.patch(HAPAIRS, made.at, { spec: { databaseDeletionPolicy: 'Retain' } });
  await untilGone(made);
  expect(await made.left()).toHaveLength(2);
});
