/** How long it takes to read leases through kube-apiserver, each beside a rival of the same moment. */
import { type Asker, TABLE } from './asker.ts';
import { type Figure, figureOf } from './figures.ts';
import { IN, type LeaseLab, type Store } from './leaseLab.ts';
import { copyAll, leaseAt, selectPage } from './leaseRows.ts';
import type { Psql } from './psql.ts';

/** Milliseconds of a question and of its rival, taken in turns. */
export interface Read {
  readonly name: string;
  readonly store: Store;
  readonly rival: string;
  /** Not to be exceeded by the ratio. */
  readonly goal: number;
  readonly own: Figure;
  readonly other: Figure;
}

const API = '/apis/state.kea-operator.io/v1alpha1';
export const PAGE = 500;
const SECRET = '/api/v1/namespaces/dhcp/secrets/rival';

export const leasesOf = (store: Store): string => `${API}/namespaces/${IN[store]}/leases`;

type Way = () => Promise<number>;

/** Questions that do not count: after so many the compiler has seen the code of a page often enough. */
const WARM_UP = 30;

const inTurns = async (
  repetitions: number,
  what: Omit<Read, 'own' | 'other'>,
  own: (repetition: number) => Promise<number>,
  other: Way,
): Promise<Read> => {
  const [ours, theirs]: [number[], number[]] = [[], []];
  // Connections, caches and compiled code are there before anything counts.
  for (let time = 0; time < WARM_UP; time++) {
    await own(time);
    await other();
  }
  for (let repetition = 0; repetition < repetitions; repetition++) {
    ours.push(await own(repetition));
    theirs.push(await other());
  }
  return { ...what, own: figureOf(ours), other: figureOf(theirs) };
};

interface Page {
  readonly metadata: { readonly continue?: string };
  readonly items: readonly unknown[];
}

/** How a list goes page by page: its last token, and how many leases it had. */
interface Walked {
  readonly last: string;
  readonly leases: number;
  readonly seconds: number;
}

const walk = async (asker: Asker, store: Store): Promise<Walked> => {
  const begin = performance.now();
  let [last, token, leases]: [string, string | undefined, number] = ['', undefined, 0];
  do {
    const page = (await asker.json(`${leasesOf(store)}?limit=${PAGE}${next(token)}`)) as Page;
    leases += page.items.length;
    if (token !== undefined) last = token;
    token = page.metadata.continue;
  } while (token !== undefined);
  return { last, leases, seconds: (performance.now() - begin) / 1000 };
};

const next = (token: string | undefined): string =>
  token === undefined ? '' : `&continue=${encodeURIComponent(token)}`;

interface Tools {
  readonly lab: LeaseLab;
  readonly asker: Asker;
  readonly psql: Psql;
  readonly leases: number;
  readonly repetitions: number;
}

