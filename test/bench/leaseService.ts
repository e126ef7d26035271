/** What DHCP clients notice of it that all leases are being listed: their server keeps its leases in the database that is read. */
import { binary } from '../support/postgres.ts';
import { sleep } from '../support/run.ts';
import type { Asker } from './asker.ts';
import { NODES, openShares, type Request } from './cpuShares.ts';
import { type Figure, figureOf } from './figures.ts';
import type { LeaseLab } from './leaseLab.ts';
import { leasesOf } from './leaseReads.ts';
import { bestRate, offer, type Search, tryRates } from './serviceLoad.ts';

export interface ServedResult {
  readonly clients: number;
  readonly seconds: number;
  readonly repetitions: number;
  /** Exchanges per second of which less than 1 % come to nothing. */
  readonly alone: Figure;
  readonly whileListing: Figure;
  /** Lists that ended meanwhile. */
  readonly lists: number;
  /** Millicores of each that shared the processor of its node by them; undefined: there was no cgroup to write to, or no second processor. */
  readonly requests: readonly Pick<Request, 'name' | 'node' | 'millicores'>[] | undefined;
}

const CLIENTS = 'perfdhcp';

const named =
  (name: string): Request['is'] =>
  (program) =>
    program === name;

const [CONTROL_PLANE, DHCP] = NODES;

/**
 * What each asks its node for: the chart's values, the operator's default for a server of Kea (src/workload), kubeadm's for the control plane. Who asks is
 * a Pod that lists leases; perfdhcp stands for machines elsewhere, and must not be what is slow. The lease API is put where it disturbs the most.
 */
const REQUESTS: readonly Request[] = [
  // The one that holds all others is the first that is moved.
  {
    name: 'who asks',
    node: CONTROL_PLANE,
    millicores: 100,
    is: (_, args) => args.some((arg) => arg.endsWith('bench/main.ts')),
  },
  { name: 'kube-apiserver', node: CONTROL_PLANE, millicores: 250, is: named('kube-apiserver') },
  { name: 'etcd', node: CONTROL_PLANE, millicores: 100, is: named('etcd') },
  { name: CLIENTS, node: CONTROL_PLANE, millicores: 250, is: named('perfdhcp') },
  { name: 'the lease API', node: DHCP, millicores: 10, is: (_, args) => args.includes('apiserver') },
  { name: 'kea-dhcp4', node: DHCP, millicores: 50, is: named('kea-dhcp4') },
  { name: 'PostgreSQL', node: DHCP, millicores: 50, is: named('postgres') },
];

const FIRST_CLIENT = '02:0c:00:00:00:00';
/** In short steps, which do not count; then from what was found before. */
const ROUGH: Search = { guess: 800, stride: 1.5, close: 1.2 };
const ROUGH_SECONDS = 1;
const FINE: Omit<Search, 'guess'> = { stride: 1.1, close: 1.05 };
const FIRST_RATE = 400;
const PAUSE_MS = 300;

type Settings = Pick<ServedResult, 'clients' | 'seconds' | 'repetitions'>;

export const measureServed = async (
  { netns }: LeaseLab,
  asker: Asker,
  { clients, seconds, repetitions }: Settings,
  say: (line: string) => void,
): Promise<ServedResult> => {
  const shares = await openShares(REQUESTS);
  if (shares === undefined)
    say('  no cgroup can be written, or there is one processor: all processes share what there is alike');
  const load = {
    rootfs: await binary('kea-rootfs'),
    netns,
    clients,
    first: FIRST_CLIENT,
    ...(shares === undefined ? {} : { inGroup: (command: readonly string[]) => shares.inside(CLIENTS, command) }),
  };
  const find = async (what: string, search: Search, time: number): Promise<number> => {
    const tried = await tryRates(search, async (rate) => {
      const { acked } = await offer(load, { rate, seconds: time });
      await sleep(PAUSE_MS);
      return 1 - acked / (rate * time);
    });
    say(`  ${what}: ${tried.map(({ rate, lost }) => `${rate}/s ${(100 * lost).toFixed(1)} %`).join(', ')}`);
    const best = bestRate(tried);
    if (best === undefined) throw new Error(`${what}: no rate was answered`);
    return best;
  };

  try {
    // Each client asks once before anything is measured.
    await offer(load, { rate: FIRST_RATE, seconds: Math.ceil(clients / FIRST_RATE) });
    let guess = await find('at first', ROUGH, ROUGH_SECONDS);
    const [alone, whileListing]: [number[], number[]] = [[], []];
    let lists = 0;
    for (let repetition = 0; repetition < repetitions; repetition++) {
      alone.push(await find('alone', { ...FINE, guess }, seconds));
      const done = { yet: false };
      const listing = (async () => {
        for (; !done.yet; lists++) await asker.time(leasesOf('PostgreSQL'));
      })();
      try {
        guess = await find('while all leases are listed', { ...FINE, guess }, seconds);
      } finally {
        done.yet = true;
      }
      whileListing.push(guess);
      await listing;
    }
    const requests = shares && REQUESTS;
    return {
      clients,
      seconds,
      repetitions,
      alone: figureOf(alone),
      whileListing: figureOf(whileListing),
      lists,
      requests,
    };
  } finally {
    await shares?.end();
  }
};
