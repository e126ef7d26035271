import { type Exchange, readExchanges } from '../chaos/judge.ts';
import { until } from '../support/run.ts';
import { cluster } from './context.ts';

/** Clients of IPv4 that ask all the time. */
export interface AskingClients {
  /** Ends them, and tells how each exchange went. */
  stop(): Promise<readonly Exchange[]>;
}

/** Two of them, one of which has an address already. */
export const startAsking = async (): Promise<AskingClients> => {
  const probe = cluster.start(['client', 'probe', 'probe', '--known', '2', '--new', '0']);
  const chunks: Buffer[] = [];
  probe.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const exchanges = () => readExchanges(Buffer.concat(chunks).toString());
  await until('clients of IPv4 to have addresses', 30, () =>
    Promise.resolve(exchanges().some(({ acked }) => acked !== undefined)),
  );
  return {
    stop: () => {
      probe.kill('SIGTERM');
      return Promise.resolve(exchanges());
    },
  };
};
