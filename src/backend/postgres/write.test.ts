import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { host, network, subnet } from '../../../test/support/rows.ts';
import { DHCPV4 } from '../../kea/dhcpv4.ts';
import { hostKey, type Item, type SubnetBody } from '../../kea/state.ts';
import type { Change } from '../../plan/plan.ts';
import { BackendRefused } from '../backend.ts';
import type { Session } from './connection.ts';
import { writeChanges } from './write.ts';

const refusal = (code: string, message = 'value too long'): pg.DatabaseError => {
  const error = new pg.DatabaseError(message, 0, 'error');
  error.code = code;
  return error;
};

/** A session that remembers what a transaction has written, and fails for statements with values of which `judge` says so. */
const session = (judge: (values: string) => Error | undefined) => {
  const written: string[] = [];
  const savepoints: number[] = [];
  let statements = 0;
  const made: Session = {
    query: () => Promise.resolve([]),
    rows: () => Promise.resolve([]),
    run: (sql, values = []) => {
      statements++;
      if (sql.startsWith('SAVEPOINT')) savepoints.push(written.length);
      else if (sql.startsWith('RELEASE')) savepoints.pop();
      else if (sql.startsWith('ROLLBACK TO')) written.length = savepoints.pop() ?? 0;
      else if (
        /^\s*WITH made AS \(\s*INSERT INTO dhcp4_(subnet|shared_network) /.test(sql) ||
        sql.includes('INSERT INTO hosts')
      ) {
        const text = String(values[0]);
        const error = judge(text);
        if (error) return Promise.reject(error);
        for (const [, name = ''] of text.matchAll(/"(?:subnet_prefix|name|identifier)":"([^"]*)"/g)) written.push(name);
      }
      return Promise.resolve(values.length === 0 ? 0 : 1);
    },
    taken: 0,
  };
  return { made, written, savepoints, statements: () => statements };
};

const prefix = (n: number): string => `10.${n >> 8}.${n & 255}.0/24`;
const creation = (item: Item<SubnetBody>): Change => ({ kind: 'subnet', op: 'create', key: item.body.id, item });
const subnets = (count: number): readonly Change[] =>
  Array.from({ length: count }, (_, n) => creation(subnet(n + 1, prefix(n))));
const write = async (changes: readonly Change[], judge: (values: string) => Error | undefined) => {
  const { made, written, savepoints, statements } = session(judge);
  const error: unknown = await writeChanges({ session: made, family: DHCPV4, serverId: 1 }, changes).catch(
    (caught: unknown) => caught,
  );
  return { error, written, savepoints, statements: statements() };
};
const names =
  (...bad: readonly string[]) =>
  (values: string) =>
    bad.some((name) => values.includes(`"${name}"`)) ? refusal('22001') : undefined;
const refusedIn = (error: unknown): readonly unknown[] =>
  error instanceof BackendRefused ? [...error.refused].map(([{ key }, words]) => [key, words]) : [];

describe('changes that a database does not take', () => {
  it('are none, and each batch is one statement over many rows', async () => {
    const { error, written, savepoints, statements } = await write(subnets(3_000), () => undefined);
    expect([error, written.length, savepoints]).toEqual([undefined, 3_000, []]);
    expect(statements).toBeLessThan(10);
  });

  it('are found by halving, with the words of each, and the others of the batch are tried beside each other', async () => {
    const { error, written, savepoints, statements } = await write(subnets(2_000), names(prefix(7), prefix(1_234)));
    expect(refusedIn(error)).toEqual([
      [8, 'value too long'],
      [1_235, 'value too long'],
    ]);
    expect((error as Error).message).toBe('2 of 2000 rows: value too long');
    expect([written.length, savepoints]).toEqual([1_998, []]);
    expect(statements).toBeLessThan(200);
  });

  it('keep what comes after them from being tried, as it may hang on them', async () => {
    const campus = network('campus');
    const guest = host(1, '02005e100001');
    const changes: readonly Change[] = [
      { kind: 'network', op: 'create', key: 'campus', item: campus },
      ...subnets(3),
      { kind: 'host', op: 'create', key: hostKey(guest.body), item: guest },
    ];
    const { error, written } = await write(changes, names('campus', '02005e100001'));
    expect(refusedIn(error)).toEqual([['campus', 'value too long']]);
    expect(written).toEqual([]);
  });

  it('are found some at a time where there are too many', async () => {
    const { error, statements } = await write(subnets(2_000), () => refusal('23514', 'none at all'));
    expect(refusedIn(error).length).toBeGreaterThan(100);
    expect(statements).toBeLessThan(5_000);
  });

  it('are none where the halves are taken: together they were too long', async () => {
    const { error, written } = await write(subnets(8), (values) =>
      values.length > 2_000 ? refusal('54000') : undefined,
    );
    expect([error, written.length]).toEqual([undefined, 8]);
  });

  it.each([
    ['a connection that broke', new Error('Connection terminated unexpectedly')],
    ['a database that shuts down', refusal('57P01')],
    ['somebody else who writes', refusal('40001')],
    ['a table that is missing', refusal('42P01')],
    ['a fault of our own', new TypeError('undefined is not a function')],
  ])('are not blamed for %s', async (_, fault) => {
    const { error, statements } = await write(subnets(100), () => fault);
    expect(error).toBe(fault);
    expect(statements).toBeLessThan(5);
  });

  it.each(['21000', '22021', '22P05', '23505', '23514', '27000', '44000', '54001', 'P0001'])(
    'are so by SQLSTATE %s',
    async (code) => {
      const { error } = await write(subnets(2), (values) => (values.includes(prefix(1)) ? refusal(code) : undefined));
      expect(refusedIn(error)).toEqual([[2, 'value too long']]);
    },
  );
});
