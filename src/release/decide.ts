/**
 * What to do next to release a lease, by what the servers say of it. Servers that have their leases in memory tell each other of what clients do, and of no
 * command: a lease that is deleted from one of them comes back from the other with their next synchronization. So all of them are asked first, and a lease is
 * deleted from all or from none; what a client does meanwhile counts for more.
 */
import { leasedText } from '../kea/address.ts';
import { type Holder, type ReleaseAnswer, type ReleaseRequest } from './request.ts';

/** A lease as far as it decides. */
export interface SeenLease {
  /** Seconds since 1970 of the client's last transaction. */
  readonly cltt: number;
  readonly holder: Holder;
  /** When its time is over, in seconds since 1970. */
  readonly expires: number;
}

/** A server as it was found a moment ago. */
export interface SeenServer {
  readonly name: string;
  /** Why nothing may be deleted from it now: `is in state syncing`; undefined: nothing is against it. */
  readonly unfit?: string;
  /** It answers clients: what it is told reaches DNS as its own changes do. */
  readonly serves: boolean;
  readonly lease?: SeenLease;
}

/** How far a release has come. */
export interface ReleaseProgress {
  /** What each server had when the first deletion was decided on, by its name. */
  readonly begun: ReadonlyMap<string, SeenLease>;
  /** Deletions that servers were asked for; the last may have had no answer. */
  readonly asked: readonly string[];
  /** One was confirmed, and with it the end of the names in DNS was told. */
  readonly confirmed: boolean;
  /** No server had it when they were looked at before. */
  readonly gone?: true;
  /** How the servers differed when they were looked at before, and how often. */
  readonly difference?: { readonly what: string; readonly times: number };
}

export const NOTHING_DONE: ReleaseProgress = { begun: new Map(), asked: [], confirmed: false };

export type ReleaseStep =
  | { readonly do: 'end'; readonly answer: ReleaseAnswer }
  /** Look again in a moment; `soon`: in a short one. */
  | { readonly do: 'wait'; readonly why: string; readonly soon?: true; readonly progress: ReleaseProgress }
  | { readonly do: 'delete'; readonly from: string; readonly updateDns: boolean; readonly progress: ReleaseProgress };

export interface Case {
  readonly request: ReleaseRequest;
  /** All servers have their leases in one database, so that any of them speaks for all. */
  readonly shared: boolean;
}

/** So often the servers are looked at before a difference between them is believed: what is on its way from one to the other arrives. */
const LOOKS = 3;
/** Deletions that are asked for in vain. */
const MOST_ASKED = 8;

export const decide = (of: Case, servers: readonly SeenServer[], progress: ReleaseProgress): ReleaseStep =>
  progress.asked.length === 0 ? begin(of, servers, progress) : goOn(of, servers, progress);

const begin = ({ request, shared }: Case, servers: readonly SeenServer[], progress: ReleaseProgress): ReleaseStep => {
  const what = leasedText(request);
  const unfit = servers.filter((server) => server.unfit !== undefined);
  const fit = servers.filter((server) => server.unfit === undefined);
  if (shared ? fit.length === 0 : unfit.length > 0) return heldUp(request, shared, unfit);
  const having = inOrder(fit).filter(hasLease);
  const [first] = having;
  if (first === undefined) return end('NotFound', `no server of HAPair ${pairOf(request)} has a lease of ${what}`);
  const other = having.find(({ lease }) => !fits(lease.holder, request.holder));
  if (other !== undefined) return ofAnother(what, other.lease);
  const difference = shared ? undefined : differenceAgain(fit, progress);
  if (difference !== undefined) {
    const why = `the servers of HAPair ${pairOf(request)} do not say the same of the lease of ${what}`;
    if (difference.times < LOOKS) return { do: 'wait', why, progress: { ...progress, difference } };
    // By now it is not on its way: one of them has missed something. Whose lease it is nobody can say.
    if (having.some(({ lease }) => !isOfSame(lease, first.lease))) {
      const whose = having.map(({ name, lease }) => `${name} has it for ${holderText(lease.holder)}`).join(', ');
      return end('Conflict', `${why}: ${whose}. It was not released; they will agree when the client renews it`);
    }
  }
  const begun = new Map(having.map(({ name, lease }) => [name, lease]));
  return deleteFrom(first.name, { ...progress, begun });
};

const goOn = ({ request, shared }: Case, servers: readonly SeenServer[], progress: ReleaseProgress): ReleaseStep => {
  const what = leasedText(request);
  const begun = [...progress.begun.values()];
  const unfit = servers.filter((server) => server.unfit !== undefined);
  const fit = servers.filter((server) => server.unfit === undefined);
  const having = inOrder(fit).filter(hasLease);
  // Who asks for what is half done need not be who asked for it first.
  const other = begun.find(({ holder }) => !fits(holder, request.holder));
  if (other !== undefined) return ofAnother(what, other);
  // What a server has back from its partner is what was there before; what is not comes from a client.
  const renewed = having.filter(({ lease }) => !begun.some((before) => isSame(before, lease)));
  if (renewed.length > 0) return stopOrFinish(what, fit, renewed, progress);
  const [next] = having;
  if (next !== undefined) {
    return progress.asked.length < MOST_ASKED
      ? deleteFrom(next.name, progress)
      : { do: 'wait', why: `server ${next.name} has the lease again and again`, progress };
  }
  const [away] = unfit;
  if (away !== undefined && !(shared && unfit.length < servers.length)) {
    return { do: 'wait', why: `server ${away.name} ${away.unfit ?? ''}`, progress };
  }
  // What a server gave out just before its deletion may be on its way to the other.
  if (!shared && servers.length > 1 && progress.gone === undefined) {
    const why = 'it is not known yet whether it stays away';
    return { do: 'wait', why, soon: true, progress: { ...progress, gone: true } };
  }
  const [before] = begun;
  const whose = before === undefined ? '' : `, which ${holderText(before.holder)} had,`;
  return end('Released', `the lease of ${what}${whose} was released`);
};

