import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answerJson, failure, type HttpAnswers, startHttpAnswers } from '../../test/support/httpAnswers.ts';
import { createKubeClient, type KubeClient, pages } from './client.ts';
import { createConnection } from './connection.ts';
import { ApiError, ConnectionError } from './errors.ts';
import type { KubeObject } from './object.ts';
import type { Resource } from './resource.ts';

const WIDGETS: Resource = { group: 'example.com', version: 'v1', plural: 'widgets', kind: 'Widget', namespaced: true };
const SECRETS: Resource = { group: '', version: 'v1', plural: 'secrets', kind: 'Secret', namespaced: true };
const ball = { namespace: 'nursery', name: 'ball' };
const BALL = '/apis/example.com/v1/namespaces/nursery/widgets/ball';
const object = (name: string): KubeObject => ({ apiVersion: '', kind: '', metadata: { name, namespace: 'nursery' } });

let server: HttpAnswers;
let directory: string;
let tokenFile: string;
let client: KubeClient;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'client-'));
  tokenFile = join(directory, 'token');
  await writeFile(tokenFile, 'first-token\n');
  server = await startHttpAnswers();
  // A clock that lets the configuration be loaded again at once.
  let ticks = 0;
  const clock = { now: () => 0, monotonic: () => (ticks += 20_000), after: () => () => undefined };
  const load = () => server.kubeConfig('/prefix/', tokenFile);
  client = createKubeClient({ connection: createConnection({ load, clock }), timeoutMs: 2000 });
});

afterEach(async () => {
  await client.close();
  await server.close();
  await rm(directory, { recursive: true });
});

describe('the requests', () => {
  it('go to the path of the object, with the media type of the verb and the identity', async () => {
    server.handler = (_, response) => {
      answerJson(response, 200, object('ball'));
    };
    const write = { fieldManager: 'me', subresource: 'status' };
    await client.get(WIDGETS, ball);
    await client.create(WIDGETS, { metadata: ball });
    await client.apply(WIDGETS, { metadata: ball, status: { ready: true } }, write);
    await client.patch(WIDGETS, ball, { spec: { a: 1 } });
    await client.patch(WIDGETS, ball, [{ op: 'remove', path: '/spec/a' }]);
    await client.replace(WIDGETS, { metadata: ball });
    await client.delete(WIDGETS, ball, { uid: 'u1', propagationPolicy: 'Foreground' });
    const manifest = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: ball };
    expect(
      server.seen.map(({ method, path, type, query, body }) => [
        method,
        path.replace('/prefix', ''),
        type,
        query,
        body,
      ]),
    ).toEqual([
      ['GET', BALL, undefined, {}, undefined],
      ['POST', BALL.replace('/ball', ''), 'application/json', {}, manifest],
      [
        'PATCH',
        `${BALL}/status`,
        'application/apply-patch+yaml',
        { fieldManager: 'me', force: 'true' },
        { ...manifest, status: { ready: true } },
      ],
      ['PATCH', BALL, 'application/merge-patch+json', {}, { spec: { a: 1 } }],
      ['PATCH', BALL, 'application/json-patch+json', {}, [{ op: 'remove', path: '/spec/a' }]],
      ['PUT', BALL, 'application/json', {}, manifest],
      [
        'DELETE',
        BALL,
        'application/json',
        {},
        { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: 'u1' }, propagationPolicy: 'Foreground' },
      ],
    ]);
    expect(new Set(server.seen.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer first-token']));
  });

  it('for a list follow the pages and give every item its type', async () => {
    server.handler = ({ query }, response) => {
      const last = query.continue === 'more';
      const metadata = last ? { resourceVersion: '9' } : { resourceVersion: '9', continue: 'more' };
      answerJson(response, 200, { metadata, items: [object(last ? 'bear' : 'ball')] });
    };
    const items: KubeObject[] = [];
    const options = { limit: 1, namespace: 'nursery', labelSelector: 'a=b' };
    for await (const page of pages(client, WIDGETS, options)) items.push(...page.items);
    expect(items.map(({ kind, apiVersion, metadata }) => [kind, apiVersion, metadata.name])).toEqual([
      ['Widget', 'example.com/v1', 'ball'],
      ['Widget', 'example.com/v1', 'bear'],
    ]);
    expect(server.seen.map(({ query }) => query)).toEqual([
      { labelSelector: 'a=b', limit: '1' },
      { labelSelector: 'a=b', limit: '1', continue: 'more' },
    ]);
  });

  it('to a namespaced object without a namespace are a mistake of the program', async () => {
    await expect(client.get(WIDGETS, { name: 'ball' })).rejects.toThrow(/needs a namespace/);
  });
});

