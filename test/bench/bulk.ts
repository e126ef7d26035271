import { HOST_RESERVATIONS, SUBNETS } from '../../src/api/resources.ts';
import type { Cluster } from '../support/cluster.ts';
import { SYSTEM } from '../support/install.ts';
import { sleep } from '../support/run.ts';
import { createAll, kubeClient, waitAllReady } from './kube.ts';
import { type BenchFamily, benchReservation, benchSubnet } from './objects.ts';

export interface BulkResult {
  readonly subnets: number;
  readonly reservations: number;
  /** The rival: how long the API server alone takes to store the objects from the same client. */
  readonly storedSeconds: number;
  /** From the first object sent until all are Ready. */
  readonly readySeconds: number;
  /** Greatest resident set of the operator meanwhile. */
  readonly operatorMiB: number;
}

export const measureBulk = async (
  cluster: Cluster,
  bench: BenchFamily,
  { subnets, reservations }: { readonly subnets: number; readonly reservations: number },
  say: (line: string) => void,
): Promise<BulkResult> => {
  const client = await kubeClient(cluster);
  const watch = new AbortController();
  const memory = watchMemory(cluster, watch.signal);
  const begin = Date.now();
  await createAll(
    client,
    SUBNETS,
    Array.from({ length: subnets }, (_, n) => benchSubnet(bench, n)),
  );
  await createAll(
    client,
    HOST_RESERVATIONS,
    Array.from({ length: reservations }, (_, n) => benchReservation(bench, n, subnets)),
  );
  const storedSeconds = (Date.now() - begin) / 1000;
  say(`  stored after ${storedSeconds} s`);
  await waitAllReady(client, SUBNETS, subnets, 300, say);
  await waitAllReady(client, HOST_RESERVATIONS, reservations, 300, say);
  const readySeconds = (Date.now() - begin) / 1000;
  watch.abort();
  await client.close();
  return { subnets, reservations, storedSeconds, readySeconds, operatorMiB: await memory };
};

/** VmHWM of the operator's process: the kernel keeps the greatest value itself. */
const watchMemory = async (cluster: Cluster, until: AbortSignal): Promise<number> => {
  let greatest = 0;
  while (!until.aborted) {
    const printed = await cluster
      .kubectl(['exec', '-n', SYSTEM, 'deploy/kea-operator', '--', 'node', '-e', READ_STATUS])
      .catch(() => '0');
    greatest = Math.max(greatest, Number(printed) / 1024);
    await sleep(5000);
  }
  return Math.round(greatest);
};

const READ_STATUS = `process.stdout.write(/VmHWM:\\s+(\\d+)/.exec(require('node:fs').readFileSync('/proc/1/status','utf8'))?.[1] ?? '0')`;
