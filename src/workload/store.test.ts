import { expect, it } from 'vitest';
import type { KubeObject } from '../runtime/object.ts';
import { PAIR_LABEL, SERVER_LABEL } from './labels.ts';
import { SECRETS } from './objects.ts';
import { createObjectStore, type WorkloadClient } from './store.ts';

const NAME = 'lab-a-b-bootstrap';
const secret = (labels: Record<string, string>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { namespace: 'dhcp', name: NAME, labels },
});
const ofServer = (pair: string, server: string) => secret({ [PAIR_LABEL]: pair, [SERVER_LABEL]: server });

it.each<{ because: string; there: KubeObject; says: string }>([
  {
    because: 'another pair whose names come to the same: each is told of the other, and what to change',
    there: ofServer('lab', 'a-b'),
    says: `the Secret "${NAME}" is that of the server a-b of the HAPair lab, and that of the server b of the HAPair lab-a would have the same name: give one of the HAPairs, or one of the servers, another name`,
  },
  {
    because: 'what a pair has once and another for a server',
    there: secret({ [PAIR_LABEL]: 'lab' }),
    says: 'is that of the HAPair lab, and',
  },
  {
    because: 'an object that somebody made by hand',
    there: secret({}),
    says: 'is there already and does not carry the labels of the server b of the HAPair lab-a: delete it, or give the HAPair or its server another name',
  },
])('a name that is taken by $because', async ({ there, says }) => {
  const client = { get: () => Promise.resolve(there) } as unknown as WorkloadClient;
  const put = createObjectStore(client).put(SECRETS, ofServer('lab-a', 'b'), undefined);
  await expect(put).rejects.toThrow(says);
  await expect(put).rejects.toMatchObject({ name: 'NameTaken' });
});
