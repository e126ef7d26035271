/** What others notice of a tenant: how long they wait for their own, and whether anything was restarted that all of them need. */
import { expect } from 'vitest';
import { SUBNETS } from '../../src/api/resources.ts';
import type { KubeObject } from '../../src/runtime/object.ts';
import { conditionsOf } from '../../src/status/conditions.ts';
import { NAMESPACE, SYSTEM } from '../support/install.ts';
import { until } from '../support/run.ts';
import { OTHERS, type World } from './world.ts';

export interface Others {
  /** Whom all need: processes of the operator, of the lease API, of PostgreSQL and of the servers, each with its restarts. */
  processes(): Promise<string>;
  /** Makes a Subnet of their own, and takes it away: how long it took until it was Ready, ms. */
  readonly timeToReady: () => Promise<number>;
  /** A client gets an address, and their leases are shown. */
  areServed(): Promise<void>;
  /** The most memory that the operator ever had, MB. */
  operatorPeak(): Promise<number>;
}

/** Of several the one in the middle: of an even number the smaller one. */
export const median = (times: readonly number[]): number =>
  times.toSorted((a, b) => a - b)[(times.length - 1) >> 1] ?? 0;

/** The longest that anybody of the others may wait, ms. */
const WORST_MS = 20_000;
/** What the API server and a machine with little to spare, which other tests have as well, add to any of it while they take what the tenant writes. */
const SLACK_MS = 5000;

/** Others wait for their own twice as long as usually at most, as a rule, and nobody for long. */
export const expectNothingNoticed = (usual: number, times: readonly number[]): void => {
  expect(median(times)).toBeLessThan(2 * usual + SLACK_MS);
  expect(Math.max(...times)).toBeLessThan(WORST_MS);
};

/** How often the others ask at least, before and meanwhile: of fewer one that was late would be the rule. */
const ASKED = 5;

/** How long the others wait, one after another, until the tenant has done what it does. */
export const timesDuring = async (
  time: () => Promise<number>,
  work: Promise<unknown> = Promise.resolve(),
): Promise<readonly number[]> => {
  const times: number[] = [];
  let isOver = false;
  const ended = work.finally(() => {
    isOver = true;
  });
  const ask = async (): Promise<void> => {
    do times.push(await time());
    while (!isOver || times.length < ASKED);
  };
  await Promise.all([ended, ask()]);
  return times;
};

const POLL_MS = 50;
const LIMIT_S = 120;

export const othersOf = ({ cluster, client }: World): Others => {
  let subnets = 0;
  const podsOf = (namespace: string, ...more: readonly string[]): Promise<string> =>
    cluster.kubectl([
      ...['get', 'pods', '-n', namespace, ...more, '-o'],
      'jsonpath={range .items[*]}{.metadata.name} {.metadata.uid} {.status.containerStatuses[*].restartCount}{"\\n"}{end}',
    ]);
  return {
    processes: async () =>
      [
        await podsOf(SYSTEM),
        await podsOf(OTHERS, '-l', 'kea-operator.io/server'),
        await podsOf(NAMESPACE, '-l', 'app.kubernetes.io/name=kea-dhcp4,kea-operator.io/pair=campus'),
      ]
        .join('')
        .split('\n')
        .sort()
        .join('\n'),
    timeToReady: async () => {
      const number = ++subnets;
      const at = { namespace: OTHERS, name: `net-${number}` };
      const begin = performance.now();
      const spec = { haPairRef: { name: 'branch' }, cidr: `10.60.${number}.0/24`, deletionPolicy: 'Delete' };
      await client.create<KubeObject>(SUBNETS, { metadata: at, spec });
      await until(
        'a Subnet of others to be Ready',
        LIMIT_S,
        async () => {
          const { status } = await client.get<KubeObject>(SUBNETS, at);
          return conditionsOf(status).get('Ready')?.status === 'True';
        },
        POLL_MS,
      );
      const took = performance.now() - begin;
      await client.delete(SUBNETS, at);
      return Math.round(took);
    },
    areServed: async () => {
      expect((await cluster.dora('laptop')).ip).toMatch(/^198\.51\.100\./);
      expect(await cluster.kubectl(['get', 'leases.state.kea-operator.io', '-n', NAMESPACE])).toContain('198.51.100.');
    },
    operatorPeak: async () => {
      const status = await cluster.kubectl([
        ...['exec', '-n', SYSTEM, 'deployment/kea-operator', '--', '/usr/local/bin/node', '-p'],
        "fs.readFileSync('/proc/1/status', 'utf8')",
      ]);
      return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024);
    },
  };
};
