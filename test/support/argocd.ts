/** What Argo CD's own code says of objects: test/cluster/go/argocd-judge. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import type { KubeObject } from '../../src/runtime/object.ts';
import { ROOT } from './cluster.ts';
import { binary } from './postgres.ts';
import { run } from './run.ts';

export const ARGOCD = join(ROOT, 'examples/argocd');

export interface Health {
  readonly status: string;
  readonly message: string;
}

interface Difference {
  readonly kind: string;
  readonly name: string;
  readonly mode: 'client' | 'structured' | 'server';
  readonly live: unknown;
  readonly predicted: unknown;
}

interface Questions {
  readonly customizations?: string;
  readonly objects?: readonly object[];
  readonly applications?: readonly object[];
  readonly kubeconfig?: string;
  readonly manifests?: readonly object[];
  readonly apply?: 'client' | 'server';
  readonly compare?: boolean;
}

interface Report {
  readonly health: readonly (Health | null)[];
  readonly differences: readonly Difference[];
}

export const askArgocd = async (questions: Questions): Promise<Report> => {
  const options = { input: JSON.stringify(questions), timeoutMs: 90_000 };
  return JSON.parse(await run(await binary('argocd-judge'), [], options)) as Report;
};

/** By what our ConfigMap tells Argo CD. */
export const healthOf = async (objects: readonly object[]): Promise<readonly (Health | null)[]> => {
  const config = parse(await readFile(join(ARGOCD, 'argocd-cm.yaml'), 'utf8')) as { data: Record<string, string> };
  const customizations = config.data['resource.customizations'] ?? '';
  return (await askArgocd({ customizations, objects })).health;
};

/** As Argo CD hands a manifest to the cluster: with its own annotation. */
export const tracked = <Manifest extends KubeObject>(object: Manifest): Manifest => ({
  ...object,
  metadata: {
    ...object.metadata,
    annotations: { ...object.metadata.annotations, 'argocd.argoproj.io/tracking-id': `dhcp:${object.metadata.name}` },
  },
});

/** The objects of a file. */
export const manifestsIn = (text: string): readonly KubeObject[] =>
  parseAllDocuments(text).flatMap((document) => {
    const object = document.toJS() as KubeObject | null;
    return object === null ? [] : [object];
  });

/** What kubectl's kustomize makes of a directory. */
export const kustomize = async (directory: string): Promise<readonly KubeObject[]> =>
  manifestsIn(await run(await binary('kubectl'), ['kustomize', directory]));
