/** What Kubernetes' own controllers and users do, where a test API server runs without them. */
import type { KubeClient } from '../../src/runtime/client.ts';
import { type Job, JOBS } from '../../src/workload/objects.ts';

export const createNamespace = async (client: KubeClient, name: string): Promise<void> => {
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
  await client.raw({ method: 'POST', path: '/api/v1/namespaces', body });
};

const TIME = '2026-01-01T00:00:00Z';
const COMPLETE = {
  startTime: TIME,
  completionTime: TIME,
  succeeded: 1,
  conditions: ['SuccessCriteriaMet', 'Complete'].map((type) => ({
    type,
    status: 'True',
    lastProbeTime: TIME,
    lastTransitionTime: TIME,
  })),
};

/** As the Job controller does when the pod of a Job has ended well. */
export const finishJob = async (client: KubeClient, job: Job): Promise<void> => {
  await client.patch(JOBS, job.metadata, { status: COMPLETE }, { subresource: 'status' });
};
