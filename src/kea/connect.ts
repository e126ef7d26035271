/** A connection to the control channel of one Kea server, over HTTP with TLS. */
import { Pool } from 'undici';
import { z } from 'zod';
import { orAborted } from '../runtime/clock.ts';
import { intake, type Portion, type TooMuch, weigh } from '../runtime/intake.ts';
import { type KeaClient, type KeaEndpoint, KeaRefused, KeaUnreachable } from './client.ts';
import { answerOf, type CommandName, type Commands, LARGE_ANSWERS, SLOW } from './commands.ts';
import type { Family } from './family.ts';
import { isUntrusted, strangerAt } from './stranger.ts';
import { legible, withoutPlaces } from './text.ts';

export interface ConnectOptions {
  /** How long an ordinary command may take, in ms. Kea does one at a time: the wait for a running pull is part of it. */
  readonly timeoutMs?: number;
  /** How long a command may take whose work grows with the number of subnets or leases, in ms: 50,000 of them take Kea 5 to 10 s. */
  readonly slowTimeoutMs?: number;
  /** How long a question of that kind may take after one that got no answer, until one gets an answer, in ms. */
  readonly hungTimeoutMs?: number;
}

/** What the server does to the end whatever becomes of the caller, who has to know how it ends. */
const DEEDS: ReadonlySet<CommandName> = new Set<CommandName>(['config-set', 'ha-sync', 'ha-maintenance-start']);

const KIB = 1024;

/** What an answer may take in memory, in bytes (`weigh`): of most commands it is a line or a page. */
const SMALL = 64 * KIB;
/** Kea quotes what it refuses, and what it quotes it escapes: an answer must not be too long for what was sent. */
const QUOTED = 4;

/**
 * HTTP statuses that speak of what was sent, and not of the server: what cannot be read (400, the one that Kea itself gives), or is too long or of a form that
 * a proxy before it does not take. All others tell of who asks (401, 403, 407), of where (404, 405, 3xx), of a server that is not ready (408, 429, 5xx), or
 * are none that Kea gives: then nothing is known of what was sent.
 */
