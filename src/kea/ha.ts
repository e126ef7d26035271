/**
 * The states of Kea's HA hook (reference manual, "HA hook library: server states"), in one table: what a server does in each for the clients
 * of its scopes, and what others may expect of it.
 */
import type { KeaStatus } from './commands.ts';

interface HaState {
  /** The clients of its scopes are answered. */
  readonly answers: boolean;
  /** The pair works as its mode says. */
  readonly settled: boolean;
  /** It would do its partner's work, if that went now. */
  readonly takesOver: boolean;
  /** Whose leases are asked for first: 1 has them all, 2 may lag, 3 fetches them from its partner or waits to do so. */
  readonly leases: 1 | 2 | 3;
}

const HA_STATES = {
  /** No hook, no partner. */
  standalone: { answers: true, settled: true, takesOver: true, leases: 1 },
  'hot-standby': { answers: true, settled: true, takesOver: true, leases: 1 },
  'load-balancing': { answers: true, settled: true, takesOver: true, leases: 1 },
  'passive-backup': { answers: true, settled: true, takesOver: true, leases: 1 },
  'partner-down': { answers: true, settled: false, takesOver: true, leases: 1 },
  'partner-in-maintenance': { answers: true, settled: false, takesOver: true, leases: 1 },
  'communication-recovery': { answers: true, settled: false, takesOver: false, leases: 1 },
  /** Clocks too far apart, or too many lease updates refused: each answers its own clients, and nobody takes over. */
  terminated: { answers: true, settled: false, takesOver: false, leases: 2 },
  'in-maintenance': { answers: false, settled: false, takesOver: false, leases: 2 },
  backup: { answers: false, settled: true, takesOver: false, leases: 2 },
  waiting: { answers: false, settled: false, takesOver: false, leases: 3 },
  syncing: { answers: false, settled: false, takesOver: false, leases: 3 },
  ready: { answers: false, settled: false, takesOver: false, leases: 3 },
} as const satisfies Readonly<Record<string, HaState>>;

/** Of a state that a later Kea may have nothing is expected. */
const UNKNOWN: HaState = { answers: false, settled: false, takesOver: false, leases: 3 };

const find = (state: string): HaState => (HA_STATES as Readonly<Record<string, HaState>>)[state] ?? UNKNOWN;

const localOf = (status: KeaStatus) => status['high-availability']?.[0]?.['ha-servers'].local;

/** The scopes that a server has, whether it answers their clients or not; undefined without the hook. */
export const haScopesOf = (status: KeaStatus): readonly string[] | undefined => localOf(status)?.scopes;

/** HA state of a server; `standalone` without the hook. */
export const haStateOf = (status: KeaStatus): string => localOf(status)?.state ?? 'standalone';

/** What is known of the partner; undefined without the hook. */
export const partnerOf = (status: KeaStatus) => status['high-availability']?.[0]?.['ha-servers'].remote;

/** How far apart a server's clock and its partner's are, as Kea found at the last heartbeat, seconds; undefined: not known. */
export const clockSkewOf = (status: KeaStatus): number | undefined => {
  const skew = partnerOf(status)?.['clock-skew'];
  return skew === null || skew === undefined ? undefined : Math.abs(skew);
};

export const isSettled = (state: string): boolean => find(state).settled;

export const leaseRankOf = (status: KeaStatus): 1 | 2 | 3 => find(haStateOf(status)).leases;

const isDisabled = (status: KeaStatus): boolean => status['dhcp-state']?.['globally-disabled'] === true;

/** Why a server's DHCP sockets are not open; undefined: they are, as far as it says. */
export const socketProblem = ({ sockets }: KeaStatus): string | undefined =>
  sockets === undefined || sockets.status === 'ready'
    ? undefined
    : `DHCP sockets are not open: ${sockets.errors?.join('; ') ?? sockets.status}`;

/**
 * The scopes, named after the servers whose clients they are, that a server answers now. A state is not enough: a standby in `hot-standby`
 * answers nobody, and a primary whose sockets are closed has its scope all the same.
 * @param alone Name of the scope of a server without the hook.
 */
export const scopesAnswered = (status: KeaStatus, alone: string): readonly string[] => {
  if (isDisabled(status) || socketProblem(status) !== undefined || !find(haStateOf(status)).answers) return [];
  return localOf(status)?.scopes ?? [alone];
};

/** Whether a server could do all of a pair's work, now or as soon as it misses its partner. */
export const couldTakeOver = (status: KeaStatus): boolean =>
  !isDisabled(status) && socketProblem(status) === undefined && find(haStateOf(status)).takesOver;

/** Whether a server does what its state asks of it: the sockets are open, and it is not disabled, unless it is a backup. */
export const isAtWork = (status: KeaStatus): boolean => {
  const state = haStateOf(status);
  return socketProblem(status) === undefined && (state === 'backup' || (find(state).answers && !isDisabled(status)));
};
