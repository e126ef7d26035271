import { SUBNETS } from '../../src/api/resources.ts';
import type { Cluster } from '../support/cluster.ts';
import { NAMESPACE, SYSTEM } from '../support/install.ts';
import { sleep, until } from '../support/run.ts';
import { createAll, kubeClient, waitAllReady } from './kube.ts';
import { type BenchFamily, benchSubnet, lanSubnet } from './objects.ts';
import { openTalk } from './talk.ts';

/** One way to bring a change to both servers. */
export interface Way {
  readonly name: string;
  /** From the request until both servers run the change, ms. */
  readonly p50: number;
  readonly max: number;
  /** Messages without an answer, of all that were sent. */
  readonly lost: number;
  readonly sent: number;
}

export interface ChangeResult {
  readonly message: BenchFamily['message'];
  readonly subnets: number;
  readonly changes: number;
  readonly rate: number;
  readonly ways: readonly Way[];
}

export const measureChange = async (
  cluster: Cluster,
  bench: BenchFamily,
  settings: { readonly subnets: number; readonly changes: number; readonly rate: number },
  say: (line: string) => void,
): Promise<ChangeResult> => {
  const client = await kubeClient(cluster);
  const { items } = await client.list(SUBNETS, { namespace: NAMESPACE });
  const missing = Array.from({ length: settings.subnets }, (_, n) => benchSubnet(bench, n)).slice(items.length);
  await createAll(client, SUBNETS, [...missing, lanSubnet(bench)]);
  await waitAllReady(client, SUBNETS, settings.subnets + 1, 300, say);

  const { family, option } = bench;
  const servers = bench.pods.map((pod) => openTalk(cluster, pod, family));
  const target = await client.get(SUBNETS, { namespace: NAMESPACE, name: 'bench-7' });
  const id = target.status?.subnetId ?? 0;
  const bothRun = async (value: string): Promise<void> => {
    for (const server of servers) {
      const runs = async (): Promise<boolean> =>
        (await server.ask({ command: family.commands.subnetGet, arguments: { id } })).includes(`"data": "${value}"`);
      await until(`both servers to run ${value}`, 60, runs, 25);
    }
  };

  const byOperator = async (value: string): Promise<void> => {
    await client.patch(
      SUBNETS,
      { namespace: NAMESPACE, name: 'bench-7' },
      { spec: { optionData: [{ name: option.name, data: value }] } },
    );
  };
  const writeRow = (value: string): Promise<string> => sql(cluster, rowChange(bench, id, value));
  const byPull = async (value: string): Promise<void> => {
    await writeRow(value);
    for (const server of servers) await server.ask({ command: 'config-backend-pull' });
  };
  const byConfigSet = async (value: string): Promise<void> => {
    await writeRow(value);
    for (const server of servers) await server.ask({ command: 'config-reload' });
  };

  const ways: Way[] = [];
  const measure = async (name: string, change: (value: string) => Promise<void>): Promise<void> => {
    say(`  ${name} …`);
    const took: number[] = [];
    const loss = await underLoad(cluster, bench, settings, async () => {
      for (let n = 0; n < settings.changes; n++) {
        const value = option.value(n + ways.length * 50);
        const begin = performance.now();
        await change(value);
        await bothRun(value);
        took.push(performance.now() - begin);
        await sleep(2000);
      }
    });
    took.sort((x, y) => x - y);
    ways.push({ name, p50: Math.round(took[took.length >> 1] ?? 0), max: Math.round(took.at(-1) ?? 0), ...loss });
    say(`  ${JSON.stringify(ways.at(-1))}`);
  };

  await measure('kea-operator', byOperator);
  // The rivals write rows themselves: the operator would put them back.
  await cluster.kubectl(['scale', '-n', SYSTEM, 'deployment/kea-operator', '--replicas=0']);
  await measure('config-backend-pull', byPull);
  await measure('config-set', byConfigSet);
  for (const server of servers) server.end();
  await client.close();
  return { message: bench.message, ...settings, ways };
};

/** Offers the first message of an exchange at the rate from a client of the LAN while the work goes on; counts those that got no answer. */
const underLoad = async (
  cluster: Cluster,
  { family }: BenchFamily,
  { changes, rate }: { readonly changes: number; readonly rate: number },
  work: () => Promise<void>,
): Promise<{ readonly lost: number; readonly sent: number }> => {
  const seconds = changes * 6;
  // perfdhcp fails where a packet was lost: what it printed is in the error.
  const load = cluster
    .run(
      [
        'client',
        'load',
        'perfdhcp',
        `-${family.version}`,
        '-i',
        '-l',
        'eth0',
        '-R',
        '100',
        '-r',
        String(rate),
        '-p',
        String(seconds),
        '-W',
        '2000000',
      ],
      { timeoutMs: (seconds + 60) * 1000 },
    )
    .catch((error: unknown) => String(error));
  await sleep(1000);
  await work();
  const printed = await load;
  const number = (pattern: RegExp): number => Number(pattern.exec(printed)?.[1] ?? Number.NaN);
  const result = { sent: number(/sent packets: (\d+)/), lost: number(/drops: (\d+)/) };
  if (Number.isNaN(result.sent)) throw new Error(`perfdhcp said nothing of use:\n${printed.slice(-1500)}`);
  return result;
};

/** The same row change as the operator's: under its lock, with a whole-second audit revision. */
const rowChange = (
  { family: { tables, createAuditRevision, optionSpace }, option: { code } }: BenchFamily,
  id: number,
  value: string,
): string => `
BEGIN;
SELECT ${createAuditRevision}(date_trunc('second', clock_timestamp()), 'dhcp.campus', 'bench', true);
UPDATE ${tables.options} SET formatted_value = '${value}', modification_ts = clock_timestamp() WHERE ${optionSpace}_subnet_id = ${id} AND code = ${code};
UPDATE ${tables.subnet.name} SET modification_ts = clock_timestamp() WHERE subnet_id = ${id};
COMMIT;`;

const sql = (cluster: Cluster, statements: string): Promise<string> =>
  cluster.kubectl(
    [
      'exec',
      '-i',
      '-n',
      SYSTEM,
      'kea-operator-postgresql-0',
      '--',
      'psql',
      '-v',
      'ON_ERROR_STOP=1',
      '-q',
      '-d',
      'kea_dhcp_campus',
    ],
    { input: statements },
  );
