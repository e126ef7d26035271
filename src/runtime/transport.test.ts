import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  answerJson,
  failure,
  type Handler,
  type HttpAnswers,
  startHttpAnswers,
} from '../../test/support/httpAnswers.ts';
import { createKubeClient, type KubeClient } from './client.ts';
import { createConnection } from './connection.ts';
import { ConnectionError } from './errors.ts';
import type { Resource } from './resource.ts';

const WIDGETS: Resource = { group: 'example.com', version: 'v1', plural: 'widgets', kind: 'Widget', namespaced: true };
const ball = { namespace: 'nursery', name: 'ball' };
const object = (name: string): object => ({ metadata: { name } });

let server: HttpAnswers;
let client: KubeClient;

beforeEach(async () => {
  server = await startHttpAnswers();
  client = createKubeClient({ connection: createConnection({ load: () => server.kubeConfig() }), timeoutMs: 4_000 });
});

afterEach(async () => {
  await client.close();
  await server.close();
});

describe('a call is tried again', () => {
  /** Refuses the first calls. */
  const refuse = (times: number, status: number, headers: Record<string, string> = {}): Handler => {
    let left = times;
    return (_, response) => {
      if (left-- > 0) answerJson(response, status, failure(status, 'NotNow'), headers);
      else answerJson(response, 200, object('ball'));
    };
  };
  it('after a 429 as late as the server asks, whatever the verb', async () => {
    server.handler = refuse(1, 429, { 'retry-after': '1' });
    const started = performance.now();
    await client.create(WIDGETS, { metadata: ball });
    expect(performance.now() - started).toBeGreaterThan(990);
    expect(server.seen).toHaveLength(2);
  });

  it('after a 503 if doing it twice does no harm', async () => {
    server.handler = refuse(2, 503);
    await client.apply(WIDGETS, { metadata: ball }, { fieldManager: 'me' });
    expect(server.seen).toHaveLength(3);
  });

  const once: { because: string; call: () => Promise<unknown>; status: number }[] = [
    {
      because: 'a creation that the server may have done',
      call: () => client.create(WIDGETS, { metadata: ball }),
      status: 503,
    },
    { because: 'a JSON patch, which may append', call: () => client.patch(WIDGETS, ball, []), status: 503 },
    { because: 'an inner error', call: () => client.get(WIDGETS, ball), status: 500 },
    { because: 'a conflict', call: () => client.get(WIDGETS, ball), status: 409 },
  ];
  it.each(once)('but not $because', async ({ call, status }) => {
    server.handler = refuse(1, status);
    await expect(call()).rejects.toMatchObject({ status });
    expect(server.seen).toHaveLength(1);
  });

  it('four times in all', async () => {
    server.handler = refuse(99, 503);
    await expect(client.get(WIDGETS, ball)).rejects.toMatchObject({ status: 503 });
    expect(server.seen).toHaveLength(4);
  });

  it('but not when the server asks for more time than a call has', async () => {
    server.handler = refuse(1, 429, { 'retry-after': '60' });
    await expect(client.get(WIDGETS, ball)).rejects.toMatchObject({ status: 429, retryAfterSeconds: 60 });
    expect(server.seen).toHaveLength(1);
  });

  it('once when the connection breaks', async () => {
    let first = true;
    server.handler = (_, response) => {
      if (first) response.destroy();
      else answerJson(response, 200, object('ball'));
      first = false;
    };
    await client.get(WIDGETS, ball);
    expect(server.seen).toHaveLength(2);
  });

  it('but not a creation whose connection breaks', async () => {
    server.handler = (_, response) => {
      response.destroy();
    };
    await expect(client.create(WIDGETS, { metadata: ball })).rejects.toBeInstanceOf(ConnectionError);
    expect(server.seen).toHaveLength(1);
  });

  it('until its time is up', async () => {
    server.handler = refuse(99, 429, { 'retry-after': '1' });
    const call = client.raw({ method: 'GET', path: '/x', timeoutMs: 1_500 });
    await expect(call).rejects.toMatchObject({ name: 'ConnectionError', reason: 'Timeout' });
    expect(server.seen).toHaveLength(2);
  });

  it('ends when the caller aborts, with the reason of that', async () => {
    server.handler = async (_, response) => {
      await pause(2_000);
      response.end();
    };
    const stop = new AbortController();
    const call = client.get(WIDGETS, ball, { signal: stop.signal });
    setTimeout(() => {
      stop.abort(new Error('enough'));
    }, 50);
    await expect(call).rejects.toThrow('enough');
    await expect(client.get(WIDGETS, ball, { signal: stop.signal })).rejects.toThrow('enough');
  });

  it('ends when the answer hangs in the middle', async () => {
    server.handler = (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"metadata":');
    };
    await expect(client.get(WIDGETS, ball, { timeoutMs: 200 })).rejects.toMatchObject({ reason: 'Timeout' });
  });
});
