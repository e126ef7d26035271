/** Sessions with PostgreSQL, and what becomes of them when something breaks; an `error` that nobody hears would fail this run. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type SessionSettings, withSession } from '../../src/database/client.ts';
import { faultOf } from '../../src/database/errors.ts';
import { type DatabasePool, openPool } from '../../src/database/pool.ts';
import type { DatabaseTarget } from '../../src/database/target.ts';
import { message, startFalsePostgres } from '../support/falsePostgres.ts';
import { startPostgres, type TestDatabase, type TestPostgres } from '../support/postgres.ts';
import { randomFrom } from '../support/random.ts';
import { until } from '../support/run.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcpProxy.ts';

const SETTINGS: SessionSettings = { application: 'pool test', connectMs: 3_000, statementMs: 1_500 };

let server: TestPostgres;
let database: TestDatabase;
let proxy: TcpProxy;
let pool: DatabasePool;
let idleErrors: Error[];

beforeAll(async () => {
  server = await startPostgres();
  database = await server.database('empty');
});
afterAll(async () => {
  await database.drop();
  await server.stop();
});
beforeEach(async () => {
  proxy = await startTcpProxy(server.port);
  idleErrors = [];
  pool = openPool(through(), { ...SETTINGS, sessions: 2, onIdleError: (error) => idleErrors.push(error) });
});
afterEach(async () => {
  await pool.close();
  await proxy.close();
});

const through = (): DatabaseTarget => ({ ...database.target, port: proxy.port });
const ask = (sql = 'SELECT 1 AS one') => pool.use((client) => client.query<{ one: number }>(sql));
const caught = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'no error',
    (error: unknown) => error,
  );

describe('a session', () => {
  it('that breaks while nobody uses it is told of, and replaced', async () => {
    await ask();
    proxy.cut();
    await until('the loss', 5, () => Promise.resolve(idleErrors.length > 0), 10);
    expect((await ask()).rows).toEqual([{ one: 1 }]);
  });

  it('that breaks between two queries fails the second', async () => {
    const error = await caught(
      pool.use(async (client) => {
        await client.query('SELECT 1');
        proxy.cut();
        await until('the loss', 5, () => Promise.resolve(proxy.connections === 0), 10);
        return client.query('SELECT 1');
      }),
    );
    expect(faultOf(error)).toBe('Unavailable');
    expect((await ask()).rows).toEqual([{ one: 1 }]);
  });

  it('is used again after an error of a statement, and not after one of the connection', async () => {
    const pid = async (): Promise<unknown> => (await ask('SELECT pg_backend_pid() AS one')).rows[0]?.one;
    const before = await pid();
    expect(faultOf(await caught(ask('SELECT 1 / 0')))).toBe('Refused');
    expect(await pid()).toBe(before);
    expect(faultOf(await caught(ask('SELECT pg_terminate_backend(pg_backend_pid())')))).toBe('Unavailable');
    expect(await pid()).not.toBe(before);
  });

  it('that falls silent fails its query in time, and is thrown away', async () => {
    await ask();
    proxy.freeze();
    const started = performance.now();
    expect(faultOf(await caught(ask()))).toBe('Unavailable');
    expect(performance.now() - started).toBeLessThan(3_500);
    proxy.thaw();
    expect((await ask()).rows).toEqual([{ one: 1 }]);
  });

  it('of its own ends in time, too, with a server that has fallen silent', async () => {
    const started = performance.now();
    await withSession(through(), SETTINGS, () => {
      proxy.freeze();
      return Promise.resolve();
    });
    expect(performance.now() - started).toBeLessThan(3_000);
  });
});

describe('a caller who gives up', () => {
  it('hears so at once, in the middle of a query, and the server stops it', async () => {
    const abort = new AbortController();
    const reason = new Error('enough');
    const sleeping = pool.use((client) => client.query('SELECT pg_sleep(60)'), abort.signal);
    const asleep = async (): Promise<boolean> =>
      (await database.query("SELECT 1 FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)'")).length > 0;
    await until('the query', 5, asleep, 10);
    abort.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
    expect((await ask()).rows).toEqual([{ one: 1 }]);
  });

  it('hears so at once while it is connected, and takes no session from others', async () => {
    const reason = new Error('enough');
    // More often than there are sessions: one that nobody gave back would be missing.
    for (let round = 0; round < 3; round++) {
      const abort = new AbortController();
      const asked = pool.use((client) => client.query('SELECT 1'), abort.signal);
      setImmediate(() => {
        abort.abort(reason);
      });
      await expect(asked).rejects.toBe(reason);
    }
    const answers = await Promise.all([ask(), ask(), ask()]);
    expect(answers.map(({ rows }) => rows)).toEqual(Array(3).fill([{ one: 1 }]));
  });

  it('ends a session of its own', async () => {
    const abort = new AbortController();
    const reason = new Error('enough');
    const sleeping = withSession(
      through(),
      SETTINGS,
      (client) => {
        setTimeout(() => {
          abort.abort(reason);
        }, 50);
        return client.query('SELECT pg_sleep(1)');
      },
      abort.signal,
    );
    await expect(sleeping).rejects.toBe(reason);
  });
});

/** Whoever writes a HAPair names the server: what that says must not end the process of all pairs, nor keep it busy for ever. */
describe('a server that is none', () => {
  const negative = Buffer.from([0xff, 0xff]);
  const cases: readonly (readonly [string, Buffer])[] = [
    ['a row of minus one values', message('D', negative)],
    ['a description of minus one columns', message('T', negative)],
    ['a login of a kind that there is not', message('R', '\0\0\0\u0063')],
    ['a login that is too short', message('R')],
    ['an error without an end', message('E', 'Mnever')],
    ['a notice without an end', message('N', 'M')],
    ['a message of gigabytes', message('D', '', 0xffffffff)],
    ['a message that is shorter than its header', message('Z', '', 0)],
    ['a message of no known kind', message('!', 'what')],
    ['a row out of pass', message('D', '\0\0')],
    ['HTTP', Buffer.from('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n')],
    ['nothing', Buffer.alloc(0)],
  ];

  it.each(cases.flatMap(([name, words]) => (['login', 'query'] as const).map((at) => [name, at, words] as const)))(
    'and answers with %s to a %s is unavailable',
    async (_, at, words) => {
      const impostor = await startFalsePostgres(at, words);
      const other = openPool({ ...database.target, port: impostor.port }, { ...SETTINGS, sessions: 1 });
      const error = await caught(other.use((client) => client.query('SELECT 1')));
      expect(error).toBeInstanceOf(Error);
      expect(faultOf(error)).toBe('Unavailable');
      await other.close();
      await impostor.close();
    },
  );

  it('and talks at random breaks nothing', async () => {
    const random = randomFrom(7);
    const types = 'RZTDCESNKAt12nsIGHdc3VW';
    for (let round = 0; round < 60; round++) {
      const words = Buffer.concat(
        Array.from({ length: 1 + random.below(4) }, () => {
          const body = Buffer.from(Array.from({ length: random.below(40) }, () => random.below(256)));
          return message(types[random.below(types.length)] ?? 'Z', body);
        }),
      );
      const impostor = await startFalsePostgres(round % 2 === 0 ? 'login' : 'query', words);
      const other = openPool({ ...database.target, port: impostor.port }, { ...SETTINGS, sessions: 1 });
      await caught(other.use((client) => client.query('SELECT 1')));
      await other.close();
      await impostor.close();
    }
  });
});
