/** The clients that ask all the time. */
import { sleep, until } from '../support/run.ts';
import { readExchanges } from './judge.ts';
import type { Lab } from './lab.ts';

export interface Probe {
  /** What it has printed so far. */
  printed(): string;
  stop(): Promise<void>;
}

const CLIENTS = 8;

/** Starts it, and waits until every known client has an address. */
export const startProbe = async (lab: Lab, known = CLIENTS): Promise<Probe> => {
  const child = lab.cluster.start(['client', 'probe', 'probe', '--known', String(known), '--new', '1']);
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise<void>((resolve) =>
    child.once('close', () => {
      resolve();
    }),
  );
  const printed = (): string => Buffer.concat(chunks).toString();
  const probe: Probe = {
    printed,
    stop: async () => {
      child.kill('SIGTERM');
      await Promise.race([ended, sleep(5000)]);
    },
  };
  try {
    await until(`${known} clients to have addresses`, 30, () => {
      const served = readExchanges(printed()).filter(({ kind, acked }) => kind === 'known' && acked !== undefined);
      return Promise.resolve(new Set(served.map(({ client }) => client)).size === known);
    });
  } catch (error) {
    await probe.stop();
    throw error;
  }
  return probe;
};
