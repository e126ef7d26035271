import { expect, it } from 'vitest';
import type { KubeObject, ObjectMeta } from '../runtime/object.ts';
import type { Node, Pod } from '../workload/objects.ts';
import { keptOfDesired, keptOfNode, keptOfPod } from './kept.ts';

const object = <T extends KubeObject>(metadata: Partial<ObjectMeta>, more: Partial<T> = {}): T =>
  ({
    apiVersion: 'v1',
    kind: 'Thing',
    metadata: { name: 'a', uid: 'u', resourceVersion: '7', ...metadata },
    ...more,
  }) as T;
const bare = object({});

it.each([
  {
    because: 'of a custom resource what says when and how it came and goes, and the annotations that are read',
    kept: keptOfDesired(
      object(
        {
          namespace: 'dhcp',
          generation: 3,
          creationTimestamp: '2026-01-01T00:00:00Z',
          deletionTimestamp: '2026-01-02T00:00:00Z',
          finalizers: ['kea-operator.io/cleanup', 'other.example/x'],
          labels: { team: 'net' },
          annotations: { 'kea-operator.io/adopt': 'true', 'argocd.argoproj.io/tracking-id': 'x' },
          ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'o', uid: 'o' }],
        },
        { spec: { cidr: '192.0.2.0/24' }, status: { subnetId: 3 } },
      ),
    ),
    is: object(
      {
        namespace: 'dhcp',
        generation: 3,
        creationTimestamp: '2026-01-01T00:00:00Z',
        deletionTimestamp: '2026-01-02T00:00:00Z',
        finalizers: ['kea-operator.io/cleanup', 'other.example/x'],
        annotations: { 'kea-operator.io/adopt': 'true' },
      },
      { spec: { cidr: '192.0.2.0/24' }, status: { subnetId: 3 } },
    ),
  },
  {
    because: 'of a pod whose it is',
    kept: keptOfPod(
      object<Pod>({ labels: { 'kea-operator.io/pair': 'hq', x: 'y' } }, { spec: { nodeName: 'n' }, status: {} }),
    ),
    is: object({ labels: { 'kea-operator.io/pair': 'hq' } }),
  },
  {
    because: 'of a node its addresses',
    kept: keptOfNode(
      object<Node>(
        { labels: { x: 'y' } },
        { spec: { podCIDR: '10.1.0.0/24' }, status: { addresses: [{ type: 'InternalIP', address: '10.0.0.1' }] } },
      ),
    ),
    is: object({}, { status: { addresses: [{ type: 'InternalIP', address: '10.0.0.1' }] } }),
  },
  { because: 'of a pod of nobody its name', kept: keptOfPod(object<Pod>({})), is: bare },
  { because: 'of a node without addresses its name', kept: keptOfNode(object<Node>({})), is: bare },
])('is kept $because', ({ kept, is }) => {
  expect(kept).toEqual(is);
});
