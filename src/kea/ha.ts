/**
 * The states of Kea's HA hook (reference manual, "HA hook library: server states"), in one table: what a server does in each for the clients
 * of its scopes, and what others may expect of it.
 */
import type { KeaStatus } from './commands.ts';

interface HaState {
  /** It works with its partner or without, instead of getting ready to do so. */
  readonly atWork: boolean;
  /** The pair works as its mode says. */
  readonly settled: boolean;
  /** It would do its partner's work, if that went now. */
  readonly takesOver: boolean;
  /**
   * Whose scopes it has: its `own` by right, and more or less for a while where somebody moves them; `all`, as it serves everybody or is about to;
   * or those that `Kea` gives it. Kea sets them anew with each change of state.
   */
  readonly scopes: 'own' | 'all' | 'Kea';
  /** Whose leases are asked for first: 1 has them all, 2 may lag, 3 fetches them from its partner or waits to do so. */
  readonly leases: 1 | 2 | 3;
}

const HA_STATES = {
  /** No hook, no partner. */
  standalone: { atWork: true, settled: true, takesOver: true, scopes: 'Kea', leases: 1 },
  'hot-standby': { atWork: true, settled: true, takesOver: true, scopes: 'own', leases: 1 },
  'load-balancing': { atWork: true, settled: true, takesOver: true, scopes: 'own', leases: 1 },
  'passive-backup': { atWork: true, settled: true, takesOver: true, scopes: 'Kea', leases: 1 },
  'partner-down': { atWork: true, settled: false, takesOver: true, scopes: 'all', leases: 1 },
  'partner-in-maintenance': { atWork: true, settled: false, takesOver: true, scopes: 'all', leases: 1 },
  'communication-recovery': { atWork: true, settled: false, takesOver: false, scopes: 'own', leases: 1 },
  /** Clocks too far apart, or too many lease updates refused: each answers its own clients, and nobody takes over. */
  terminated: { atWork: true, settled: false, takesOver: false, scopes: 'Kea', leases: 2 },
  'in-maintenance': { atWork: false, settled: false, takesOver: false, scopes: 'Kea', leases: 2 },
  backup: { atWork: false, settled: true, takesOver: false, scopes: 'Kea', leases: 2 },
  waiting: { atWork: false, settled: false, takesOver: false, scopes: 'Kea', leases: 3 },
  syncing: { atWork: false, settled: false, takesOver: false, scopes: 'Kea', leases: 3 },
  ready: { atWork: false, settled: false, takesOver: false, scopes: 'Kea', leases: 3 },
} as const satisfies Readonly<Record<string, HaState>>;

/** A state by its name: a name that the table has not does not compile. */
export type HaStateName = keyof typeof HA_STATES;

/** Of a state that a later Kea may have nothing is expected. */
const UNKNOWN: HaState = { atWork: false, settled: false, takesOver: false, scopes: 'Kea', leases: 3 };

const byName: ReadonlyMap<string, HaState> = new Map(Object.entries(HA_STATES));
const find = (state: string): HaState => byName.get(state) ?? UNKNOWN;

export const localOf = (status: KeaStatus) => status['high-availability']?.[0]?.['ha-servers'].local;

/** The scopes that a server has, whether it answers their clients or not; undefined without the hook. */
export const haScopesOf = (status: KeaStatus): readonly string[] | undefined => localOf(status)?.scopes;

/** HA state of a server; `standalone` without the hook. */
export const haStateOf = (status: KeaStatus): string => localOf(status)?.state ?? 'standalone';

/** Whether it is this very state; most questions are better asked by what a server does in it. */
export const isState = (state: string | undefined, name: HaStateName): boolean => state === name;

export const isInState = (status: KeaStatus, name: HaStateName): boolean => isState(haStateOf(status), name);

/** The mode that a server runs with, in Kea's spelling; undefined without the hook. */
export const haModeOf = (status: KeaStatus): string | undefined => status['high-availability']?.[0]?.['ha-mode'];

/** What is known of the partner; undefined without the hook. */
export const partnerOf = (status: KeaStatus) => status['high-availability']?.[0]?.['ha-servers'].remote;

/** How many clients the partner leaves without an answer, as a server counts them while it does not hear that; undefined without the hook. */
export const unackedClientsOf = (status: KeaStatus): number | undefined => partnerOf(status)?.['unacked-clients'];

/** A partner that has not answered for so many heartbeats and ms is missed: one that reads its rows anew answers nobody for some seconds. */
const HEARTBEATS_MISSED = 3;
const MISSED_MS = 3000;

/**
 * Whether a server that works with a partner gets no answer from it, on its HA port. Kea itself says so after `max-response-delay` only, a minute as a
 * rule, and leaves its clients waiting for the partner's consent until then. A backup asks nobody.
 * @param heartbeatDelay How often a server asks its partner, ms.
 */
