/**
 * Leases from the servers themselves, through the commands of the hooks lease_cmds and stat_cmds: the way to leases that
 * Kea keeps in memory (memfile). The servers of a pair hold the same leases, so the first that answers is asked; one
 * that is still fetching leases from its partner is asked last.
 */
import { setTimeout } from 'node:timers/promises';
import { type Addressing, compareAddresses, type Range, single } from '../kea/address.ts';
import { type KeaClient, KeaRefused, KeaUnreachable } from '../kea/client.ts';
import type { Commands, KeaStatus } from '../kea/commands.ts';
import type { Family } from '../kea/family.ts';
import type { CommandNames, KeaLease } from '../kea/familyCommands.ts';
import { haScopesOf, leaseRankOf, partnerOf } from '../kea/ha.ts';
import { createControlSelect } from './controlSelect.ts';
import { type Remaining, remainingOf } from './remaining.ts';
import {
  checkedLease,
  isActive,
  type Lease,
  LEASE_STATES,
  type LeasePage,
  type LeaseSource,
  LeasesUnavailable,
  pageOf,
} from './source.ts';
import { type Count, countByPages, divide } from './usage.ts';
import { leaseContext } from './userContext.ts';
import { walkRanges } from './walk.ts';

export interface ControlLeasesOptions {
  /** The pair's servers. Closed with the source. */
  readonly servers: readonly KeaClient[];
  readonly family: Family;
  /** Milliseconds since 1970. Default: the system's clock. */
  readonly now?: () => number;
  /** For how long the order of the servers is kept before their state is asked for again. Default 10 s. */
  readonly rankForMs?: number;
}

type LeaseCommands = CommandNames;
type AnswerOf<C extends keyof LeaseCommands> = Commands[LeaseCommands[C]]['answer'];

/** Kea's answer to "after address X"; no address comes before the first. */
const START = 'start';

/** Of more subnets with leases than this their figures will do, where there are any: the leases of each would be fetched. */
const COUNTED = 50;
/** So will those of a subnet with more leases: an answer holds 100,000 of them. */
const FETCHED = 50_000;

/** Leases that are read with that of an address, for others that are asked for may be among them: so many take a server no longer than a question. */
const NEIGHBOURS = 50;

