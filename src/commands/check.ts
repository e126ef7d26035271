/**
 * The command that asks whether an installation works, for `helm test`. It needs no right: whoever Kubernetes knows may ask what is served, and an
 * operator tells anybody whether it is ready.
 */
import { get as getByHttp, type IncomingMessage } from 'node:http';
import { get as getByHttps } from 'node:https';
import { kinds } from '../api/index.ts';
import { API_VERSION } from '../api/kind.ts';
import { LEASE_API_VERSION, LEASES } from '../apiserver/resource.ts';
import { AWAY_BACKOFF } from '../runtime/backoff.ts';
import { createKubeClient, type KubeClient } from '../runtime/client.ts';
import { systemClock } from '../runtime/clock.ts';
import { asError } from '../runtime/errors.ts';
import { createLogger, type LogOptions } from '../runtime/log.ts';
import { retry } from '../runtime/retry.ts';

export interface CheckSettings {
  /** Whether there is to be a lease API. */
  readonly leaseApi: boolean;
  /** Where an operator says whether it is ready; left out: it is not asked. */
  readonly operator?: URL;
  /** How long it is waited for, in seconds. */
  readonly patience: number;
  readonly logLevel: NonNullable<LogOptions['level']>;
}

const ANSWER_MS = 5000;

export const runCheck = async ({ leaseApi, operator, patience, logLevel }: CheckSettings): Promise<number> => {
  const log = createLogger({ level: logLevel });
  const client = createKubeClient({ userAgent: 'kea-operator/check' });
  const checks: readonly (readonly [string, () => Promise<void>])[] = [
    [
      'the custom resources are served',
      () =>
        serves(
          client,
          API_VERSION,
          kinds.map(({ plural }) => plural),
        ),
    ],
    ...(leaseApi
      ? [['the lease API is served', () => serves(client, LEASE_API_VERSION, [LEASES.plural])] as const]
      : []),
    ...(operator === undefined ? [] : [['an operator is ready', () => isReady(operator)] as const]),
  ];
  const again = { clock: systemClock, policy: AWAY_BACKOFF, mayPass: () => true, limitMs: patience * 1000 };
  const passed = checks.map(async ([what, check]) => {
    try {
      await retry(check, again);
      log.info(what);
      return true;
    } catch (error) {
      log.error({ error: asError(error).message }, `it is not so that ${what}`);
      return false;
    }
  });
  try {
    return (await Promise.all(passed)).every(Boolean) ? 0 : 1;
  } finally {
    await client.close();
  }
};

/** @throws Where a resource is not among those that kube-apiserver serves of a group's version, or that is away. */
const serves = async (client: KubeClient, version: string, wanted: readonly string[]): Promise<void> => {
  const { resources = [] } = (await client.raw({ method: 'GET', path: `/apis/${version}` })) as {
    readonly resources?: readonly { readonly name: string }[];
  };
  const missing = wanted.filter((plural) => !resources.some(({ name }) => name === plural));
  if (missing.length > 0) throw new Error(`${version} has no ${missing.join(', ')}`);
};

/** Whose answer it is does not matter: no secret is told. Each process has a certificate of its own, which nobody signed. */
const isReady = async (url: URL): Promise<void> => {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const options = { timeout: ANSWER_MS, agent: false };
  const request =
    url.protocol === 'https:'
      ? getByHttps(url, { ...options, rejectUnauthorized: false }, resolve)
      : getByHttp(url, options, resolve);
  request.on('error', reject).on('timeout', () => request.destroy(new Error(`${url.host} does not answer`)));
  const response = await promise;
  response.resume();
  if (response.statusCode !== 200) throw new Error(`${url.href} says ${response.statusCode ?? 'nothing'}`);
};
