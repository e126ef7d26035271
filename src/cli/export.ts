/** `lease export`: leases into a file, or to whatever reads them. */
import { open, rename } from 'node:fs/promises';
import { Complaint, EXIT, type Exit } from './exit.ts';
import { countText } from './lease.ts';
import { createOutput } from './output.ts';
import { collectWarnings, leasePages } from './pages.ts';
import { type SelectFlags, selectorsOf } from './select.ts';
import type { CliSession } from './session.ts';

export interface ExportFlags extends SelectFlags {
  readonly allNamespaces?: boolean;
  readonly output: 'csv' | 'jsonl';
  readonly file?: string;
}

/** A restart of the lease API, or a failover of a pair, takes less. */
const PATIENCE_MS = 120_000;

interface Sink {
  write(text: string): Promise<void>;
  /** All is there. */
  finish(): Promise<void>;
  /** It is not. */
  abandon(): Promise<void>;
}

export const runExport = async (session: CliSession, flags: ExportFlags): Promise<Exit> => {
  const { terminal } = session;
  const namespace = flags.allNamespaces === true ? undefined : session.namespace;
  const asked = { namespace, ...selectorsOf(flags), patienceMs: PATIENCE_MS };
  const sink = flags.file === undefined ? outputSink(session) : await fileSink(flags.file);
  const output = createOutput(flags.output, {
    withNamespace: true,
    withTitles: true,
    now: () => terminal.clock.now(),
  });
  const { warnings, onWarning } = collectWarnings(session);
  const startedAt = terminal.clock.monotonic();
  let written = 0;
  try {
    for await (const { leases } of leasePages(session, { ...asked, onWarning })) {
      await sink.write(output.page(leases.map((object) => ({ kind: 'lease', object }))));
      written += leases.length;
      terminal.progress(`${countText(written)}, ${rateText(written, terminal.clock.monotonic() - startedAt)} …`);
    }
    await sink.write(output.end());
    await sink.finish();
  } catch (error) {
    await sink.abandon();
    if (written > 0 && error instanceof Complaint)
      throw new Complaint(`${error.message} The ${written} leases that were written are not all.`);
    throw error;
  } finally {
    terminal.progress(undefined);
  }
  if (flags.file !== undefined) terminal.say(`${countText(written)} ${written === 1 ? 'is' : 'are'} in ${flags.file}.`);
  if (warnings.length === 0) return EXIT.done;
  terminal.say('The export is not whole: it lacks the leases of the pairs that the warnings name.');
  return EXIT.failed;
};

const rateText = (count: number, ms: number): string => `${Math.round((count * 1_000) / Math.max(ms, 1))} a second`;

const outputSink = ({ terminal }: CliSession): Sink => ({
  write: (text) => terminal.write(text),
  finish: () => Promise.resolve(),
  abandon: () => Promise.resolve(),
});

/** Under its name there is always a whole export: what is being written has `.part` after it, and keeps that where it breaks off. */
const fileSink = async (file: string): Promise<Sink> => {
  const part = `${file}.part`;
  // Leases tell who was where at what time: the file is for its owner alone.
  const handle = await open(part, 'w', 0o600);
  return {
    write: async (text) => {
      await handle.writeFile(text);
    },
    finish: async () => {
      await handle.close();
      await rename(part, file);
    },
    abandon: () => handle.close(),
  };
};
