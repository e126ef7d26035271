/** What is remembered of a pair between passes, and what follows from it. */
import { interfaceOf } from '../api/stored.ts';
import type { Family } from '../kea/family.ts';
import type { InMemory, RowRef, StateOf } from '../kea/kinds.ts';
import type { ObjectRef } from '../kea/state.ts';
import type { Change } from '../plan/plan.ts';
import type { Running } from '../servers/steps.ts';
import { createReportMemory, type ReportMemory } from '../status/touched.ts';
import type { Refusal } from '../status/types.ts';
import type { WorkloadServer } from '../workload/workload.ts';
import { createRowsMemory, type RowsMemory } from './planRows.ts';
import type { Protected } from './protect.ts';

/** Rows that were right. */
export interface Expected {
  /** Of the row that was there under a key. */
  readonly digest: (row: RowRef) => string | undefined;
}

/** What the operator remembers of a pair between passes. All of it may be lost: a new process finds it out again. */
export interface PairMemory {
  /** Last known addresses of the servers: a node that is gone must not take its partner's configuration with it. */
  readonly addresses: Map<string, string>;
  /** What the pods of the servers last told of the addresses on their interfaces: one that is being replaced tells nothing. */
  readonly ownAddresses: Map<string, readonly string[]>;
  /** Its objects were looked through for owner references of an earlier version. */
  disowned: boolean;
  /** Servers that answered in the last pass. */
  answering: ReadonlySet<string>;
  /** Digests of the configurations with which servers were last seen to serve what the rows say. */
  proven: ReadonlyMap<string, string>;
  /** The revision of the rows that were last kept for starts without the database, and when, monotonic ms. */
  kept?: { readonly revision: string; readonly at: number };
  /** Whether the database answered in the last pass. */
  databaseAnswers: boolean;
  /** The rows as they were last seen to be right: a difference from them without a new desired state is drift. */
  expected: Expected;
  /** Objects that were refused: not tried again until they or what they hang on change, or for a while. `at` is monotonic, ms. */
  readonly refused: Map<ObjectRef, { readonly basis: string; readonly refusal: Refusal; readonly at: number }>;
  /** When lookups that no reservation asks for were given up last, monotonic ms. */
  lookupsDroppedAt: number;
  /** Passes in a row that left something under way. */
  unsettled: number;
  /** Passes in a row in which its database or servers did not answer in time. */
  hung: number;
  /** Objects that the API server keeps until their rows are gone. */
  readonly protected: Protected;
  /** What its rows were last made of. */
  readonly rows: RowsMemory;
  /** Of what there was nothing to tell. */
  readonly report: ReportMemory;
  /** The rows that servers were last brought to, with what they come to run by them; undefined: rows of others are among them. */
  followed?: (StateOf<InMemory> & { readonly family: Family; readonly running: Running }) | undefined;
  /** When the servers' lists were last compared, monotonic ms. */
  verifiedAt: number;
}

export const createMemory = (): PairMemory => ({
  addresses: new Map(),
  ownAddresses: new Map(),
  disowned: false,
  answering: new Set(),
  proven: new Map(),
  databaseAnswers: false,
  expected: { digest: () => undefined },
  refused: new Map(),
  lookupsDroppedAt: -Infinity,
  unsettled: 0,
  hung: 0,
  protected: { definitions: [], classes: [], networks: [], subnets: [] },
  rows: createRowsMemory(),
  report: createReportMemory(),
  verifiedAt: -Infinity,
});

/** By server, the addresses on the interfaces that it serves, as its pod tells or its last one told. */
export const learnAddresses = (
  { ownAddresses }: Pick<PairMemory, 'ownAddresses'>,
  servers: readonly Pick<WorkloadServer, 'server' | 'pod'>[],
): ReadonlyMap<string, readonly string[]> => {
  for (const { server, pod } of servers) {
    if (pod.addresses === undefined) continue;
    const served = new Set(server.interfaces.map(interfaceOf));
    const addresses = pod.addresses.filter((one) => served.has(one.interface)).map(({ address }) => address);
    ownAddresses.set(server.name, addresses);
  }
  return new Map(servers.map(({ server: { name } }) => [name, ownAddresses.get(name) ?? []]));
};

/** Changes that no new desired state explains: the row was once as it should be and is so no more. */
export const driftIn = (changes: readonly Change[], expected: Expected): number =>
  changes.filter((change) => {
    if (change.op !== 'create' && change.op !== 'update') return false;
    // A marker may change without the body: another policy, another owner.
    if (change.op === 'update' && change.fields.length === 0) return false;
    const digest = change.item.marker?.digest;
    return digest !== undefined && expected.digest(change) === digest;
  }).length;
