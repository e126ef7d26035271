/** `lease watch`: looks again and again, and tells what is different. */
import { sleep } from '../runtime/clock.ts';
import { createLooks, type LeaseChange } from './changes.ts';
import { Complaint, EXIT, type Exit, usageError } from './exit.ts';
import { countText } from './lease.ts';
import { leasePages, sayWarning } from './pages.ts';
import { cellsOf, ROW_COLUMNS } from './row.ts';
import { type SelectFlags, selectorsOf } from './select.ts';
import { isForbiddenComplaint } from './sentence.ts';
import type { CliSession } from './session.ts';
import { createTable } from './table.ts';

export interface WatchFlags extends SelectFlags {
  readonly allNamespaces?: boolean;
  readonly output: 'table' | 'jsonl';
  /** Seconds between two looks. */
  readonly interval: number;
  readonly renewals?: boolean;
  /** Ends after so many looks. */
  readonly count?: number;
}

/** What was seen is held, to tell what is new. */
const MOST = 100_000;
/** Waits after failures in a row: the interval, doubled so many times at most. */
const MOST_DOUBLINGS = 5;

/** Of the time, the mark, the namespace, the address and what follows: the first change should not decide for all that come. */
const LEAST_WIDTHS = [8, 1, 8, 15, 17, 20, 12, 8, 8];

const MARKS = { ADDED: '+', DELETED: '-', MODIFIED: '~' } as const;

export const runWatch = async (session: CliSession, flags: WatchFlags): Promise<Exit> => {
  const { terminal } = session;
  const namespace = flags.allNamespaces === true ? undefined : session.namespace;
  const asked = { namespace, ...selectorsOf(flags) };
  const memory = createLooks(flags.renewals === true);
  const text = changeText(session, flags.output);
  let failures = 0;
  let isFirst = true;
  for (let looks = 1; ; looks++) {
    try {
      let isWhole = true;
      memory.begin();
      const onWarning = (warning: string): void => {
        isWhole = false;
        sayWarning(session)(warning);
      };
      for await (const { leases } of leasePages(session, { ...asked, onWarning })) {
        const changes = leases.flatMap((lease) => memory.see(lease) ?? []);
        if (memory.size > MOST)
          throw usageError(`More than ${MOST} leases are too many to be watched: choose some, as by --subnet.`);
        if (!isFirst) await terminal.write(text(changes));
      }
      const gone = memory.end(isWhole);
      if (isFirst) terminal.say(`Watching ${countText(memory.size)}, every ${flags.interval} s. Ctrl-C ends it.`);
      else await terminal.write(text(gone));
      if (failures > 0) terminal.say('The lease API answers again.');
      isFirst = false;
      failures = 0;
    } catch (error) {
      if (!(error instanceof Complaint) || error.reason === 'Usage' || isForbiddenComplaint(error)) throw error;
      // The first look fails for reasons that stay, as a wrong context.
      if (isFirst) throw error;
      failures++;
      if (failures === 1) terminal.say(error.message);
    }
    if (looks === flags.count) return failures === 0 ? EXIT.done : EXIT.failed;
    await sleep(terminal.clock, flags.interval * 1_000 * 2 ** Math.min(failures, MOST_DOUBLINGS), terminal.signal);
  }
};

const changeText = (
  { terminal }: CliSession,
  format: WatchFlags['output'],
): ((changes: readonly LeaseChange[]) => string) => {
  if (format === 'jsonl')
    return (changes) => changes.map(({ type, lease }) => `${JSON.stringify({ type, object: lease })}\n`).join('');
  const columns = ROW_COLUMNS.filter(({ isWide }) => isWide !== true);
  const table = createTable(['TIME', '', ...columns.map(({ title }) => title)], true, LEAST_WIDTHS);
  return (changes) => {
    if (changes.length === 0) return '';
    const now = terminal.clock.now();
    const time = new Date(now).toISOString().slice(11, 19);
    return table.rows(
      changes.map(({ type, lease }) => [time, MARKS[type], ...cellsOf({ kind: 'lease', object: lease }, columns, now)]),
    );
  };
};
