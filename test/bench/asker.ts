/** Requests to kube-apiserver whose answers are read and thrown away: what is measured is not how fast Node.js parses JSON. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Pool } from 'undici';
import type { TestApiServer } from '../support/apiserver.ts';

/** What a request took until the last byte of its answer was there. */
export interface Asked {
  readonly ms: number;
  readonly bytes: number;
}

export interface Asker {
  /** @throws Error where the answer is no 2xx */
  time(path: string, accept?: string): Promise<Asked>;
  /** The answer, parsed. */
  json(path: string): Promise<unknown>;
  close(): Promise<void>;
}

export const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';
/** A list of all leases takes so long at most. */
const PATIENCE_MS = 120_000;

/** By one connection that stays, as an administrator, past the proxy of the tests. */
export const openAsker = async ({ directory, directUrl }: TestApiServer): Promise<Asker> => {
  const [ca, cert, key] = await Promise.all(
    ['ca.crt', 'admin.crt', 'admin.key'].map((name) => readFile(join(directory, name), 'utf8')),
  );
  const pool = new Pool(directUrl, {
    connections: 1,
    connect: { ca, cert, key },
    headersTimeout: PATIENCE_MS,
    bodyTimeout: PATIENCE_MS,
  });
  const get = async (path: string, accept: string) => {
    const { statusCode, body } = await pool.request({ method: 'GET', path, headers: { accept } });
    if (statusCode < 300) return body;
    throw new Error(`${path}: ${statusCode} ${(await body.text()).slice(0, 500)}`);
  };
  return {
    async time(path, accept = 'application/json') {
      const begin = performance.now();
      let bytes = 0;
      for await (const chunk of await get(path, accept)) bytes += (chunk as Buffer).length;
      return { ms: performance.now() - begin, bytes };
    },
    json: async (path) => (await get(path, 'application/json')).json(),
    close: () => pool.close(),
  };
};
