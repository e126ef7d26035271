import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { ApiError } from './errors.ts';
import { createLogger, redact } from './log.ts';

describe('what a log never shows', () => {
  const cases: { because: string; given: object; shown: object }[] = [
    {
      because: 'a password at any depth',
      given: { db: { user: 'kea', password: 'x' } },
      shown: { db: { user: 'kea', password: '[redacted]' } },
    },
    {
      because: 'a header that opens doors',
      given: { headers: { Authorization: 'Bearer x' } },
      shown: { headers: { Authorization: '[redacted]' } },
    },
    {
      because: 'a token under a longer name',
      given: { bearerToken: 'x', accessToken: 'y' },
      shown: { bearerToken: '[redacted]', accessToken: '[redacted]' },
    },
    {
      because: 'what a Secret holds',
      given: { kind: 'Secret', data: { a: 'b' } },
      shown: { kind: 'Secret', data: '[redacted]' },
    },
    {
      because: 'but the names of Secrets',
      given: { secretName: 'kea-db', credentialsSecretRef: { name: 'x' } },
      shown: { secretName: 'kea-db', credentialsSecretRef: { name: 'x' } },
    },
    {
      because: 'and the data of a ConfigMap',
      given: { kind: 'ConfigMap', data: { a: 'b' } },
      shown: { kind: 'ConfigMap', data: { a: 'b' } },
    },
    { because: 'in a list', given: { users: [{ token: 'x' }] }, shown: { users: [{ token: '[redacted]' }] } },
  ];
  it.each(cases)('$because', ({ given, shown }) => {
    expect(redact(given)).toEqual(shown);
  });

  it('is more of a text than eight thousand characters, or what a terminal obeys', () => {
    const { said, stack } = redact({ said: `\u001b[2J${'x'.repeat(100_000)}`, stack: 'a\n    at b' }) as Record<
      string,
      string
    >;
    expect(said).toMatch(/^\\u\{1b\}\[2Jx+…$/);
    expect(said).toHaveLength(8_192);
    expect(stack).toBe('a\n    at b');
    const { message } = redact(new Error('no', { cause: new Error(`\u009b${'y'.repeat(100_000)}`) })) as {
      message: string;
    };
    expect(message).toMatch(/^no: \\u\{9b\}y+…$/);
  });

  it('ends at a depth, so that a circle does too', () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    expect(JSON.stringify(redact(circle))).toContain('[…]');
  });
});

it('writes one JSON object a line, children with their fields, errors with their reason', () => {
  const lines: string[] = [];
  const destination = new Writable({
    write: (chunk: Buffer, _, done) => {
      lines.push(chunk.toString());
      done();
    },
  });
  const log = createLogger({ level: 'info', destination }).child({ key: 'a/1', password: 'x' });
  log.debug({}, 'too quiet');
  log.error({ err: new ApiError(409, { reason: 'Conflict' }, 'PUT /x') }, 'failed');
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'error',
    key: 'a/1',
    password: '[redacted]',
    msg: 'failed',
    err: { type: 'ApiError', message: 'PUT /x: 409 Conflict', reason: 'Conflict' },
  });
});