const REFUSALS: ReadonlySet<number> = new Set([400, 413, 414, 415, 422, 431]);

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
export const connectKea = (endpoint: KeaEndpoint, family: Family, options: ConnectOptions = {}): KeaClient => {
  const { timeoutMs = 10_000, slowTimeoutMs = 120_000, hungTimeoutMs = 5_000 } = options;
  const { origin, pathname, hostname: host, port } = new URL(endpoint.url);
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
  const unreachable = (command: string, why: string, stranger?: string): KeaUnreachable =>
    new KeaUnreachable(`${endpoint.name}: ${command}: ${why}`, stranger);

  const send = async (command: CommandName, args: unknown, signal?: AbortSignal): Promise<unknown> => {
    signal?.throwIfAborted();
    const body = rendered(command, args);
    const limitMs = limitOf(command);
    const limit = AbortSignal.timeout(limitMs);
    const begin = performance.now();
    const cut = new AbortController();
    const portion = intake.open(Math.max(LARGE_ANSWERS.get(command) ?? SMALL, SMALL + QUOTED * body.length), (why) => {
      cut.abort(why);
    });
    const any = AbortSignal.any([limit, cut.signal, ...(signal ? [signal] : [])]);
    try {
      const request = pool.request({ method: 'POST', path: pathname, headers, body, signal: any });
      // undici ends a request that waits for a connection only once that is there, or has failed.
      const { statusCode: status, body: answer } = await orAborted(request, any);
      if (status === 200) {
        const text = await textOf(answer, portion);
        if (SLOW.has(command)) hung = false;
        return parsed(text);
      }
      if (REFUSALS.has(status)) {
        const text = await textOf(answer, portion).catch(() => '');
        throw new KeaRefused(command, status, said(refusalOf(status, text), args));
      }
      await answer.dump({ limit: SMALL });
      throw unreachable(command, `HTTP status ${status}`);
    } catch (error) {
      // Whoever gave up: the caller may have had less time than this.
      if (SLOW.has(command) && performance.now() - begin >= hungTimeoutMs) hung = true;
      signal?.throwIfAborted();
      if (error instanceof KeaUnreachable || error instanceof KeaRefused) throw error;
      const why = cut.signal.aborted ? (cut.signal.reason as TooMuch) : error;
      if (limit.aborted) throw unreachable(command, `no answer within ${limitMs} ms`);
      const stranger = isUntrusted(why) ? await strangerAt(host.replace(/^\[|\]$/g, ''), Number(port)) : undefined;
      if (stranger === undefined) throw unreachable(command, legible(reasonOf(why)));
      const whose = legible(stranger);
      throw unreachable(command, `another server answers there, with a certificate for ${whose}`, whose);
    } finally {
      portion.end();
    }
  };

  /** Text of a server as it may be shown: its end cut off, and without any secret. */
  const said = (text: string, args: unknown): string =>
    legible(withoutSecrets(withoutPlaces(withoutStatement(text)), args, password));

  return {
    name: endpoint.name,
    family,
    async call<C extends CommandName>(command: C, args: Commands[C]['args'], signal?: AbortSignal) {
      const received = await send(command, args, signal);
      const answer = envelope.safeParse(received);
      if (!answer.success) throw unreachable(command, 'the answer is not one of Kea');
      const [{ result, text = '', arguments: content }] = answer.data;
      if (result !== 0 && result !== 3) throw new KeaRefused(command, result, said(text, args));
      const read = answerOf(command).safeParse(result === 3 ? undefined : (content ?? {}));
      if (!read.success) {
        throw new KeaRefused(command, result, legible(`unexpected answer: ${z.prettifyError(read.error)}`));
      }
      return read.data as Commands[C]['answer'];
    },
    close: () => pool.close(),
  };
};

/** @throws KeaRefused for what is nested too deep, or too long, to be written as JSON (some 5,000 levels, 512 MB). */
const rendered = (command: CommandName, args: unknown): string => {
  try {
    return JSON.stringify({ command, arguments: args });
  } catch (error) {
    throw new KeaRefused(command, 400, `it cannot be written as JSON: ${reasonOf(error)}`);
  }
};

/** The whole answer, as long as there is room for it; else it is broken off. */
const textOf = async (answer: AsyncIterable<unknown>, portion: Portion): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    portion.take(weigh(chunk));
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
};

/** The words of an error of JSON.parse quote the text, which may hold secrets. */
const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('the answer is not JSON');
  }
};

const refusal = z.object({ text: z.string() });

/** Kea says why in JSON; what a proxy says is a page for people. */
const refusalOf = (status: number, text: string): string => {
  try {
    return `HTTP status ${status}: ${refusal.parse(JSON.parse(text)).text}`;
  } catch {
    return `HTTP status ${status}`;
  }
};

/** The error's own words: undici wraps several attempts at connecting into one error without any. */
const reasonOf = (error: unknown): string => {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? error.message : 'unknown error';
};

/** Kea's text without the SQL of two thousand letters that a failed pull quotes. */
const withoutStatement = (text: string): string => text.replace(/\.? Statement is <.*$/s, '');

/** Kea's text with everything blotted out that was sent as a password or secret. */
const withoutSecrets = (text: string, args: unknown, password: string): string => {
  const secrets = new Set([password]);
  // Without recursion: what was sent may be nested deeply.
  const open: unknown[] = [args];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, inner] of Object.entries(value)) {
      if (typeof inner === 'string' && /^(password|secret)$/.test(key)) secrets.add(inner);
      else if (inner !== undefined) open.push(inner);
    }
  }
  return [...secrets].filter((secret) => secret !== '').reduce((said, secret) => said.replaceAll(secret, '***'), text);
};