/** Raises LeasesUnavailable when no server answers with leases. */
export const createControlLeases = (options: ControlLeasesOptions): LeaseSource => {
  const { servers, family, now = Date.now, rankForMs = 10_000 } = options;
  const of = family.addressing;
  const counts = (answer: AnswerOf<'leaseStatistics'>): readonly Count[] => countsOf(family, answer);
  let order = servers;
  /** Has the leases, and answers nobody. */
  let standby: KeaClient | undefined;
  let rankedAt = -Infinity;
  let ranking: Promise<void> | undefined;

  const rank = async (): Promise<void> => {
    const ranked = await Promise.all(servers.map(async (server) => ({ server, ...(await rankOf(server)) })));
    // Array.sort is stable: among equals the order of the pair's servers stands.
    order = ranked.sort((a, b) => a.rank - b.rank).map(({ server }) => server);
    standby = ranked.find(({ standsBy }) => standsBy)?.server;
    rankedAt = now();
  };

  const inOrder = async (standbyFirst: boolean): Promise<readonly KeaClient[]> => {
    if (servers.length > 1 && now() - rankedAt > rankForMs) {
      ranking ??= rank().finally(() => {
        ranking = undefined;
      });
      // Later the old order serves until the new one is there: a server that hangs holds nobody up for its state.
      if (rankedAt === -Infinity) await ranking;
    }
    const first = standbyFirst ? standby : undefined;
    return first === undefined ? order : [first, ...order.filter((other) => other !== first)];
  };

  /**
   * @param read What is made of an answer; where it is none, another server is asked.
   * @param standbyFirst What takes a server long is asked of one whose clients do not wait for it, where there is one.
   */
  const ask = async <C extends keyof LeaseCommands, T>(
    what: C,
    args: Commands[LeaseCommands[C]]['args'],
    read: (answer: Commands[LeaseCommands[C]]['answer']) => T,
    signal?: AbortSignal,
    standbyFirst = false,
  ): Promise<T> => {
    const failures: string[] = [];
    for (const server of await inOrder(standbyFirst)) {
      signal?.throwIfAborted();
      try {
        return read(await server.call<LeaseCommands[C]>(server.family.commands[what], args, signal));
      } catch (error) {
        signal?.throwIfAborted();
        failures.push(failureOf(server, error));
        order = [...order.filter((other) => other !== server), server];
        if (standby === server) standby = undefined;
      }
    }
    throw new LeasesUnavailable(failures.join('; '));
  };

  const pageFrom = async (standbyFirst: boolean, ...[limit, after, signal]: Parameters<LeaseSource['page']>) => {
    const read = (found: AnswerOf<'leasePage'>): LeasePage =>
      pageOf(
        (found?.leases ?? []).map((lease) => leaseOf(of, lease)),
        limit,
        after,
      );
    return ask('leasePage', { from: after ?? START, limit: limit + 1 }, read, signal, standbyFirst);
  };

  /** A page that nobody waits for: others have the server, and this process, for half as long before the next one. */
  const page: LeaseSource['page'] = async (limit, after, signal) => {
    const begin = performance.now();
    const found = await pageFrom(true, limit, after, signal);
    await setTimeout((performance.now() - begin) / 2, undefined, { signal });
    return found;
  };

  const pageOfServing: LeaseSource['page'] = (...asked) => pageFrom(false, ...asked);

  const get: LeaseSource['get'] = async (address, signal) => {
    const read = (lease: AnswerOf<'leaseGet'>): Lease | undefined => lease && leaseOf(of, lease);
    const lease = await ask('leaseGet', { 'ip-address': address }, read, signal);
    if (lease !== undefined || family.leaseFigures.delegated === undefined) return lease;
    return ask('leaseGet', { 'ip-address': address, type: PREFIX }, read, signal);
  };

  /**
   * Leases of subnets, or of a great many their figures.
   * @param figured What the figures of a subnet say; none: it has no leases.
   */
  const lookInto = async <T>(
    subnetIds: readonly number[],
    figured: (count: Count | undefined) => T,
    found: (leases: readonly Lease[]) => T,
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<number, T>> => {
    if (subnetIds.length === 0) return new Map();
    // The figures are a thousand times cheaper than the leases, and most subnets that are deleted have none. A subnet that the server does not have
    // loaded has no figures, and may have leases.
    const [only, ...more] = subnetIds;
    const args = more.length === 0 && only !== undefined ? { 'subnet-id': only } : undefined;
    const usages = await ask('leaseStatistics', args, counts, signal);
    const statistics = new Map(usages.map((one) => [one.subnetId, one]));
    const open = subnetIds.filter((id) => !statistics.has(id) || boundIn(statistics.get(id)) !== 0);
    const isFetched = (id: number): boolean =>
      !statistics.has(id) || (open.length <= COUNTED && boundIn(statistics.get(id)) <= FETCHED);
    const all = new Map(subnetIds.map((id) => [id, figured(statistics.get(id))]));
    for (const id of open.filter(isFetched)) {
      const read = (answer: AnswerOf<'leasesOfSubnets'>): T =>
        found((answer?.leases ?? []).map((lease) => leaseOf(of, lease)));
      all.set(id, await ask('leasesOfSubnets', { subnets: [id] }, read, signal));
    }
    return all;
  };

  return {
    get,
    page: pageOfServing,
    select: createControlSelect(family, {
      get,
      page: pageOfServing,
      found: (what, args, signal) =>
        ask(what, args, (found) => (found?.leases ?? []).map((lease) => leaseOf(of, lease)), signal),
      bound: (subnetId, signal) =>
        ask('leaseStatistics', { 'subnet-id': subnetId }, (answer) => boundIn(counts(answer)[0]), signal),
    }),
    ofAddresses: async (addresses, signal) => {
      const numbers = addresses.map(of.parse).filter((address) => address !== undefined);
      const found: Lease[] = [];
      const visit = (_: Range, lease: Lease): void => {
        found.push(lease);
      };
      await walkRanges({ page }, of, numbers.sort(compareAddresses).map(single), NEIGHBOURS, visit, signal);
      return found;
    },
    usage: async (pools, signal) => {
      // What Kea itself tells of pools is not to be believed: each command that adds a subnet adds to it once more what is there.
      const all = await ask('leaseStatistics', undefined, counts, signal, true);
      const { addresses, prefixes, usages } = divide(all, pools);
      const counted = [addresses, prefixes].map((stretches) => countByPages({ page }, of, stretches, signal));
      return usages(new Map((await Promise.all(counted)).flatMap((found) => [...found])));
    },
    countActive: (subnetIds, signal) =>
      lookInto(subnetIds, boundIn, (leases) => leases.filter((lease) => isActive(lease, now() / 1000)).length, signal),
    remaining: (subnetIds, signal) =>
      lookInto<Remaining>(
        subnetIds,
        (count) => ({ leases: boundIn(count) - (count?.declined ?? 0), endless: 0 }),
        (leases) => remainingOf(leases, now() / 1000),
        signal,
      ),
    close: async () => {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
};

/** Addresses and prefixes that are leased. */
const boundIn = (count: Count | undefined): number => (count?.assigned ?? 0) + (count?.delegated ?? 0);

/** Servers that do not answer come last, with those that fetch leases from the partner or wait for it. */
const UNFIT = 3;

interface Rank {
  readonly rank: number;
  /** It has the leases, as it hears its partner, and answers no client. */
  readonly standsBy: boolean;
}

const rankOf = async (server: KeaClient): Promise<Rank> => {
  try {
    return rankOfStatus(await server.call('status-get', undefined));
  } catch {
    return { rank: UNFIT, standsBy: false };
  }
};

/** A server that serves a scope of its own has the newest leases; a standby in good order has them a moment later. */
const rankOfStatus = (status: KeaStatus): Rank => {
  const scopes = haScopesOf(status);
  const rank = (scopes?.length ?? 0) > 0 ? 0 : leaseRankOf(status);
  const standsBy = scopes !== undefined && rank === 1 && partnerOf(status)?.['communication-interrupted'] !== true;
  return { rank, standsBy };
};

const failureOf = (server: KeaClient, error: unknown): string => {
  // It names the server itself.
  if (error instanceof KeaUnreachable) return error.message;
  if (error instanceof KeaRefused || error instanceof LeasesUnavailable) return `${server.name}: ${error.message}`;
  throw error;
};

/** Kea's word for the lease of a prefix. */
const PREFIX = 'IA_PD';

const leaseOf = (of: Addressing, lease: KeaLease): Lease => {
  const { 'hw-address': hwAddress, 'client-id': clientId, duid, iaid, hostname, type } = lease;
  const { 'prefix-len': prefixLength, 'preferred-lft': preferredLifetime } = lease;
  const { 'fqdn-fwd': fqdnForward, 'fqdn-rev': fqdnReverse } = lease;
  const { userContext, relayId, remoteId } = leaseContext(lease['user-context']);
  return checkedLease(of, {
    address: lease['ip-address'],
    subnetId: lease['subnet-id'],
    prefixLength: type === PREFIX ? prefixLength : undefined,
    hwAddress: hwAddress ? hwAddress.toLowerCase() : undefined,
    clientId: clientId ? clientId.toLowerCase() : undefined,
    duid: duid ? duid.toLowerCase() : undefined,
    iaid,
    preferredLifetime,
    hostname: hostname === '' ? undefined : hostname,
    fqdnForward,
    fqdnReverse,
    userContext,
    relayId,
    remoteId,
    state: LEASE_STATES[lease.state] ?? 'Active',
    cltt: lease.cltt,
    validLifetime: lease['valid-lft'],
  });
};

const countsOf = ({ leaseFigures }: Family, answer: AnswerOf<'leaseStatistics'>): readonly Count[] => {
  if (answer === undefined) return [];
  const { columns, rows } = answer['result-set'];
  const [id, assigned, declined, delegated] = [
    'subnet-id',
    leaseFigures.assigned,
    leaseFigures.declined,
    leaseFigures.delegated ?? '',
  ].map((name) => columns.indexOf(name)) as [number, number, number, number];
  return rows.map((row) => ({
    subnetId: row[id] ?? 0,
    // Unlike the statistic of the same name this command counts declined addresses apart (seen with 3.0.4, either storage).
    assigned: (row[assigned] ?? 0) + (row[declined] ?? 0),
    declined: row[declined] ?? 0,
    ...(leaseFigures.delegated === undefined ? {} : { delegated: row[delegated] ?? 0 }),
  }));
};
