/**
 * A process that wants to lead, for tests: `node candidate.ts KUBECONFIG IDENTITY`. It prints one JSON object a line:
 * `{"event":"leading"}`, every 20 ms of its term `{"event":"beat"}`, and `{"event":"lost"}`, each with the time. SIGTERM
 * releases the Lease.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';
import { createKubeClient } from '../../src/runtime/client.ts';
import { isAborted } from '../../src/runtime/clock.ts';
import { createConnection } from '../../src/runtime/connection.ts';
import { createLeaderElector } from '../../src/runtime/leader.ts';

const [kubeconfig = '', identity = ''] = process.argv.slice(2);
const say = (event: string): void => {
  process.stdout.write(`${JSON.stringify({ event, identity, at: Date.now() })}\n`);
};
const load = (): KubeConfig => {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  return config;
};

const client = createKubeClient({ connection: createConnection({ load }) });
const stop = new AbortController();
process.once('SIGTERM', () => {
  stop.abort(new Error('SIGTERM'));
});
const elector = createLeaderElector({
  client,
  namespace: 'default',
  name: 'election',
  identity,
  leaseDurationMs: 3_000,
  renewDeadlineMs: 2_000,
  retryPeriodMs: 400,
});
const leadership = await elector.acquire(stop.signal);
say('leading');
while (!isAborted(stop.signal) && !leadership.lost.aborted) {
  // The work of a leader: it asks right before it writes.
  if (leadership.holds()) say('beat');
  await pause(20);
}
say(leadership.lost.aborted ? 'lost' : 'stopping');
await leadership.release();
await client.close();
