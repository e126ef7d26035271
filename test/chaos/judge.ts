/** PURE: what a case's records say. Times are milliseconds since 1970, figures in seconds. */

/** One exchange of the probe (test/cluster/go/dhcp-probe). */
export interface Exchange {
  /** When it began. */
  readonly at: number;
  /** How long it lasted, ms. */
  readonly took: number;
  readonly client: string;
  readonly kind: 'known' | 'new';
  readonly offered?: string;
  readonly acked?: string;
  readonly server?: string;
  /** Lifetime of the lease, s. */
  readonly lease?: number;
  /** Why there is no lease; absent where there is one. */
  readonly failed?: string;
}

export interface Window {
  readonly from: number;
  readonly to: number;
}

/** A time in which one client asked and got nothing. */
export interface Silence extends Window {
  readonly client: string;
}

/** Reads what the probe printed; a last line that was cut off counts for nothing. */
export const readExchanges = (printed: string): readonly Exchange[] =>
  printed.split('\n').flatMap((line) => {
    try {
      return line.trim() === '' ? [] : [JSON.parse(line) as Exchange];
    } catch {
      return [];
    }
  });

/** Two answers of one client are never further apart than this when all is well: it asks every half second. */
const LONGEST_PAUSE_MS = 1_000;

/** New clients follow each other in one place, as each stays until it is served: together they are one client. */
const keyOf = ({ kind, client }: Exchange): string => (kind === 'new' ? 'new clients' : client);

/**
 * The silences of every client within the window: from its last answer before an exchange that failed until its next answer, or until the end
 * of the window where none came. So a silence is never told shorter than it was, and up to a second longer. Each client counts for itself:
 * with load balancing each half of them has a server of its own.
 */
export const silences = (exchanges: readonly Exchange[], window: Window): readonly Silence[] => {
  const clients = Map.groupBy(
    exchanges.filter(({ at, took }) => at + took >= window.from && at <= window.to),
    keyOf,
  );
  return [...clients].flatMap(([client, own]) => {
    const answers = own
      .flatMap((one) => (one.failed === undefined ? [one.at + one.took] : []))
      .toSorted((a, b) => a - b);
    const failures = own.flatMap(({ failed, at }) => (failed === undefined ? [] : [at]));
    const marks = [window.from, ...answers.filter((at) => at > window.from && at <= window.to)];
    return marks.flatMap((from, index) => {
      const to = marks[index + 1];
      const failed = failures.some((at) => at >= from && at < (to ?? window.to));
      if (to === undefined) return failed ? [{ client, from, to: window.to }] : [];
      return failed || to - from > LONGEST_PAUSE_MS ? [{ client, from, to }] : [];
    });
  });
};

const seconds = (ms: number): number => Math.round(ms / 100) / 10;

/** The longest of the silences, in seconds; 0 where there was none. */
export const worst = (found: readonly Silence[]): number =>
  seconds(Math.max(0, ...found.map(({ from, to }) => to - from)));

/** Addresses that two clients held at one time. A client that is given another address has let go of the one before. */
export const duplicates = (exchanges: readonly Exchange[]): readonly string[] => {
  const held = new Map<string, { readonly client: string; readonly until: number }>();
  const addresses = new Map<string, string>();
  const twice = new Set<string>();
  for (const { acked = '', client, at, took, lease = 0 } of inTime(exchanges)) {
    const former = addresses.get(client);
    if (former !== undefined && former !== acked && held.get(former)?.client === client) held.delete(former);
    const before = held.get(acked);
    if (before !== undefined && before.client !== client && at < before.until) twice.add(acked);
    held.set(acked, { client, until: at + took + lease * 1000 });
    addresses.set(client, acked);
  }
  return [...twice.difference(left(exchanges))].toSorted();
};

const inTime = (exchanges: readonly Exchange[]): readonly Exchange[] =>
  exchanges.filter(({ acked }) => acked !== undefined).toSorted((a, b) => a.at + a.took - b.at - b.took);

/** The addresses that known clients were given another one after, by client. */
const leftBy = (exchanges: readonly Exchange[]): ReadonlyMap<string, ReadonlySet<string>> => {
  const last = new Map<string, string>();
  const left = new Map<string, Set<string>>();
  for (const { kind, client, acked = '' } of inTime(exchanges)) {
    if (kind !== 'known') continue;
    const before = last.get(client);
    if (before !== undefined && before !== acked) left.set(client, (left.get(client) ?? new Set()).add(before));
    last.set(client, acked);
  }
  return left;
};

/** Known clients that were given another address than they had. */
export const moved = (exchanges: readonly Exchange[]): readonly string[] => [...leftBy(exchanges).keys()];

/**
 * Addresses that a client has moved from, be it that it came back to it. A server that was without its partner tells it of that a moment after they work
 * together again (Kea's backlog of updates), when the partner may have given the address to another client already: docs/reliability.md says so.
 */
const left = (exchanges: readonly Exchange[]): ReadonlySet<string> =>
  new Set([...leftBy(exchanges).values()].flatMap((addresses) => [...addresses]));

/** The type under which a warning of the status is among the conditions. */
export const WARNING = 'Warning';

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** The pair at one moment, as a user sees it. */
export interface Sample {
  readonly at: number;
  /** The API server answered. */
  readonly api: boolean;
  /** The operator's Deployment is available, and one of its pods leads. */
  readonly operator: boolean;
  readonly conditions: readonly Condition[];
}

