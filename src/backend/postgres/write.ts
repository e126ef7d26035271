import { faultOf, wordsOf } from '../../database/errors.ts';
import type { RowKind } from '../../kea/kinds.ts';
import type { Change, ChangeOf } from '../../plan/plan.ts';
import { BackendRefused } from '../backend.ts';
import { batchesOf, type Writer } from './batches.ts';
import { writeClasses } from './writeClasses.ts';
import { writeNetworks, writeSubnets } from './writeConfig.ts';
import { writeHosts } from './writeHosts.ts';
import { writeOptionDefs } from './writeOptionDefs.ts';

/** Statements spent on finding which changes the database does not take; those that are not found then are in the next transaction. */
const SEARCH = 500;

/**
 * Makes the changes in their order. Where the database refuses a batch it is halved until the changes at fault are found: each statement is over many
 * rows, and of these it names none.
 * @throws BackendRefused with the changes of one batch that are at fault. What comes after them may hang on them, and is not tried.
 */
export const writeChanges = async (writer: Writer, changes: readonly Change[]): Promise<void> => {
  for (const batch of batchesOf(changes)) {
    const refused = new Map<Change, string>();
    let searched = 0;
    const sift = async (part: readonly Change[]): Promise<void> => {
      const words = await tryBatch(writer, part);
      if (words === undefined) return;
      const [change, ...others] = part;
      if (change !== undefined && others.length === 0) refused.set(change, words);
      if (others.length === 0 || ++searched > SEARCH) return;
      const half = Math.ceil(part.length / 2);
      await sift(part.slice(0, half));
      await sift(part.slice(half));
    };
    await sift(batch);
    const [words] = refused.values();
    if (words !== undefined) throw new BackendRefused(`${refused.size} of ${batch.length} rows: ${words}`, refused);
  }
};

/** Makes changes of one kind and operation together; where the database refuses them all is as before, and its words are given. */
const tryBatch = async (writer: Writer, batch: readonly Change[]): Promise<string | undefined> => {
  const { session } = writer;
  await session.run('SAVEPOINT batch');
  try {
    await writeBatch(writer, batch);
  } catch (error) {
    if (!(error instanceof BackendRefused) && faultOf(error) !== 'Refused') throw error;
    await session.run('ROLLBACK TO SAVEPOINT batch');
    return wordsOf(error);
  }
  await session.run('RELEASE SAVEPOINT batch');
  return undefined;
};

/** Makes changes of one kind and operation. */
const WRITERS: {
  readonly [K in RowKind]: (writer: Writer, op: Change['op'], changes: readonly ChangeOf<K>[]) => Promise<void>;
} = {
  'option-def': writeOptionDefs,
  class: writeClasses,
  network: writeNetworks,
  subnet: writeSubnets,
  host: writeHosts,
};

const writeBatch = async (writer: Writer, batch: readonly Change[]): Promise<void> => {
  const [first] = batch;
  if (first === undefined) return;
  const write = WRITERS[first.kind] as (writer: Writer, op: Change['op'], changes: readonly Change[]) => Promise<void>;
  await write(writer, first.op, batch);
};
