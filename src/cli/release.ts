/** `lease release`: takes leases from their clients, once a person has seen which. */
import { LEASE_API_VERSION, LEASE_GROUP, LEASES } from '../apiserver/resource.ts';
import { isNotFound } from '../runtime/errors.ts';
import { parallelMap } from '../runtime/parallel.ts';
import { objectPath } from '../runtime/resource.ts';
import { Complaint, EXIT, type Exit, usageError } from './exit.ts';
import { countText, holderOf, LEASE_OBJECTS, leasedPlace, type ShownLease } from './lease.ts';
import { placeText } from './list.ts';
import { getLease, leaseNameIn } from './locate.ts';
import { createOutput } from './output.ts';
import { leasePages } from './pages.ts';
import { type SelectFlags, type Selectors, selectorsOf } from './select.ts';
import { isUnserved, type Right, sentenceOf } from './sentence.ts';
import type { CliSession } from './session.ts';

export interface ReleaseFlags extends SelectFlags {
  readonly allNamespaces?: boolean;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

/** Each is a command to both servers of a pair: so many are under way. */
const AT_ONCE = 4;
/** What is to be released was seen before, and so is held: of more than these nobody sees anything. */
const MOST = 100_000;
const PREVIEWED = 20;
const TOLD_FAILURES = 20;

export const runRelease = async (session: CliSession, given: readonly string[], flags: ReleaseFlags): Promise<Exit> => {
  const { terminal } = session;
  const selectors = selectorsOf(flags);
  const isSelected = selectors.labelSelector !== undefined || selectors.fieldSelector !== undefined;
  if (given.length > 0 === isSelected) {
    throw usageError(
      isSelected
        ? 'Give names of leases, or options that choose them, not both.'
        : 'Say which leases: by their names, or by options as --subnet and --state.',
    );
  }
  if (given.length > 0 && flags.allNamespaces === true)
    throw usageError('Leases are named in one namespace: give it with -n in place of -A.');
  const { leases, missing } = isSelected ? await selected(session, flags, selectors) : await named(session, given);
  for (const name of missing) terminal.say(`There is no lease of ${name} ${placeText(session.namespace)}.`);
  if (leases.length === 0) {
    terminal.say('There is nothing to release.');
    return missing.length === 0 ? EXIT.done : EXIT.failed;
  }
  await preview(session, leases);
  if (flags.dryRun === true) return missing.length === 0 ? EXIT.done : EXIT.failed;
  if (flags.yes !== true && !(await isConfirmed(session, leases.length))) {
    terminal.say('Nothing was released.');
    return EXIT.failed;
  }
  const failed = await releaseAll(session, leases);
  terminal.say(`${leases.length - failed} of ${countText(leases.length)} released, ${failed} failed.`);
  return failed === 0 && missing.length === 0 ? EXIT.done : EXIT.failed;
};

interface Chosen {
  readonly leases: readonly ShownLease[];
  /** Names that no lease has. */
  readonly missing: readonly string[];
}

const named = async (session: CliSession, given: readonly string[]): Promise<Chosen> => {
  const { namespace } = session;
  const names = [...new Set(given.map(leaseNameIn))];
  const found = await parallelMap(names, AT_ONCE, (name) => getLease(session, { namespace, name }));
  return {
    leases: found.filter((lease) => lease !== undefined),
    missing: names.filter((_, at) => found[at] === undefined),
  };
};

const selected = async (session: CliSession, flags: ReleaseFlags, selectors: Selectors): Promise<Chosen> => {
  const namespace = flags.allNamespaces === true ? undefined : session.namespace;
  const leases: ShownLease[] = [];
  for await (const page of leasePages(session, { namespace, ...selectors })) {
    leases.push(...page.leases);
    if (leases.length > MOST)
      throw new Complaint(`More than ${MOST} leases are meant: release them in parts, as subnet by subnet.`);
    session.terminal.progress(`${countText(leases.length)} found …`);
  }
  session.terminal.progress(undefined);
  return { leases, missing: [] };
};

const preview = async ({ terminal }: CliSession, leases: readonly ShownLease[]): Promise<void> => {
  const output = createOutput('table', { withNamespace: true, withTitles: true, now: () => terminal.clock.now() });
  await terminal.write(output.page(leases.slice(0, PREVIEWED).map((object) => ({ kind: 'lease', object }))));
  if (leases.length > PREVIEWED) await terminal.write(`… and ${leases.length - PREVIEWED} more\n`);
};

/** @throws Complaint where nobody can be asked. */
const isConfirmed = async ({ terminal }: CliSession, count: number): Promise<boolean> => {
  const answer = await terminal.ask(`Release ${count === 1 ? 'this lease' : `these ${count} leases`}? [y/N] `);
  if (answer === undefined)
    throw usageError('There is no terminal to ask at: give --yes to release them, or --dry-run to only see which.');
  return /^y(es)?$/i.test(answer.trim());
};

/** How many failed. Each failure is told, of a great many the first. */
const releaseAll = async (session: CliSession, leases: readonly ShownLease[]): Promise<number> => {
  const { terminal } = session;
  let failed = 0;
  let done = 0;
  /** What would befall every other one too. */
  let hopeless: unknown;
  await parallelMap(leases, AT_ONCE, async (lease) => {
    terminal.signal.throwIfAborted();
    if (hopeless !== undefined) {
      failed++;
      return;
    }
    const { name, namespace } = lease.metadata;
    try {
      await release(session, lease);
      done++;
      await terminal.write(`lease.${LEASE_GROUP}/${name} released\n`);
    } catch (error) {
      if (terminal.signal.aborted) throw error;
      failed++;
      if (isUnserved(error)) hopeless = error;
      if (failed <= TOLD_FAILURES) terminal.say(`${leasedPlace(lease)} was not released: ${whyNot(error, namespace)}`);
      else if (failed === TOLD_FAILURES + 1) terminal.say('Further failures are only counted.');
    }
    terminal.progress(`${done + failed} of ${countText(leases.length)} …`);
  });
  terminal.progress(undefined);
  return failed;
};

const whyNot = (error: unknown, namespace: string): string =>
  isUnserved(error)
    ? 'the lease API of this cluster knows no release, as it is of an older version: upgrade the chart.'
    : sentenceOf(error, releaseRight(namespace));

const releaseRight = (namespace: string): Right => ({
  group: LEASE_GROUP,
  resource: `${LEASES.plural}/release`,
  verbs: ['create'],
  namespace,
});

/** Of the client that was shown alone, where there is one: has another the address by now, nothing is done. A lease that is gone is as good as released. */
const release = async ({ client, terminal }: CliSession, lease: ShownLease): Promise<void> => {
  const holder = holderOf(lease);
  const spec = holder === undefined ? {} : { spec: holder };
  try {
    await client.raw({
      method: 'POST',
      path: objectPath(LEASE_OBJECTS, lease.metadata, 'release'),
      body: { apiVersion: LEASE_API_VERSION, kind: 'LeaseRelease', ...spec },
      // With the holder said, the second of two finds nothing to do.
      idempotent: true,
      signal: terminal.signal,
    });
  } catch (error) {
    if (!isNotFound(error) || isUnserved(error)) throw error;
  }
};
