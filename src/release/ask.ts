/** The lease API's side: asks the process of the operator that leads. Only that one listens. */
import { lookup } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { Client } from 'undici';
import { withPort } from '../kea/address.ts';
import { asError, KnownError } from '../runtime/errors.ts';
import { legible } from '../runtime/legible.ts';
import { RELEASE_PATH, type ReleaseAnswer, releaseAnswer, type ReleaseRequest } from './request.ts';

/** No process of the operator gave an answer. What became of the request is not known. */
export class OperatorUnavailable extends KnownError {
  override readonly name = 'OperatorUnavailable';
  readonly reason = 'OperatorUnavailable';
}

/** PEM files: the certificate that the lease API serves with is also what the operator knows it by. Read at each request, as they are replaced. */
export interface AskFiles {
  readonly certFile: string;
  readonly keyFile: string;
  readonly caFile: string;
}

export interface OperatorAddress {
  /** Of all processes of the operator: a headless Service. */
  readonly host: string;
  readonly port: number;
  /** Name in the operator's certificate; left out: the host. */
  readonly serverName?: string;
}

export type AskOperator = (request: ReleaseRequest, signal?: AbortSignal) => Promise<ReleaseAnswer>;

const CONNECT_MS = 2_000;
/** The operator takes eight seconds at most, and five more for the last deletion. */
const ANSWER_MS = 20_000;
const MOST_BYTES = 64 * 1024;

/** Throws OperatorUnavailable. */
export const askOperator =
  ({ host, port, serverName = host }: OperatorAddress, files: AskFiles): AskOperator =>
  async (request, signal) => {
    const failures: string[] = [];
    try {
      const tls = await read(files);
      for (const { address } of await lookup(host, { all: true })) {
        const client = new Client(`https://${withPort(address, port)}`, {
          connect: { ...tls, servername: serverName, timeout: CONNECT_MS },
          headersTimeout: ANSWER_MS,
          bodyTimeout: ANSWER_MS,
          maxResponseSize: MOST_BYTES,
        });
        try {
          return await post(client, request, signal);
        } catch (error) {
          signal?.throwIfAborted();
          failures.push(`${address}: ${asError(error).message}`);
        } finally {
          await client.destroy();
        }
      }
    } catch (error) {
      signal?.throwIfAborted();
      failures.push(asError(error).message);
    }
    throw new OperatorUnavailable(legible(failures.join('; ') || `${host} has no address`));
  };

const read = async ({ certFile, keyFile, caFile }: AskFiles) => {
  const [cert, key, ca] = await Promise.all([certFile, keyFile, caFile].map((file) => readFile(file, 'utf8')));
  return { cert, key, ca };
};

const post = async (client: Client, request: ReleaseRequest, signal?: AbortSignal): Promise<ReleaseAnswer> => {
  const { statusCode, body } = await client.request({
    method: 'POST',
    path: RELEASE_PATH,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
    ...(signal === undefined ? {} : { signal }),
  });
  const answer = releaseAnswer.safeParse(await body.json());
  if (statusCode !== 200 || !answer.success) throw new Error(`HTTP status ${statusCode}`);
  return answer.data;
};
