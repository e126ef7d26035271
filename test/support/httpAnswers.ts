/** An HTTP server on loopback that answers as a test says: for what a real API server does not do on demand. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';

export interface SeenRequest {
  method: string;
  path: string;
  query: Record<string, string>;
  type: string | undefined;
  authorization: string | undefined;
  body: unknown;
}

export type Handler = (request: SeenRequest, response: ServerResponse) => void | Promise<void>;

export interface HttpAnswers {
  /** Every request so far, in order. */
  readonly seen: SeenRequest[];
  /** What answers from now on. */
  handler: Handler;
  /** A configuration that leads here; `tokenFile` holds the bearer token. */
  kubeConfig(path?: string, tokenFile?: string): KubeConfig;
  close(): Promise<void>;
}

export const startHttpAnswers = async (): Promise<HttpAnswers> => {
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    void readRequest(request).then(async (read) => {
      seen.push(read);
      await answers.handler(read, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const answers: HttpAnswers = {
    seen,
    handler: (_, response) => {
      answerJson(response, 404, failure(404, 'NotFound'));
    },
    kubeConfig: (path = '', tokenFile) => {
      const config = new KubeConfig();
      const cluster = { name: 'c', server: `http://127.0.0.1:${port}${path}`, skipTLSVerify: true };
      const authProvider = { name: 'tokenFile', config: { tokenFile } };
      config.loadFromClusterAndUser(cluster, tokenFile === undefined ? { name: 'u' } : { name: 'u', authProvider });
      return config;
    },
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
  return answers;
};

const readRequest = async (request: IncomingMessage): Promise<SeenRequest> => {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  const url = new URL(request.url ?? '/', 'http://server');
  return {
    method: request.method ?? '',
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    type: request.headers['content-type'],
    authorization: request.headers.authorization,
    body: body === '' ? undefined : JSON.parse(body),
  };
};

export const answerJson = (
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): void => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
};

/** The Status that the API server sends with an error. */
export const failure = (code: number, reason: string, message = reason): object => ({
  kind: 'Status',
  code,
  reason,
  message,
});
