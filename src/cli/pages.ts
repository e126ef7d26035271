/** Lists of leases, page after page, so that a million needs no more memory than a thousand. */
import { LEASE_GROUP, LEASES } from '../apiserver/resource.ts';
import { AWAY_BACKOFF, backoffMs } from '../runtime/backoff.ts';
import { isAborted, sleep } from '../runtime/clock.ts';
import { ApiError, isGone } from '../runtime/errors.ts';
import type { KubeObject, List } from '../runtime/object.ts';
import { isAway } from '../runtime/retry.ts';
import { LEASE_OBJECTS, readLease, type ShownLease } from './lease.ts';
import type { Selectors } from './select.ts';
import { complaintOf, type Right } from './sentence.ts';
import type { CliSession } from './session.ts';

export interface Asked extends Partial<Selectors> {
  /** Undefined: all. */
  readonly namespace?: string | undefined;
  /** For so long a page is tried again while the API cannot answer, after what the client does by itself. */
  readonly patienceMs?: number;
  /** Told of warnings: of pairs whose leases are missing. Left out: they are said. */
  readonly onWarning?: (text: string) => void;
}

export interface Page {
  readonly leases: readonly ShownLease[];
  /** Whether another one follows. */
  readonly isLast: boolean;
}

export const PAGE = 1_000;
const MOST_RESTARTS = 3;

export const listRight = (namespace: string | undefined): Right => ({
  group: LEASE_GROUP,
  resource: LEASES.plural,
  verbs: ['list'],
  namespace,
});

/**
 * The pages of a list. One may be empty and not the last. Where the API has forgotten where the list was, it begins anew, unless a lease was
 * given out already: nobody could say which of them came twice.
 * @throws Complaint
 */
export async function* leasePages(session: CliSession, asked: Asked): AsyncGenerator<Page> {
  const { client, terminal } = session;
  const { namespace, labelSelector, fieldSelector } = asked;
  const warned = new Set<string>();
  const onWarning = (text: string): void => {
    if (warned.has(text)) return;
    warned.add(text);
    (asked.onWarning ?? sayWarning(session))(text);
  };
  const page = (next: string | undefined): Promise<List<KubeObject>> =>
    patiently(session, asked.patienceMs ?? 0, () =>
      client.list(LEASE_OBJECTS, {
        namespace,
        labelSelector,
        fieldSelector,
        limit: PAGE,
        continue: next,
        onWarning,
        signal: terminal.signal,
      }),
    );
  let next: string | undefined;
  let isGiven = false;
  let restarts = 0;
  for (;;) {
    let read: List<KubeObject>;
    try {
      read = await page(next);
    } catch (error) {
      if (!isGone(error) || next === undefined || isGiven || ++restarts > MOST_RESTARTS)
        throw complaintOf(error, listRight(namespace));
      next = undefined;
      continue;
    }
    next = read.metadata.continue === '' ? undefined : read.metadata.continue;
    isGiven ||= read.items.length > 0;
    yield { leases: read.items.map(readLease), isLast: next === undefined };
    if (next === undefined) return;
  }
}

export const sayWarning =
  ({ terminal }: CliSession) =>
  (text: string): void => {
    terminal.say(`Warning: ${text}`);
  };

/** Says each warning, and remembers it: what was found is not all. */
export const collectWarnings = (
  session: CliSession,
): { readonly warnings: readonly string[]; readonly onWarning: (text: string) => void } => {
  const warnings: string[] = [];
  const say = sayWarning(session);
  return {
    warnings,
    onWarning: (text) => {
      warnings.push(text);
      say(text);
    },
  };
};

/** Asks again while the API is away, as often as it says itself, and says so. */
const patiently = async <T>(session: CliSession, patienceMs: number, work: () => Promise<T>): Promise<T> => {
  const { terminal } = session;
  const { clock, signal } = terminal;
  let giveUpAt: number | undefined;
  for (let failures = 1; ; failures++) {
    try {
      return await work();
    } catch (error) {
      giveUpAt ??= clock.monotonic() + patienceMs;
      if (!isAway(error) || isAborted(signal)) throw error;
      const askedMs = error instanceof ApiError ? (error.retryAfterSeconds ?? 0) * 1_000 : 0;
      const waitMs = Math.max(askedMs, backoffMs(AWAY_BACKOFF, failures));
      if (clock.monotonic() + waitMs > giveUpAt) throw error;
      if (failures === 1) terminal.say('The lease API cannot answer at the moment: trying again.');
      await sleep(clock, waitMs, signal);
    }
  }
};