describe('an error answer', () => {
  it('becomes an ApiError with what the server said', async () => {
    server.handler = (_, response) => {
      answerJson(response, 409, { ...failure(409, 'Conflict', 'try again'), details: { name: 'ball' } });
    };
    const error: unknown = await client.replace(WIDGETS, { metadata: ball }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      status: 409,
      reason: 'Conflict',
      details: { name: 'ball' },
      message: `PUT ${BALL}: 409 Conflict: try again`,
    });
  });

  it('of any length becomes a sentence: the server quotes what it refuses', async () => {
    server.handler = (_, response) => {
      answerJson(response, 422, failure(422, 'Invalid', `spec.x: Invalid value: "${'x'.repeat(1_000_000)}"`));
    };
    const error: unknown = await client.replace(WIDGETS, { metadata: ball }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ status: 422, reason: 'Invalid' });
    expect(String(error).length).toBeLessThan(5_000);
  });

  it('that is no JSON becomes one too', async () => {
    server.handler = (_, response) => {
      response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>bad gateway</h1>');
    };
    await expect(client.get(WIDGETS, ball)).rejects.toMatchObject({ status: 502, reason: 'HTTP502' });
  });

  it('about a Secret repeats no value of it', async () => {
    server.handler = (_, response) => {
      const details = { causes: [{ field: 'data[a]', message: 'Invalid value: "hunter2"' }] };
      answerJson(response, 422, { ...failure(422, 'Invalid', 'data[a]: Invalid value: "hunter2"'), details });
    };
    const secret = { metadata: ball };
    const error = await client.create(SECRETS, secret).catch((thrown: unknown) => thrown);
    expect(JSON.stringify([error, String(error)])).not.toContain('hunter2');
    expect(String(error)).toContain('data[a]');
  });
});

describe('an answer that is larger than it can be', () => {
  const large = 'x'.repeat(5_000_000);
  const calls: { what: string; call: () => Promise<unknown>; body: object }[] = [
    { what: 'an object', call: () => client.get(WIDGETS, ball), body: { ...object('ball'), spec: large } },
    { what: 'an answer of another kind', call: () => client.raw({ method: 'GET', path: '/x' }), body: { large } },
    { what: 'an item of a list', call: () => client.list(WIDGETS, { limit: 5 }), body: { items: [{ spec: large }] } },
    {
      what: 'a list of which its reader expects a handful',
      call: () => client.list(WIDGETS),
      body: { metadata: {}, items: Array.from({ length: 1001 }, () => object('ball')) },
    },
  ];
  it.each(calls)('ends the call: $what', async ({ call, body }) => {
    server.handler = (_, response) => {
      answerJson(response, 200, body);
    };
    await expect(call()).rejects.toMatchObject({ status: 502, reason: 'BadAnswer' });
    expect(server.seen).toHaveLength(1);
  });

  it('is none where its reader takes it page by page, or asks for all', async () => {
    server.handler = (_, response) => {
      answerJson(response, 200, { metadata: {}, items: Array.from({ length: 1001 }, () => object('ball')) });
    };
    for (const limit of [0, 2000]) expect((await client.list(WIDGETS, { limit })).items).toHaveLength(1001);
  });
});

describe('an object beyond the bounds of its resource', () => {
  const bounded: Resource = { ...WIDGETS, bounds: { bytes: 1000, levels: 5, values: 50 } };
  const body = { metadata: { ...ball, managedFields: [{}] }, spec: { ref: 'a', free: 'x'.repeat(2000) } };
  const kept = {
    apiVersion: 'example.com/v1',
    kind: 'Widget',
    metadata: ball,
    spec: { ref: 'a' },
    unread: { part: 'spec', field: 'free', what: 'bytes', found: 2021, most: 1000 },
  };

  it('is read in part, whatever was asked for', async () => {
    server.handler = ({ query }, response) => {
      if (query.watch === 'true') response.end(`${JSON.stringify({ type: 'ADDED', object: body })}\n`);
      else answerJson(response, 200, query.limit === undefined ? body : { items: [body] });
    };
    expect(await client.get(bounded, ball)).toEqual(kept);
    expect(await client.patch(bounded, ball, {})).toEqual(kept);
    expect((await client.list(bounded, { limit: 1 })).items).toEqual([kept]);
    for await (const event of client.watch(bounded, { resourceVersion: '1' })) expect(event.object).toEqual(kept);
  });

  it('is not written back: what was not read would be lost', async () => {
    await expect(client.replace(bounded, kept as KubeObject)).rejects.toThrow('spec.free was not read');
    expect(server.seen).toEqual([]);
  });
});