/** Of the pages and of single leases, in both stores. */
export const readLeases = async (tools: Tools, say: (line: string) => void): Promise<readonly Read[]> => {
  const { lab, asker, psql, leases, repetitions } = tools;
  const reads: Read[] = [];
  const add = async (
    what: Omit<Read, 'own' | 'other'>,
    own: (repetition: number) => Promise<number>,
    other: Way,
  ): Promise<void> => {
    const read = await inTurns(repetitions, what, own, other);
    say(`  ${read.name}, ${read.store}: ${read.own.median.toFixed(1)} ms, rival ${read.other.median.toFixed(1)} ms`);
    reads.push(read);
  };
  const table = async (path: string): Promise<number> => (await asker.time(path, TABLE)).ms;

  const commands: Readonly<Record<Store, readonly [string, number, Way]>> = {
    PostgreSQL: ['the same SELECT by psql', 3, () => psql.time(selectPage(PAGE))],
    Memfile: [
      '`lease4-get-page` by the same control channel',
      1.5,
      async () => {
        const begin = performance.now();
        await lab.memory.client.call('lease4-get-page', { from: 'start', limit: PAGE });
        return performance.now() - begin;
      },
    ],
  };
  const secret = async (): Promise<number> => (await asker.time(SECRET)).ms;
  for (const store of ['PostgreSQL', 'Memfile'] as const) {
    const list = leasesOf(store);
    const [rival, goal, command] = commands[store];
    const first = (): Promise<number> => table(`${list}?limit=${PAGE}`);
    await add({ name: `first page of ${PAGE} as a Table`, store, rival, goal }, first, command);

    if (store === 'PostgreSQL') {
      const what = {
        name: `first page of ${PAGE} by kubectl, as a command`,
        store,
        rival: 'the same SELECT by `psql -c`',
      };
      const kubectl = (): Promise<number> => timed(kubectlGet(lab, `${list}?limit=${PAGE}`));
      await add({ ...what, goal }, kubectl, () => timed(psql.command(selectPage(PAGE))));
    }

    const walked = await walk(asker, store);
    say(`  ${walked.leases} leases page by page in ${walked.seconds.toFixed(1)} s`);
    if (walked.leases !== leases) throw new Error(`${store}: ${walked.leases} leases were listed, not ${leases}`);
    // As long as the first one, but for what is left over.
    const last = (): Promise<number> => table(`${list}?limit=${PAGE}${next(walked.last)}`);
    await add({ name: 'last page', store, rival: 'the first page', goal: 1.2 }, last, first);

    const one = (repetition: number) => leaseAt((repetition * 7919) % leases);
    for (const [name, path] of [
      ['by address', (n: number) => `${list}/${one(n).address}`],
      ['by MAC', (n: number) => selected(list, 'hwAddress', one(n).hwAddress)],
      ['by host name', (n: number) => selected(list, 'hostname', one(n).hostname)],
    ] as const) {
      const found = (await asker.json(path(1))) as { readonly items?: readonly unknown[] };
      if (found.items !== undefined && found.items.length !== 1)
        throw new Error(`${name}: ${found.items.length} leases`);
      const own = async (repetition: number): Promise<number> => (await asker.time(path(repetition))).ms;
      await add({ name: `get ${name}`, store, rival: '`get` of a Secret', goal: 2 }, own, secret);
    }
  }
  return reads;
};

const selected = (list: string, field: string, value: string): string =>
  `${list}?limit=${PAGE}&fieldSelector=${encodeURIComponent(`spec.${field}=${value}`)}`;

/** All leases in one answer, beside their COPY as JSON. */
export interface WholeList {
  readonly seconds: Figure;
  readonly copySeconds: Figure;
  readonly mebibytes: number;
  /** Greatest resident set of the lease API meanwhile, MiB. */
  readonly apiMiB: number;
}

export const readAll = async ({ lab, asker, psql }: Tools, repetitions: number): Promise<WholeList> => {
  const [ours, theirs]: [number[], number[]] = [[], []];
  let bytes = 0;
  await lab.peak();
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const asked = await asker.time(leasesOf('PostgreSQL'));
    ours.push(asked.ms / 1000);
    bytes = asked.bytes;
    theirs.push((await timed(psql.command(copyAll()))) / 1000);
  }
  return {
    seconds: figureOf(ours),
    copySeconds: figureOf(theirs),
    mebibytes: bytes / 2 ** 20,
    apiMiB: await lab.peak(),
  };
};

const kubectlGet = async ({ world }: LeaseLab, path: string): Promise<void> => {
  const { code, stderr } = await world.kubectl(['get', '--raw', path]);
  if (code !== 0) throw new Error(`kubectl get --raw ${path}: ${stderr}`);
};

/** Milliseconds. */
const timed = async (work: Promise<unknown>): Promise<number> => {
  const begin = performance.now();
  await work;
  return performance.now() - begin;
};

/** The Secret that is got as a rival. */
export const writeSecret = async ({ world }: LeaseLab): Promise<void> => {
  const body = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'rival', namespace: IN.PostgreSQL },
    stringData: { username: 'kea', password: 'x'.repeat(24) },
  };
  await world.server.client.raw({ method: 'POST', path: SECRET.replace(/\/rival$/, ''), body });
};
