import { Pool } from 'undici';
import { z } from 'zod';
import { orAborted } from '../runtime/clock.ts';
import { KeaRefused, KeaUnreachable } from './client.ts';
import type { KeaClient, KeaEndpoint } from './client.ts';
import { ANSWERS } from './commands.ts';
import type { CommandName, Commands } from './commands.ts';

export interface ConnectOptions {
  /** How long an ordinary command may take, in ms. Kea does one at a time: the wait for a running pull is part of it. */
  readonly timeoutMs?: number;
  /** How long a command may take whose work grows with the number of subnets or leases, in ms: 50,000 of them take Kea 5 to 10 s. */
  readonly slowTimeoutMs?: number;
  /** How long a question of that kind may take after one that got no answer, until one gets an answer, in ms. */
  readonly hungTimeoutMs?: number;
}

const SLOW: ReadonlySet<CommandName> = new Set<CommandName>([
  'config-get',
  'config-set',
  'config-test',
  'config-backend-pull',
  'lease4-get-all',
  'ha-sync',
]);

/** What the server does to the end whatever becomes of the caller, who has to know how it ends. */
const DEEDS: ReadonlySet<CommandName> = new Set<CommandName>(['config-set', 'ha-sync']);

/** Kea closes idle connections after 30 s: ours are given up well before, so that no command meets a closing one. */
const KEEP_ALIVE_MS = 10_000;

/** After so long without a packet the kernel asks for a sign of life, every second (libuv): a machine that is gone is known in 11 s, however long its answer may take. */
const PROBE_AFTER_MS = 1000;

/** Over HTTP every answer is a list of one. */
const envelope = z.tuple([
  z.object({ result: z.number(), text: z.string().optional(), arguments: z.unknown().optional() }),
]);

/**
 * The control channel of one server over HTTPS: our certificate, basic authentication, and the server's certificate checked against the
 * endpoint's CA and address. Connections are kept; nothing is sent before the first call, and nothing is sent twice.
 */
export function connectKea(endpoint: KeaEndpoint, options: ConnectOptions = {}): KeaClient {
  const { timeoutMs = 10_000, slowTimeoutMs = 120_000, hungTimeoutMs = 5_000 } = options;
  const { origin, pathname } = new URL(endpoint.url);
  const pool = new Pool(origin, {
    connections: 4,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    // The time limit of a call is its signal.
    headersTimeout: 0,
    bodyTimeout: 0,
    // Kea's listener asks for a client certificate but names no session context: OpenSSL then fails every resumed TLS session.
    connect: {
      ...endpoint.tls,
      rejectUnauthorized: true,
      timeout: timeoutMs,
      maxCachedSessions: 0,
      keepAliveInitialDelay: PROBE_AFTER_MS,
    },
  });
  /** The last slow question got no answer: the next is not waited for so long, as the partner may be waiting for its turn. */
  let hung = false;
  const limitOf = (command: CommandName): number => {
    if (!SLOW.has(command)) return timeoutMs;
    return hung && !DEEDS.has(command) ? hungTimeoutMs : slowTimeoutMs;
  };
  const { user, password } = endpoint.auth;
  const headers = {
    'content-type': 'application/json',
    authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
  };
  const unreachable = (command: string, why: string): KeaUnreachable =>
    new KeaUnreachable(`${endpoint.name}: ${command}: ${why}`);

  const send = async (command: CommandName, args: unknown, signal?: AbortSignal): Promise<unknown> => {
    const limitMs = limitOf(command);
    const limit = AbortSignal.timeout(limitMs);
    const begin = performance.now();
    const either = signal ? AbortSignal.any([signal, limit]) : limit;
    try {
      const body = JSON.stringify({ command, arguments: args });
      const request = pool.request({ method: 'POST', path: pathname, headers, body, signal: either });
      // undici ends a request that waits for a connection only once that is there, or has failed.
      const response = await orAborted(request, either);
      if (response.statusCode === 200) {
        const answer = await response.body.json();
        if (SLOW.has(command)) hung = false;
        return answer;
      }
      await response.body.dump();
      throw unreachable(command, `HTTP status ${response.statusCode}`);
    } catch (error) {
      // Whoever gave up: the caller may have had less time than this.
      if (SLOW.has(command) && performance.now() - begin >= hungTimeoutMs) hung = true;
      signal?.throwIfAborted();
      if (error instanceof KeaUnreachable) throw error;
      throw unreachable(command, limit.aborted ? `no answer within ${limitMs} ms` : reasonOf(error));
    }
  };

  return {
    name: endpoint.name,
    async call<C extends CommandName>(command: C, args: Commands[C]['args'], signal?: AbortSignal) {
      const received = await send(command, args, signal);
      const answer = envelope.safeParse(received);
      if (!answer.success) throw unreachable(command, 'the answer is not one of Kea');
      const [{ result, text = '', arguments: content }] = answer.data;
      if (result !== 0 && result !== 3) {
        throw new KeaRefused(command, result, withoutSecrets(withoutStatement(text), args, password));
      }
      const parsed = ANSWERS[command].safeParse(result === 3 ? undefined : (content ?? {}));
      if (!parsed.success) throw new KeaRefused(command, result, `unexpected answer: ${z.prettifyError(parsed.error)}`);
      return parsed.data as Commands[C]['answer'];
    },
    close: () => pool.close(),
  };
}

/** The error's own words: undici wraps several attempts at connecting into one error without any. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? error.message : 'unknown error';
}

/** Kea's text without the SQL of two thousand letters that a failed pull quotes. */
const withoutStatement = (text: string): string => text.replace(/\.? Statement is <.*$/s, '');

/** Kea's text with everything blotted out that was sent as a password or secret. */
function withoutSecrets(text: string, args: unknown, password: string): string {
  const secrets = new Set([password]);
  const collect = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (typeof inner === 'string' && /^(password|secret)$/.test(key)) secrets.add(inner);
      else collect(inner);
    }
  };
  collect(args);
  return [...secrets].filter((secret) => secret !== '').reduce((said, secret) => said.replaceAll(secret, '***'), text);
}
