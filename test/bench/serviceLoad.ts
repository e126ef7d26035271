/** Kea's perfdhcp as the clients of a pair, and the greatest rate that the pair answers. */
import { join } from 'node:path';
import { ROOT } from '../support/cluster.ts';
import { tryRun } from '../support/run.ts';

/** What a load was to be, and what came of it. */
export interface Load {
  /** Exchanges that were begun, and those with all four messages. */
  readonly sent: number;
  readonly acked: number;
  /** From a REQUEST to its ACK, ms; of a load with timings. */
  readonly delays: readonly number[];
}

interface LoadSettings {
  readonly rootfs: string;
  readonly netns: string;
  readonly clients: number;
  /** Hardware address of the first client. */
  readonly first: string;
  /** Has a command line run with its share of the processors; left out: with what there is. */
  readonly inGroup?: (command: readonly string[]) => readonly string[];
}

/** So much later answers are lost. */
const WAIT_MS = 500;
const IN_ROOTFS = join(ROOT, 'test/cluster/files/in-rootfs');

/** Offers exchanges of DISCOVER, OFFER, REQUEST and ACK by broadcast, of one client after another. */
export const offer = async (
  { rootfs, netns, clients, first, inGroup = (command) => command }: LoadSettings,
  { rate, seconds, timings = false }: { readonly rate: number; readonly seconds: number; readonly timings?: boolean },
): Promise<Load> => {
  const inside = [`--net=/run/netns/${netns}`, '--', 'unshare', '--mount', '--propagation', 'private', IN_ROOTFS];
  const who = ['-4', '-l', 'eth0', '-b', `mac=${first}`, '-R', String(clients)];
  const what = [
    '-r',
    String(rate),
    '-p',
    String(seconds),
    '-W',
    String(WAIT_MS * 1000),
    ...(timings ? ['-x', 't'] : []),
  ];
  const whole = inGroup(['nsenter', ...inside, rootfs, '--', '/usr/sbin/perfdhcp', ...who, ...what]);
  const [program = '', ...args] = whole;
  const ran = await tryRun(program, args);
  // 3: some exchanges came to nothing.
  if (ran.code !== 0 && ran.code !== 3) throw new Error(`perfdhcp ended with ${ran.code}:\n${ran.stderr.slice(-1500)}`);
  return readReport(ran.stdout);
};

/** PURE: what perfdhcp printed. @throws Error where that is no report */
export const readReport = (printed: string): Load => {
  const [offers = '', acks = ''] = ['DISCOVER-OFFER', 'REQUEST-ACK'].map(
    (title) => new RegExp(`\\*\\*\\*Statistics for: ${title}\\*\\*\\*([^*]*)`).exec(printed)?.[1],
  );
  const [, sent] = /sent packets: (\d+)/.exec(offers) ?? [];
  const [, acked] = /received packets: (\d+)/.exec(acks) ?? [];
  if (sent === undefined || acked === undefined) throw new Error(`no report of perfdhcp:\n${printed.slice(0, 1500)}`);
  const [, timings = ''] = /\*\*\*Timestamps for packets: REQUEST-ACK\*\*\*([^*]*)/.exec(printed) ?? [];
  const delays = [...timings.matchAll(/sent \/ received: (\S+) \/ (\S+)/g)].map(
    ([, from = '', to = '']) => millisecondsOf(to) - millisecondsOf(from),
  );
  return { sent: Number(sent), acked: Number(acked), delays };
};

/** Of a time of day as perfdhcp writes it, 123456.000789. */
const millisecondsOf = (time: string): number => {
  const [, hours = 0, minutes = 0, seconds = 0] = /^(\d+)(\d\d)(\d\d(?:\.\d+)?)$/.exec(time) ?? [];
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
};

/** PURE: the value that so many of all do not exceed. @throws Error where there are none */
export const quantile = (values: readonly number[], of: number): number => {
  const sorted = values.toSorted((x, y) => x - y);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(of * sorted.length))];
  if (value === undefined) throw new Error('nothing was measured');
  return value;
};

/** One rate that was tried: the exchanges per second, and the part of those that were to be that came to nothing. */
export interface Tried {
  readonly rate: number;
  readonly lost: number;
}

export interface Search {
  /** The first rate. */
  readonly guess: number;
  /** Factor between rates until one is answered and a greater one is not. */
  readonly stride: number;
  /** The search ends where the least rate that is too great is no more than this factor above the greatest that is not. */
  readonly close: number;
}

/** A rate of which more is lost is too great. */
const MOST_LOST = 0.01;
const MOST_STEPS = 14;

/** Tries rates until the greatest that is answered is known. */
export const tryRates = async (
  search: Search,
  lossAt: (rate: number) => Promise<number>,
): Promise<readonly Tried[]> => {
  const tried: Tried[] = [];
  for (let rate = nextRate(tried, search); rate !== undefined; rate = nextRate(tried, search)) {
    let lost = await lossAt(rate);
    // Once is no proof: something else may have had the processor.
    if (lost >= MOST_LOST) lost = Math.min(lost, await lossAt(rate));
    tried.push({ rate, lost });
  }
  return tried;
};

/** PURE: the next rate to try; undefined once the greatest that is answered is known. */
export const nextRate = (tried: readonly Tried[], { guess, stride, close }: Search): number | undefined => {
  if (tried.length === 0) return guess;
  if (tried.length >= MOST_STEPS) return undefined;
  const best = bestRate(tried);
  const above = tried.filter(({ rate }) => best === undefined || rate > best).map(({ rate }) => rate);
  const least = Math.min(...above);
  if (best === undefined) return Math.round(least / stride);
  if (above.length === 0) return Math.round(best * stride);
  return least / best <= close ? undefined : Math.round(Math.sqrt(least * best));
};

/** PURE: the greatest rate that was answered. */
export const bestRate = (tried: readonly Tried[]): number | undefined => {
  const answered = tried.filter(({ lost }) => lost < MOST_LOST).map(({ rate }) => rate);
  return answered.length === 0 ? undefined : Math.max(...answered);
};
