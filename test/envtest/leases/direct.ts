/** Requests straight to the lease API, past kube-apiserver, which they may pretend to be. */
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { bundleOf } from '../../../src/workload/certificates.ts';
import { SERVICE, SYSTEM, type World } from './world.ts';

export const HOST = `${SERVICE}.${SYSTEM}.svc`;

export interface Answer {
  readonly code: number;
  readonly body: string;
}

type Headers = Readonly<Record<string, string | string[]>>;
interface Identity {
  readonly cert?: string;
  readonly key?: string;
}

export const directTo = (world: () => World) => {
  /** The answer as far as its head; who asks reads on, or not. */
  const opened = (path: string, headers: Headers = {}, identity: Identity = {}, method = 'GET') =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const target = { ca: bundleOf(world().authority), servername: HOST, headers, method, agent: false as const };
      const sent = request(`${world().api().url}${path}`, { ...target, ...identity }, resolve);
      sent.on('error', reject);
      sent.end();
    });

  return {
    opened,
    direct: async (...args: Parameters<typeof opened>): Promise<Answer> => {
      const response = await opened(...args);
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      return { code: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() };
    },
    /** Of a certificate of the API server's directory. */
    identity: async (name: string): Promise<Identity> => ({
      cert: await readFile(join(world().server.directory, `${name}.crt`), 'utf8'),
      key: await readFile(join(world().server.directory, `${name}.key`), 'utf8'),
    }),
  };
};
