/** Changes in batches: neighbours of one kind and operation, written by one statement. */
import type { Family } from '../../kea/family.ts';
import type { BodyOf, RowKind } from '../../kea/kinds.ts';
import type { Item } from '../../kea/state.ts';
import type { Change, ChangeOf } from '../../plan/plan.ts';
import { StaleObservation } from '../backend.ts';
import type { Session } from './connection.ts';

/** A write transaction that is open, and the id of the pair's row in the table of servers. */
export interface Writer {
  readonly session: Session;
  readonly family: Family;
  readonly serverId: number;
}

/** Rows in one statement: a few megabytes of JSON at most. */
const BATCH = 2000;

/** The changes in their order; neighbours of one kind and operation go together, in statements over many rows. */
export function* batchesOf(changes: readonly Change[]): Generator<readonly [Change, ...Change[]]> {
  let batch: [Change, ...Change[]] | undefined;
  for (const change of changes) {
    const [first] = batch ?? [];
    if (batch && first?.kind === change.kind && first.op === change.op && batch.length < BATCH) {
      batch.push(change);
    } else {
      if (batch) yield batch;
      batch = [change];
    }
  }
  if (batch) yield batch;
}

/** What is to be in the rows after the changes. */
export const itemsOf = <K extends RowKind>(changes: readonly ChangeOf<K>[]): readonly Item<BodyOf<K>>[] =>
  changes.flatMap((change) => (change.op === 'remove' ? [] : [change.item]));

/** A row that was observed is gone without an audit revision: by hand. */
export const expectAll = (touched: number, expected: number, what: string): void => {
  if (touched < expected) throw new StaleObservation(`${expected - touched} ${what} that were observed are gone`);
};
