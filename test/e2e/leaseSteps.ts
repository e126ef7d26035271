/** What users see of leases by kubectl while things happen to them. */
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import { NAMESPACE } from '../support/install.ts';
import { until } from '../support/run.ts';
import { cluster, kubectl } from './context.ts';

export const LEASES = `/apis/state.kea-operator.io/v1alpha1/namespaces/${NAMESPACE}/leases`;

/** What happened to a lease is seen within these seconds. */
const SOON_S = 2;

export const seenSoon = (what: string, ask: () => Promise<boolean>): Promise<unknown> => until(what, SOON_S, ask, 50);

/** Empty where there is none. By its whole name: until kubectl asks again what there is, `leases` alone may be those of coordination.k8s.io. */
export const leaseState = (name: string): Promise<string> =>
  kubectl('get', 'leases.state.kea-operator.io', name, '--ignore-not-found', '-o', 'jsonpath={.status.state}');

const lastTransaction = (name: string): Promise<string> =>
  kubectl('get', 'leases.state.kea-operator.io', name, '-o', 'jsonpath={.status.lastTransaction}');

/** A client, as the steps need it. */
export interface Steps {
  /** Gives the address. */
  readonly take: () => Promise<string>;
  readonly renew: () => Promise<unknown>;
  readonly release: () => Promise<unknown>;
}

/** A real client takes a lease, renews it and gives it back. */
export const seesEachStep = async ({ take, renew, release }: Steps): Promise<void> => {
  const address = await take();
  await seenSoon(`the lease of ${address}`, async () => (await leaseState(address)) === 'Active');
  const taken = await lastTransaction(address);
  // Kea's times are whole seconds.
  await pause(1_100);
  await renew();
  await seenSoon('that it was renewed', async () => (await lastTransaction(address)) > taken);
  await release();
  await seenSoon('that it was given back', async () => (await leaseState(address)) !== 'Active');
};

interface LeaseList {
  readonly metadata: { readonly continue?: string };
  readonly items: readonly { readonly metadata: { readonly name: string } }[];
}

const page = async (pair: string, query: string): Promise<LeaseList> => {
  const selector = encodeURIComponent(`kea-operator.io/pair=${pair}`);
  return JSON.parse(await kubectl('get', '--raw', `${LEASES}?labelSelector=${selector}${query}`)) as LeaseList;
};

const namesIn = ({ items }: LeaseList): readonly string[] => items.map(({ metadata }) => metadata.name);

/** A list of a pair's leases of which the first page is read. */
export interface BegunList {
  /** Goes on by the token of that page, which may be refused for as long as a lease store is being looked for. */
  readonly finish: () => Promise<void>;
}

export const beginList = async (pair: string): Promise<BegunList> => {
  const whole = namesIn(await page(pair, ''));
  const first = await page(pair, '&limit=1');
  const token = first.metadata.continue;
  if (token === undefined) throw new Error(`HAPair ${pair} has too few leases for two pages: ${whole.join(', ')}`);
  return {
    finish: async () => {
      const next = `&limit=500&continue=${encodeURIComponent(token)}`;
      const names = [...namesIn(first), ...namesIn(await until('the next page', 30, () => page(pair, next)))];
      // Others may have got a lease meanwhile.
      expect(new Set(names).size).toBe(names.length);
      expect(names).toEqual(expect.arrayContaining([...whole]));
    },
  };
};

const API_PROCESSES = String.raw`pgrep -f 'kea-operator\.js apiserver'`;

/** Ends all processes of the lease API on the spot; they are on one node. */
export const killLeaseApi = (): Promise<string> =>
  cluster.run(['exec', 'node3', 'sh', '-ec', `kill -9 $(${API_PROCESSES})`]);

/** What is printed of an unlimited list whose API is killed in the midst of it, and how kubectl ended. */
export const listThroughKill = async (): Promise<{ readonly code: number; readonly end: string }> => {
  const child = cluster.start(['kubectl', 'get', '--raw', LEASES]);
  const closed = new Promise<number>((resolve) => {
    child.once('close', (code) => {
      resolve(code ?? 1);
    });
  });
  let end = '';
  let begun = false;
  for await (const chunk of child.stdout) {
    end = (end + String(chunk)).slice(-100);
    // Nobody reads meanwhile: what does not fit on the way is still with the API.
    if (!begun) await killLeaseApi();
    begun = true;
  }
  return { code: await closed, end };
};
