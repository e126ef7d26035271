/** Lists of which nobody can keep a tenth: half a GB of objects as large as etcd takes. A stub sends them, as a real API server needs 10 GB for them. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type HttpAnswers, startHttpAnswers } from '../support/httpAnswers.ts';

let server: HttpAnswers;
beforeEach(async () => {
  server = await startHttpAnswers();
});
afterEach(() => server.close());

/** What the thread is made of takes 15 MB of it. */
const HEAP_MB = 48;

/** Answers lists with this spec in every object, page by page, without ever having a page at once. */
const serve = (objects: number, spec: string): void => {
  server.handler = ({ query }, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const from = Number(query.continue ?? 0);
    const to = Math.min(from + Number(query.limit), objects);
    const next = to < objects ? String(to) : '';
    const write = (at: number): void => {
      if (query.watch !== undefined) return;
      if (at === to) {
        response.end(`],"metadata":{"resourceVersion":"1","continue":"${next}"}}`);
        return;
      }
      response.write(
        `${at === from ? '{"items":[' : ','}{"metadata":{"name":"widget-${at}","resourceVersion":"1"},"spec":`,
      );
      response.write(`${spec}}`, () => {
        write(at + 1);
      });
    };
    write(from);
  };
};

const listed = async (): Promise<unknown> => {
  const worker = new Worker(new URL('../support/largeObjects.worker.ts', import.meta.url), {
    workerData: { url: server.kubeConfig().clusters[0]?.server },
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: 8 },
  });
  const [message] = (await once(worker, 'message')) as unknown[];
  await worker.terminate();
  return message;
};

it.each([
  [500, 'objects that need twenty times their size', `{"free":{"d":[${'{},'.repeat(333_000)}{}]}}`],
  [200, 'nothing but text', `{"free":{"d":"${'x'.repeat(1_000_000)}"}}`],
  [200, 'lists within one another', `{"free":${'['.repeat(500_000)}${']'.repeat(500_000)}}`],
])(`%i objects of 1 MB are read with ${HEAP_MB} MB of heap: %s`, async (objects, _, spec) => {
  serve(objects, spec);
  expect(await listed()).toMatchObject({ objects, unread: objects });
});
