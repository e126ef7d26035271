/** Where the leader is asked for releases: it listens as soon as it has a certificate, answers as soon as it knows the pairs, and ends with its term. */
import type { Releases } from '../release/releases.ts';
import { type ReleaseServer, type ServerTrust, startReleaseServer } from '../release/server.ts';
import { isAborted } from '../runtime/clock.ts';
import type { Logger } from '../runtime/log.ts';

export interface ReleaseEndpointOptions {
  readonly host?: string;
  readonly port: number;
  /** Name of the lease API in its certificate. */
  readonly caller: string;
  readonly log: Logger;
}

export interface ReleaseEndpoint {
  /** Listens, or has new connections proven by these from now on. Rejects when it cannot listen. */
  trust(trust: ServerTrust): Promise<void>;
  answerBy(releases: Pick<Releases, 'release'>): void;
  /** Resolves when it does not listen any more. */
  closed(): Promise<void>;
}

export const createReleaseEndpoint = (options: ReleaseEndpointOptions, term: AbortSignal): ReleaseEndpoint => {
  const { log } = options;
  let server: ReleaseServer | undefined;
  let releases: Pick<Releases, 'release'> | undefined;
  /** At once: whoever asks is to find the process that leads now. */
  const close = async (): Promise<void> => {
    const open = server;
    server = undefined;
    await open?.close();
  };
  let closing = Promise.resolve();
  term.addEventListener('abort', () => {
    closing = close();
  });

  return {
    trust: async (trust) => {
      if (server !== undefined) {
        server.setTrust(trust);
        return;
      }
      if (isAborted(term)) return;
      server = await startReleaseServer({
        ...options,
        trust,
        release: async (request) =>
          (await releases?.release(request)) ?? { outcome: 'ServiceUnavailable', message: 'the operator is starting' },
      });
      if (isAborted(term)) closing = close();
      else log.info({ port: server.port }, 'releases of leases are taken');
    },
    answerBy: (by) => {
      releases = by;
    },
    closed: () => closing,
  };
};