export const isCutOff = (status: KeaStatus, heartbeatDelay: number): boolean => {
  const { age = 0, 'communication-interrupted': interrupted } = partnerOf(status) ?? {};
  const missed = age * 1000 >= HEARTBEATS_MISSED * heartbeatDelay + MISSED_MS;
  return !isInState(status, 'backup') && (interrupted === true || missed);
};

/** How far apart, in seconds, the clocks of two servers may be: Kea warns from 30 s on, and from 60 s on they end their work together. */
export const SKEW_WARNING = 30;
export const SKEW_LIMIT = 60;

/** Whether a server finds its clock that far from its partner's. */
export const hasSkewedClock = (status: KeaStatus): boolean =>
  Math.abs(partnerOf(status)?.['clock-skew'] ?? 0) >= SKEW_WARNING;

export const isSettled = (state: string): boolean => find(state).settled;

/** Whether scopes can be given to a server, or taken from it. */
export const hasMovableScopes = (status: KeaStatus): boolean => find(haStateOf(status)).scopes === 'own';

/** Whether a server serves everybody, or is about to: Kea itself sees to the scopes. */
export const isInCharge = (status: KeaStatus): boolean => find(haStateOf(status)).scopes === 'all';

export const leaseRankOf = (status: KeaStatus): 1 | 2 | 3 => find(haStateOf(status)).leases;

const isDisabled = (status: KeaStatus): boolean => status['dhcp-state']?.['globally-disabled'] === true;

/** Whether a server serves everybody by its state, and waits with that as its partner, which has fetched its leases, is to answer it first. */
export const waitsForConsent = (status: KeaStatus, heartbeatDelay: number): boolean =>
  isInState(status, 'partner-down') && isDisabled(status) && isCutOff(status, heartbeatDelay);

/** Whether a server has given out leases without its partner, of which it tells that once they work together again: until then nobody else knows of them. */
export const owesLeases = (status: KeaStatus): boolean => isInState(status, 'communication-recovery');

/** Why a server's DHCP sockets are not open; undefined: they are, as far as it says. */
export const socketProblem = ({ sockets }: KeaStatus): string | undefined =>
  sockets === undefined || sockets.status === 'ready'
    ? undefined
    : `DHCP sockets are not open: ${sockets.errors?.join('; ') ?? sockets.status}`;

/** Kea's word, and the kernel's, where somebody else has the port. */
export const ADDRESS_IN_USE = 'Address already in use';

/** The interfaces on which somebody else has a server's DHCP port; where Kea names none, as many empty names. */
export const interfacesInUse = ({ sockets }: KeaStatus): readonly string[] => {
  if (sockets === undefined || sockets.status === 'ready') return [];
  const errors = (sockets.errors ?? []).filter((error) => error.includes(ADDRESS_IN_USE));
  return [...new Set(errors.map((error) => / on interface ([^\s,:]+)/.exec(error)?.[1] ?? ''))];
};

/** Why a server answers nobody although its sockets are open, where that is not its HA hook's doing; undefined: it is not so. kea-probe does it for want of a link. */
export const switchedOff = (status: KeaStatus): string | undefined =>
  status['dhcp-state']?.['disabled-by-user'] === true
    ? 'its DHCP service is disabled: its interfaces have no link, or somebody sent dhcp-disable'
    : undefined;

const isOpen = (status: KeaStatus): boolean => !isDisabled(status) && socketProblem(status) === undefined;

/**
 * The scopes, named after the servers whose clients they are, that a server answers now. A state is not enough: a standby in `hot-standby`
 * answers nobody, and a primary whose sockets are closed has its scope all the same. While the hook begins anew it disables the service.
 * @param alone Name of the scope of a server without the hook.
 */
export const scopesAnswered = (status: KeaStatus, alone: string): readonly string[] =>
  isOpen(status) ? (haScopesOf(status) ?? [alone]) : [];

/** Whether a server answers the clients of whatever scopes it is given. */
export const answersScopes = (status: KeaStatus): boolean => isOpen(status) && !isInState(status, 'backup');

/** The name that a server runs with; undefined without the hook. */
export const localNameOf = (status: KeaStatus): string | undefined => localOf(status)?.['server-name'];

/** The role that a server runs with, as Kea spells it; undefined without the hook. */
export const localRoleOf = (status: KeaStatus): string | undefined => localOf(status)?.role;

/** Whether a server could do all of a pair's work, now or as soon as it misses its partner. */
export const couldTakeOver = (status: KeaStatus): boolean => isOpen(status) && find(haStateOf(status)).takesOver;

/** Whether a server is about to serve, or to stand by: it fetches leases, or waits a moment for its partner's consent. */
export const isGettingReady = (status: KeaStatus): boolean => {
  const { atWork, leases } = find(haStateOf(status));
  return socketProblem(status) === undefined && (leases === 3 || (atWork && isDisabled(status)));
};

/** Whether a server does what its state asks of it: the sockets are open, and it is not disabled, unless it is a backup. */
export const isAtWork = (status: KeaStatus): boolean =>
  isInState(status, 'backup') ? socketProblem(status) === undefined : isOpen(status) && find(haStateOf(status)).atWork;
