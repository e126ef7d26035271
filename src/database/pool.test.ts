/** Servers that send without end, in time or in bytes: whoever writes a HAPair names the server of its database. */
import { afterEach, describe, expect, it } from 'vitest';
import {
  COMPLETE,
  description,
  type EndlessPostgres,
  JSON_TYPE,
  message,
  row,
  startEndlessPostgres,
  TEXT,
} from '../../test/support/falsePostgres.ts';
import { until } from '../../test/support/run.ts';
import { withSession } from './client.ts';
import { faultOf, wordsOf } from './errors.ts';
import { type DatabasePool, openPool } from './pool.ts';
import type { DatabaseTarget } from './target.ts';

const SETTINGS = { application: 'test', connectMs: 1_000, statementMs: 500 };
const MIB = 1024 * 1024;
/** What the kernels of both sides may take of a connection whose end is on its way. */
const ON_THE_WAY = 16 * MIB;

let server: EndlessPostgres;
let pool: DatabasePool;
let idleErrors: Error[];
afterEach(async () => {
  await pool.close();
  await server.close();
});

const targetAt = (port: number): DatabaseTarget => ({
  host: '127.0.0.1',
  port,
  name: 'd',
  user: 'u',
  password: 'p',
  sslMode: 'disable',
});
const serve = async (...script: Parameters<typeof startEndlessPostgres>): Promise<void> => {
  server = await startEndlessPostgres(...script);
  idleErrors = [];
  const target = targetAt(server.port);
  pool = openPool(target, { ...SETTINGS, sessions: 1, onIdleError: (error) => idleErrors.push(error) });
};
const caught = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'no error',
    (error: unknown) => error,
  );
const asked = (allowance?: number): Promise<unknown> =>
  caught(pool.use((session) => session.query('SELECT'), undefined, allowance));
const ended = () => until('the end', 5, () => Promise.resolve(server.ended > 0), 10);

const NOTHING = Buffer.alloc(0);
const TEXTS = description([TEXT, TEXT]);
const TOO_MUCH = 'an answer that takes more than 1 MiB';

describe('a server that answers a query without end is unavailable, and its session is over', () => {
  it.each([
    ['by rows', TEXTS, row('a', 'b'), TOO_MUCH],
    ['by rows that hold nothing', description([]), row(), TOO_MUCH],
    ['by rows of nulls', TEXTS, row(null, null), TOO_MUCH],
    ['by long rows', TEXTS, row('x'.repeat(100_000), ''), TOO_MUCH],
    [
      'by a value that is small as text and great as JSON',
      description([JSON_TYPE]),
      row('{},'.repeat(30_000)),
      TOO_MUCH,
    ],
    ['by a row of two gigabytes', message('D', '', 2 ** 31 - 1), Buffer.from('x'), 'a message of 2147483647 bytes'],
    ['by a row of 20 MB', message('D', '', 20 * MIB), Buffer.from('x'), 'a message of 20971520 bytes'],
    ['by a notice of 20 MB', message('N', '', 20 * MIB), Buffer.from('M'), 'a message of 20971520 bytes'],
    ['by an error of 20 MB', message('E', '', 20 * MIB), Buffer.from('M'), 'a message of 20971520 bytes'],
    ['by notices', TEXTS, message('N', 'Mpatience\0\0'), TOO_MUCH],
    ['by parameters', TEXTS, message('S', 'TimeZone\0UTC\0'), TOO_MUCH],
    ['by notifications', TEXTS, message('A', '\0\0\0\u0001channel\0words\0'), TOO_MUCH],
    ['by descriptions of rows', NOTHING, description(Array<number>(100).fill(TEXT)), TOO_MUCH],
    [
      'by answers to statements that nobody made',
      NOTHING,
      Buffer.concat([TEXTS, message('C', 'SELECT 1\0')]),
      TOO_MUCH,
    ],
  ])('%s', async (_, first, again, says) => {
    await serve('query', first, again);
    const error = await asked();
    expect(faultOf(error)).toBe('Unavailable');
    expect(wordsOf(error)).toContain(says);
    await ended();
    expect(server.sent).toBeLessThan(ON_THE_WAY);
  });

  it('by as many rows as are asked for, and more', async () => {
    await serve('query', TEXTS, row('x'.repeat(100), 'y'));
    const error = await asked(8 * MIB);
    expect(wordsOf(error)).toBe('an answer that takes more than 8 MiB');
    expect(server.sent).toBeLessThan(8 * MIB + ON_THE_WAY);
  });

  it('in a session of its own, too', async () => {
    await serve('query', TEXTS, row('a', 'b'));
    const target = targetAt(server.port);
    const error = await caught(withSession(target, SETTINGS, (session) => session.query('SELECT')));
    expect(wordsOf(error)).toBe(TOO_MUCH);
  });
});

describe('a server that answers a login without end is unavailable', () => {
  const says = 'an answer that takes more than 64 KiB';
  it.each([
    ['by parameters', message('S', 'TimeZone\0UTC\0'), says],
    ['by notices', message('N', 'Mpatience\0\0'), says],
    ['by kinds of passwords to give', message('R', '\0\0\0\u0003'), says],
    ['by rows', row('a', 'b'), says],
    [
      'by mechanisms in one message',
      message('R', `\0\0\0\u000a${'SCRAM-SHA-256\0'.repeat(5_000)}`),
      'a message of 70008 bytes',
    ],
  ])('%s', async (_, again, words) => {
    await serve('login', NOTHING, again);
    const error = await asked();
    expect(faultOf(error)).toBe('Unavailable');
    expect(wordsOf(error)).toContain(words);
    await ended();
    expect(server.sent).toBeLessThan(ON_THE_WAY);
  });
});

it('a server that talks while nobody asks loses the session, and nobody else hears of it', async () => {
  await serve('query', COMPLETE, message('N', 'Mpatience\0\0'), { pauseMs: 50 });
  expect(await asked()).toBe('no error');
  await until('the loss', 5, () => Promise.resolve(idleErrors.length > 0), 10);
  expect(idleErrors.map(wordsOf)).toEqual(['an answer that takes more than 64 KiB']);
  await ended();
});

describe('a server that sends a byte now and then cannot defeat a limit of time', () => {
  it.each([
    ['in answer to a query', 'query', TEXTS, row('x'.repeat(60_000), ''), /timeout/i],
    ['in answer to a login', 'login', NOTHING, message('S', `a\0${'b'.repeat(60_000)}\0`), /timeout/i],
  ] as const)('%s', async (_, at, first, again, says) => {
    await serve(at, first, again, { byteMs: 20 });
    const error = await asked();
    expect(faultOf(error)).toBe('Unavailable');
    expect(wordsOf(error)).toMatch(says);
    await ended();
    expect(server.sent).toBeLessThan(10_000);
  });
});

it('what a server says in an error is one line of bounded length', async () => {
  const said = message('E', `SERROR\0C42601\0M\u001b[2J${'no\n'.repeat(20_000)}\0\0`);
  await serve('query', said, message('Z', 'I'));
  const words = wordsOf(await asked());
  expect(words).toHaveLength(2_000);
  expect(words).toMatch(/^\\u\{1b\}\[2Jno\\nno\\n/);
});