/**
 * A client came back in the middle of it. Where all servers know of that it has its lease again. Where one does not, as its deletion and the other's update
 * of it crossed, the client would lose its address with the other server: then it is as if it had come back just before.
 */
const stopOrFinish = (
  what: string,
  fit: readonly SeenServer[],
  renewed: readonly (SeenServer & { readonly lease: SeenLease })[],
  progress: ReleaseProgress,
): ReleaseStep => {
  const back = `a client asked for ${what} while it was being released, and has it again`;
  const advice = 'see whose it is now, and release it again if need be';
  const lacking = fit.find((server) => server.lease === undefined);
  const [first] = renewed;
  if (lacking === undefined || first === undefined) return end('Conflict', `${back}: ${advice}`);
  const why = `server ${lacking.name} does not know it yet`;
  const difference = differenceAgain(fit, progress);
  if (difference !== undefined && difference.times < LOOKS)
    return { do: 'wait', why, progress: { ...progress, difference } };
  const isOfBefore = [...progress.begun.values()].some((before) => isOfSame(before, first.lease));
  if (!isOfBefore || progress.asked.length >= MOST_ASKED) return end('Conflict', `${back}, but ${why}: ${advice}`);
  const begun = new Map([...progress.begun, ...renewed.map(({ name, lease }) => [name, lease] as const)]);
  // Its names may be in DNS again.
  return deleteFrom(first.name, { ...progress, begun, confirmed: false });
};

const deleteFrom = (from: string, { gone: _, ...progress }: ReleaseProgress): ReleaseStep => ({
  do: 'delete',
  from,
  updateDns: !progress.confirmed,
  progress: { ...progress, asked: [...progress.asked, from] },
});

const end = (outcome: ReleaseAnswer['outcome'], message: string): ReleaseStep => ({
  do: 'end',
  answer: { outcome, message },
});

const ofAnother = (what: string, { holder }: SeenLease): ReleaseStep =>
  end('Conflict', `the lease of ${what} is of another client, ${holderText(holder)}: it was not released`);

/** Nothing is begun while it could not be brought to its end. */
const heldUp = (request: ReleaseRequest, shared: boolean, unfit: readonly SeenServer[]): ReleaseStep => {
  const [what, pair] = [leasedText(request), pairOf(request)];
  const servers = unfit.map(({ name, unfit: why }) => `server ${name} ${why ?? ''}`).join(', ');
  return shared
    ? end(
        'ServiceUnavailable',
        `the lease of ${what} was not released: of HAPair ${pair} ${servers || 'there is no server'}`,
      )
    : end(
        'Conflict',
        `the lease of ${what} was not released: of HAPair ${pair} ${servers}. It would come back from there: release it when all servers are at work again`,
      );
};

/** What the servers differ in, and how often they have; undefined: all have the same lease. */
const differenceAgain = (
  servers: readonly SeenServer[],
  { difference: before }: ReleaseProgress,
): ReleaseProgress['difference'] => {
  const said = servers.map(({ lease }) => (lease === undefined ? 'none' : textOf(lease)));
  if (new Set(said).size <= 1) return undefined;
  const what = said.join(' ');
  return { what, times: before?.what === what ? before.times + 1 : 1 };
};

const inOrder = (servers: readonly SeenServer[]): readonly SeenServer[] =>
  servers.toSorted((a, b) => Number(b.serves) - Number(a.serves));

const hasLease = (server: SeenServer): server is SeenServer & { readonly lease: SeenLease } =>
  server.lease !== undefined;

const HOLDER_KEYS = ['hwAddress', 'clientId', 'duid'] as const;

const fits = (holder: Holder, expected: Holder): boolean =>
  HOLDER_KEYS.every((key) => expected[key] === undefined || expected[key] === holder[key]);

const isOfSame = (a: SeenLease, b: SeenLease): boolean => HOLDER_KEYS.every((key) => a.holder[key] === b.holder[key]);
const isSame = (a: SeenLease, b: SeenLease): boolean => a.cltt === b.cltt && isOfSame(a, b);
const textOf = ({ cltt, holder }: SeenLease): string => [cltt, ...HOLDER_KEYS.map((key) => holder[key])].join('/');

/** A declined address has no client. */
const holderText = ({ hwAddress, duid, clientId }: Holder): string => hwAddress ?? duid ?? clientId ?? 'nobody';

const pairOf = ({ namespace, pair }: ReleaseRequest): string => `${namespace}/${pair}`;
