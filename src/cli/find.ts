/** `lease find`: whatever a person has in hand, in one table over all pairs. */
import type { HostReservation } from '../api/hostReservation.ts';
import { HOST_RESERVATIONS } from '../api/resources.ts';
import { pages } from '../runtime/client.ts';
import { isForbidden, isNotFound } from '../runtime/errors.ts';
import { parallelMap } from '../runtime/parallel.ts';
import { EXIT, type Exit } from './exit.ts';
import { countText, type ShownLease } from './lease.ts';
import { placeText } from './list.ts';
import { createOutput, type Format } from './output.ts';
import { type Asked, collectWarnings, leasePages, type Page } from './pages.ts';
import { isReservationOf, isUnused, reservationRight } from './reservations.ts';
import { complaintOf, isForbiddenComplaint } from './sentence.ts';
import type { CliSession } from './session.ts';
import { isWithin, parseWhat, type Search, type What } from './what.ts';

export interface FindFlags {
  readonly allNamespaces?: boolean;
  readonly output: Format;
  readonly headers: boolean;
  /** So many leases are looked through for a part of their host names. */
  readonly scan: number;
}

/** Questions at a time, each for one lease. */
const AT_ONCE = 8;

export const runFind = async (session: CliSession, given: readonly string[], flags: FindFlags): Promise<Exit> => {
  const { terminal } = session;
  const whats = given.map(parseWhat);
  let scope = session.isNamespaceGiven ? session.namespace : undefined;
  const { warnings, onWarning } = collectWarnings(session);
  const output = createOutput(flags.output, {
    withNamespace: true,
    withTitles: flags.headers,
    now: () => terminal.clock.now(),
  });

  /** In all namespaces, or in that of the context where the person may not look into all. */
  async function* ask(asked: Asked): AsyncGenerator<Page> {
    try {
      yield* leasePages(session, { ...asked, namespace: scope, onWarning });
    } catch (error) {
      if (scope !== undefined || flags.allNamespaces === true || !isForbiddenComplaint(error)) throw error;
      scope = session.namespace;
      terminal.say(
        `You may not list the leases of all namespaces: only the namespace ${scope} is searched. Name another with -n.`,
      );
      yield* leasePages(session, { ...asked, namespace: scope, onWarning });
    }
  }

  /** Questions that were answered in full: what they match was shown. */
  const asked: Search[] = [];
  let found = 0;
  const show = async (leases: readonly ShownLease[]): Promise<number> => {
    const fresh = leases.filter((lease) => !asked.some(({ matches }) => matches(lease)));
    found += leases.length;
    await terminal.write(output.page(fresh.map((object) => ({ kind: 'lease', object }))));
    return leases.length;
  };
  const search = async (one: Search): Promise<number> => {
    let hits = 0;
    for await (const { leases } of ask({ fieldSelector: one.fieldSelector })) hits += await show(leases);
    asked.push(one);
    return hits;
  };

  for (const what of whats) {
    let hits = 0;
    for (const one of what.searches) hits += await search(one);
    if (hits === 0 && what.otherwise.length > 0) {
      const answers = await parallelMap(what.otherwise, AT_ONCE, async ({ fieldSelector }) => {
        const leases: ShownLease[] = [];
        for await (const page of ask({ fieldSelector })) leases.push(...page.leases);
        return leases;
      });
      hits += await show(answers.flat());
      asked.push(...what.otherwise);
    }
    if (hits === 0 && what.within !== undefined) await scan(session, what.within, flags.scan, ask, show);
  }
  const reservations = await unusedReservations(session, scope, whats);
  found += reservations.length;
  await terminal.write(output.page(reservations.map((object) => ({ kind: 'reservation', object }))));
  await terminal.write(output.end());
  if (found > 0) return EXIT.done;
  terminal.say(`Nothing found for ${given.join(', ')} ${placeText(scope)}.`);
  // What could not be asked may have it.
  return warnings.length === 0 ? EXIT.notFound : EXIT.failed;
};

/** Looks through leases one by one, as far as it is allowed to. */
const scan = async (
  { terminal }: CliSession,
  part: string,
  most: number,
  ask: (asked: Asked) => AsyncGenerator<Page>,
  show: (leases: readonly ShownLease[]) => Promise<number>,
): Promise<void> => {
  if (most === 0) return;
  let seen = 0;
  for await (const { leases, isLast } of ask({})) {
    seen += leases.length;
    await show(leases.filter((lease) => isWithin(part, lease)));
    if (isLast) break;
    terminal.progress(`looked through ${countText(seen)} for host names with "${part}" …`);
    if (seen < most) continue;
    terminal.progress(undefined);
    terminal.say(
      `Only the first ${seen} leases were looked through for host names with "${part}" within them: --scan all looks through every one.`,
    );
    return;
  }
  terminal.progress(undefined);
};

const RESERVATIONS_PAGE = 500;

/** Those that leases do not show. Whoever may not see reservations still finds leases. */
const unusedReservations = async (
  session: CliSession,
  namespace: string | undefined,
  whats: readonly What[],
): Promise<readonly HostReservation[]> => {
  const { client, terminal } = session;
  const found: HostReservation[] = [];
  try {
    const options = { namespace, limit: RESERVATIONS_PAGE, signal: terminal.signal };
    for await (const { items } of pages(client, HOST_RESERVATIONS, options)) {
      found.push(
        ...items.filter(
          (one) => one.unread === undefined && isUnused(one) && whats.some((what) => isReservationOf(what, one)),
        ),
      );
    }
  } catch (error) {
    const right = reservationRight(['list'], namespace);
    if (isForbidden(error)) terminal.say('Reservations that nobody uses are not shown, as you may not list them.');
    else if (!isNotFound(error)) throw complaintOf(error, right);
  }
  return found;
};
