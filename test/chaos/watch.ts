/** Watches the pair as a user would, for as long as a case lasts. */
import { ApiError } from '../../src/runtime/errors.ts';
import { LEADER_LEASES } from '../../src/runtime/leader.ts';
import { SYSTEM } from '../support/install.ts';
import { sleep } from '../support/run.ts';
import { type Condition, type Sample, WARNING } from './judge.ts';
import { DEPLOYMENTS } from './kube.ts';
import type { Lab } from './lab.ts';

export interface Watch {
  /** All samples so far. */
  readonly samples: readonly Sample[];
  stop(): Promise<void>;
}

const EVERY_MS = 500;

/** A leader renews its Lease every two seconds, and gives up after ten. The Deployment of one whose node is gone says for half a minute that it is available. */
const LEADS_MS = 10_000;

const look = async (lab: Lab): Promise<Sample> => {
  const at = Date.now();
  try {
    const [pair, operator, lease] = await Promise.all([
      lab.getPair().catch((error: unknown) => {
        // A pair that is not there says nothing; an API server that is not there is another matter.
        if (error instanceof ApiError && error.status === 404) return undefined;
        throw error;
      }),
      lab.client.get(DEPLOYMENTS, { namespace: SYSTEM, name: 'kea-operator' }, { timeoutMs: 2000 }),
      lab.client.get(LEADER_LEASES, { namespace: SYSTEM, name: 'kea-operator' }, { timeoutMs: 2000 }),
    ]);
    const conditions = (pair?.status?.conditions ?? []) as readonly Condition[];
    const warnings = (pair?.status?.warnings ?? []) as readonly Pick<Condition, 'reason' | 'message'>[];
    return {
      at,
      api: true,
      operator:
        (operator.status?.availableReplicas ?? 0) > 0 && at - Date.parse(lease.spec?.renewTime ?? '') < LEADS_MS,
      conditions: [
        ...conditions.map(({ type, status, reason, message }) => ({ type, status, reason, message })),
        ...warnings.map(({ reason, message }) => ({ type: WARNING, status: 'True', reason, message })),
      ],
    };
  } catch {
    return { at, api: false, operator: false, conditions: [] };
  }
};

export const watchPair = (lab: Lab): Watch => {
  const samples: Sample[] = [];
  const ended = new AbortController();
  const running = (async () => {
    while (!ended.signal.aborted) {
      const next = sleep(EVERY_MS);
      samples.push(await look(lab));
      await next;
    }
  })();
  return {
    samples,
    stop: async () => {
      ended.abort();
      await running;
    },
  };
};