it('reads a new token after a 401, and says nothing of either', async () => {
  server.handler = ({ authorization }, response) => {
    if (authorization === 'Bearer second-token') answerJson(response, 200, object('ball'));
    else answerJson(response, 401, failure(401, 'Unauthorized'));
  };
  const refused = await client.get(WIDGETS, ball).catch((thrown: unknown) => thrown);
  expect(refused).toMatchObject({ status: 401 });
  expect(JSON.stringify([refused, String(refused)])).not.toContain('token');
  await writeFile(tokenFile, 'second-token');
  await expect(client.get(WIDGETS, ball)).resolves.toMatchObject({ kind: 'Widget' });
});

describe('a watch', () => {
  const watching = { resourceVersion: '5' };
  const line = (type: string, version: string, name = 'ball'): string =>
    `${JSON.stringify({ type, object: { metadata: { name, resourceVersion: version } } })}\n`;

  const collect = async (options: Parameters<KubeClient['watch']>[1] = watching): Promise<string[]> => {
    const events: string[] = [];
    for await (const { type, object: about } of client.watch(WIDGETS, options)) {
      events.push(`${type} ${about.metadata.resourceVersion ?? ''}`);
    }
    return events;
  };

  it('gives the events, however the stream is cut into pieces', async () => {
    server.handler = async (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const text = line('ADDED', '6', 'bär') + line('MODIFIED', '7') + line('BOOKMARK', '8');
      for (const byte of Buffer.from(text)) {
        response.write(Buffer.of(byte));
        if (byte > 127) await pause(1);
      }
      response.end();
    };
    expect(await collect()).toEqual(['ADDED 6', 'MODIFIED 7', 'BOOKMARK 8']);
    expect(server.seen[0]?.query).toEqual({ watch: 'true', allowWatchBookmarks: 'true', resourceVersion: '5' });
  });

  it('throws what an ERROR event says', async () => {
    server.handler = (_, response) => {
      response.writeHead(200).end(`${line('ADDED', '6')}{"type":"ERROR","object":{"code":410,"reason":"Expired"}}\n`);
    };
    await expect(collect()).rejects.toMatchObject({ status: 410, reason: 'Expired' });
  });

  it('throws when the stream breaks, and drops the half event', async () => {
    server.handler = async (_, response) => {
      response.writeHead(200).write(`${line('ADDED', '6')}{"type":`);
      await pause(20);
      response.destroy();
    };
    await expect(collect()).rejects.toBeInstanceOf(ConnectionError);
  });

  it('throws when an event is larger than it can be', async () => {
    server.handler = (_, response) => {
      response.writeHead(200).write(line('ADDED', '6'));
      response.write(line('ADDED', '7', 'x'.repeat(5_000_000)));
    };
    await expect(collect()).rejects.toBeInstanceOf(ConnectionError);
  });

  it('throws when nothing comes for too long', async () => {
    server.handler = (_, response) => {
      response.writeHead(200).write(line('ADDED', '6'));
    };
    await expect(collect({ ...watching, inactivityMs: 1_000 })).rejects.toMatchObject({ reason: 'Timeout' });
  });

  it('closes its connection when the reader leaves, or aborts', async () => {
    let closed = 0;
    server.handler = (_, response) => {
      response.on('close', () => closed++);
      response.writeHead(200).write(line('ADDED', '6'));
    };
    for await (const event of client.watch(WIDGETS, watching)) {
      expect(event.type).toBe('ADDED');
      break;
    }
    const stop = new AbortController();
    const reading = collect({ ...watching, signal: stop.signal });
    await pause(50);
    stop.abort(new Error('enough'));
    await expect(reading).rejects.toThrow('enough');
    await pause(50);
    expect(closed).toBe(2);
  });
});
