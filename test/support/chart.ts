/** The chart as helm renders it: what a release with these values is made of. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { parseAllDocuments } from 'yaml';
import { createKubeClient, type KubeClient } from '../../src/runtime/client.ts';
import { createConnection } from '../../src/runtime/connection.ts';
import type { KubeObject } from '../../src/runtime/object.ts';
import type { Resource } from '../../src/runtime/resource.ts';
import type { TestApiServer } from './apiserver.ts';
import { ROOT } from './cluster.ts';

export const SYSTEM = 'kea-system';
export const RELEASE = 'kea-operator';

export type Rendered = KubeObject & Readonly<Record<string, unknown>>;

/**
 * The objects of the release `kea-operator` in `kea-system`, those of hooks too.
 * @param kubeconfig Of an API server that templates may look objects up in.
 */
export const renderChart = async (values: object = {}, kubeconfig?: string): Promise<readonly Rendered[]> =>
  parseAllDocuments(await renderText(values, kubeconfig))
    .map((document) => document.toJS() as Rendered | null)
    .filter((object) => object !== null);

/** The same as helm prints it. */
export const renderText = async (values: object = {}, kubeconfig?: string): Promise<string> => {
  const program = join(ROOT, 'test/cluster/cluster');
  const asked = kubeconfig === undefined ? [] : ['--dry-run=server', '--kubeconfig', kubeconfig];
  const args = ['helm', 'template', RELEASE, join(ROOT, 'charts/kea-operator'), '--namespace', SYSTEM, ...asked];
  return new Promise<string>((resolve, reject) => {
    const child = execFile(
      program,
      [...args, '--kube-version', '1.31.0', '--values', '-'],
      { maxBuffer: 64 << 20 },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new Error(stderr));
      },
    );
    child.stdin?.end(JSON.stringify(values));
  });
};

const PLURALS: Readonly<Record<string, readonly [plural: string, namespaced: boolean]>> = {
  ClusterRole: ['clusterroles', false],
  ClusterRoleBinding: ['clusterrolebindings', false],
  Namespace: ['namespaces', false],
  Role: ['roles', true],
  RoleBinding: ['rolebindings', true],
  ServiceAccount: ['serviceaccounts', true],
  ValidatingAdmissionPolicy: ['validatingadmissionpolicies', false],
  ValidatingAdmissionPolicyBinding: ['validatingadmissionpolicybindings', false],
};

const resourceOf = ({ apiVersion, kind }: Rendered): Resource | undefined => {
  const [plural, namespaced] = PLURALS[kind] ?? [];
  if (plural === undefined || namespaced === undefined) return undefined;
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  return { group: group ?? '', version: version ?? '', plural, kind, namespaced };
};

/** Gives a test API server what a release says of rights: accounts, roles, admission policies. Deployments and the like are left out. */
export const installRights = async (client: KubeClient, objects: readonly Rendered[]): Promise<void> => {
  for (const object of objects) {
    const resource = resourceOf(object);
    if (resource !== undefined) await client.apply(resource, object, { fieldManager: 'helm' });
  }
};

export type Account = 'kea-operator' | 'kea-operator-leases' | 'kea-operator-uninstall';

/** A token of an account of the release's namespace. */
export const tokenOf = async ({ client }: TestApiServer, account: string): Promise<string> => {
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } };
  const path = `/api/v1/namespaces/${SYSTEM}/serviceaccounts/${account}/token`;
  const { status } = (await client.raw({ method: 'POST', path, body })) as { status: { token: string } };
  return status.token;
};

/** A client with the rights that the release gives an account, and no other: what it may not do shows where it works. */
export const clientOf = async (server: TestApiServer, account: Account): Promise<KubeClient> => {
  const token = await tokenOf(server, account);
  const load = (): KubeConfig => {
    const config = new KubeConfig();
    config.loadFromFile(server.kubeconfig);
    config.addUser({ name: account, token });
    config.addContext({ name: account, user: account, cluster: config.getCurrentCluster()?.name ?? '' });
    config.setCurrentContext(account);
    return config;
  };
  return createKubeClient({ connection: createConnection({ load }) });
};
