/**
 * Whether a server would find its database with a configuration that it is to take: known before it lets go of what it has. Kea reads the
 * configuration backend anew at a config-set and at a start; where it cannot, it goes on with no subnets and looks well.
 */
import type { Clock } from '../../runtime/clock.ts';
import { databaseCheckJob } from '../manifests.ts';
import { type Job, JOBS, type Pod, PODS } from '../objects.ts';
import { finished, jobProblem } from '../podState.ts';
import type { PodContext } from '../podTemplate.ts';
import type { ObjectStore, WorkloadClient } from '../store.ts';
import type { PairServer } from '../topology.ts';

/** What is tried. */
export interface DatabaseCheckRequest {
  readonly pods: PodContext;
  readonly server: PairServer;
  /** Digest of the configuration that names the database. */
  readonly digest: string;
  /** Audit revision that the database must have come to. */
  readonly revision: number;
}

export type DatabaseCheck =
  | { readonly kind: 'passed' }
  /** Not known yet; the message says what it waits for. */
  | { readonly kind: 'pending'; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string };

export interface DatabaseChecker {
  /**
   * Has the database read from the server's node by a Job, with the coordinates in the pair's database Secret. Called again and again until it
   * is known; a result is believed for a minute.
   * @throws NameTaken, ApiError, ConnectionError
   */
  check(desired: DatabaseCheckRequest, signal?: AbortSignal): Promise<DatabaseCheck>;
}

/** So long a database that could be read counts as readable. */
const BELIEVED_MS = 60_000;
/** So long after one that could not it is tried again. */
const RETRY_MS = 5000;

interface Try {
  readonly digest: string;
  readonly revision: number;
  readonly attempt: number;
  /** Once it has ended; the Job itself goes soon after. */
  result?: DatabaseCheck;
  /** When this process saw that, monotonic ms. */
  endedAt?: number;
}

const gracePeriodOf = ({ result }: Try): number => (result?.kind === 'passed' ? BELIEVED_MS : RETRY_MS);

export const createDatabaseChecker = (client: WorkloadClient, store: ObjectStore, clock: Clock): DatabaseChecker => {
  /** The try that is under way or was made last, by server. */
  const tries = new Map<string, Try>();

  const podOf = async (job: Job, signal?: AbortSignal): Promise<Pod | undefined> => {
    const { namespace, name } = job.metadata;
    const labelSelector = `batch.kubernetes.io/job-name=${name}`;
    return (await client.list(PODS, { namespace, labelSelector, signal })).items.at(-1);
  };

  return {
    check: async (desired, signal) => {
      const { pods, server, digest, revision } = desired;
      const known = tries.get(server.name);
      const now = clock.monotonic();
      const old =
        known?.digest !== digest || (known.endedAt !== undefined && now - known.endedAt > gracePeriodOf(known));
      // The number differs from those of an earlier process: what became of its tries may be long ago.
      const current: Try = old ? { digest, revision, attempt: clock.now() } : known;
      tries.set(server.name, current);
      if (current.result !== undefined) return current.result;
      const manifest = databaseCheckJob(pods, server, current);
      const job = await store.put(JOBS, manifest, undefined, signal);
      const passed = finished(job);
      const problem = passed === true ? undefined : jobProblem(await podOf(job, signal));
      if (passed === undefined) {
        const waiting = `the database is to be read from node ${server.node} first`;
        return { kind: 'pending', message: problem === undefined ? waiting : `${waiting}: ${problem}` };
      }
      current.endedAt = now;
      const message = `from node ${server.node}, ${problem ?? 'the check ended without a word'}`;
      current.result = passed ? { kind: 'passed' } : { kind: 'failed', message };
      return current.result;
    },
  };
};