/** What a condition has to say. What is left out may be anything. */
export interface Saying {
  readonly type: string;
  /** One of these. */
  readonly status?: readonly string[];
  /** One of these. */
  readonly reason?: readonly string[];
  /** What the message has to match. */
  readonly message?: RegExp;
}

/** How long the status may take to tell what is wrong, once there are an API server and an operator. */
export const SAYING_SECONDS = 15;

export const says = (conditions: readonly Condition[], { type, status, reason, message }: Saying): boolean =>
  conditions.some(
    (condition) =>
      condition.type === type &&
      (status?.includes(condition.status) ?? true) &&
      (reason?.includes(condition.reason) ?? true) &&
      (message?.test(condition.message) ?? true),
  );

export const describeSaying = ({ type, status, reason, message }: Saying): string =>
  `${type}${status === undefined ? '' : `=${status.join('/')}`}${reason === undefined ? '' : ` ${reason.join('/')}`}${
    message === undefined ? '' : ` ${String(message)}`
  }`;

/** When the pair said so first, in seconds after `from` or after API server and operator were there; undefined: never within the samples. */
export const saidAfter = (samples: readonly Sample[], from: number, saying: Saying): number | undefined => {
  const present = samples.filter(({ at, api, operator }) => at >= from && api && operator);
  const start = present[0]?.at;
  const said = present.find(({ conditions }) => says(conditions, saying));
  return start === undefined || said === undefined ? undefined : seconds(said.at - start);
};

/** A silence longer than this has to show in the status. */
const LIE_MS = SAYING_SECONDS * 1000;

/**
 * The first moment at which status said Ready though clients had been silent for more than fifteen seconds, with API server and operator
 * there all that time; undefined: it never lied.
 */
export const firstLie = (samples: readonly Sample[], found: readonly Silence[]): Sample | undefined => {
  const long = found.filter(({ from, to }) => to - from > LIE_MS);
  return samples.find(({ at, api, conditions }) => {
    if (!api || !says(conditions, { type: 'Ready', status: ['True'] })) return false;
    return long.some(({ from, to }) => {
      if (at > to) return false;
      const during = samples.filter((sample) => sample.at >= from && sample.at <= at);
      const absent = during.findLast(({ api: there, operator }) => !there || !operator)?.at ?? from;
      return at - absent > LIE_MS;
    });
  });
};

/** A lease as a server or the database tells it, reduced to what two servers must agree on. */
export interface Lease {
  readonly address: string;
  readonly client: string;
  readonly subnetId: number;
  /** When it is over, s since 1970. */
  readonly ends: number;
}

/** What is about to end may be over for one server and not for the other, and counts for nothing. */
export const ENDING_MS = 15_000;

export const leaseText = ({ address, client, subnetId }: Lease): string => `${address} ${client} #${subnetId}`;

/** What one list has and the other lacks, in words; empty: they are equal. */
export const difference = (before: readonly string[], after: readonly string[]): readonly string[] => {
  const [was, is] = [new Set(before), new Set(after)];
  return [
    ...[...was].filter((line) => !is.has(line)).map((line) => `- ${line}`),
    ...[...is].filter((line) => !was.has(line)).map((line) => `+ ${line}`),
  ];
};

/**
 * What each client was given last. Of exchanges at one time, where a packet waited while the client asked again, nobody knows which the server took last:
 * any of them may be it.
 */
const lastOf = (exchanges: readonly Exchange[]): ReadonlyMap<string, readonly Exchange[]> =>
  new Map(
    [...Map.groupBy(inTime(exchanges), ({ client }) => client)].map(([client, own]) => {
      const begun = own.at(-1)?.at ?? 0;
      return [client, own.filter(({ at, took }) => at + took >= begun)];
    }),
  );

/**
 * What one server has and the other has not, in words; empty: they agree. An address that its client has let go of for another may still be
 * at one of them until it is over: nobody else is kept from more than that one address.
 */
export const disagreements = (
  ours: readonly Lease[],
  theirs: readonly Lease[],
  exchanges: readonly Exchange[],
  now: number,
): readonly string[] => {
  const [last, gone] = [lastOf(exchanges), left(exchanges)];
  const counts = ({ address, client, ends }: Lease): boolean =>
    (last.get(client) ?? []).every(({ acked }) => acked === address) &&
    !gone.has(address) &&
    ends * 1000 > now + ENDING_MS;
  // What does not count is taken for known to both.
  const uncounted = [...ours, ...theirs].filter((lease) => !counts(lease));
  return difference([...ours, ...uncounted].map(leaseText), [...theirs, ...uncounted].map(leaseText));
};

/** The lease that each client was given last, where it is not over and the server does not know it. */
export const lost = (exchanges: readonly Exchange[], leases: readonly Lease[], now: number): readonly string[] => {
  const [last, leavers] = [lastOf(exchanges), leftBy(exchanges)];
  /** It is another's who moved from it; who came back to what it left has it. */
  const isLeft = (address: string, client: string): boolean =>
    [...leavers].some(([leaver, addresses]) => leaver !== client && addresses.has(address));
  const known = new Set(leases.map(({ address, client }) => `${address} ${client}`));
  return [...last.values()]
    .map((any) => any.filter(({ at, lease = 0 }) => at + lease * 1000 > now))
    .filter((any) => !any.some(({ acked = '', client }) => isLeft(acked, client) || known.has(`${acked} ${client}`)))
    .flatMap((any) => any.slice(-1))
    .map(({ acked = '', client }) => `${acked} ${client}`)
    .toSorted();
};
