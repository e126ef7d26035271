/** The scrape configuration that the documentation gives to a Prometheus without its operator, for one beside a cluster. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type Cluster, ROOT } from './cluster.ts';
import { SYSTEM } from './install.ts';
import { until } from './run.ts';

const PAGE = join(ROOT, 'docs/how-to/metrics-and-alerts.md');
/** Of the page, and of the account here. */
const READER = 'prometheus';
const NAMESPACE = 'monitoring';

interface ScrapeConfig {
  readonly tls_config: object;
  readonly kubernetes_sd_configs: readonly object[];
}

export interface Scrape {
  readonly config: object;
  remove(): Promise<void>;
}

const written = async (): Promise<ScrapeConfig> => {
  const block = /^```yaml\n# prometheus\.yaml\n(.*?)^```$/ms.exec(await readFile(PAGE, 'utf8'))?.[1] ?? '';
  const [config] = (parse(block) as { readonly scrape_configs: readonly ScrapeConfig[] }).scrape_configs;
  if (config === undefined) throw new Error(`${PAGE} has no scrape configuration`);
  return config;
};

/** Does what the page says: an account with the right, its token, the CA; and says where the API server is, which a pod knows by itself. */
export const openScrape = async (cluster: Cluster): Promise<Scrape> => {
  const dir = await mkdtemp(join(tmpdir(), 'kea-operator-scrape-'));
  const [token, ca] = [join(dir, 'token'), join(dir, 'ca.crt')];
  await cluster.apply(`
apiVersion: v1
kind: Namespace
metadata: {name: ${NAMESPACE}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: ${READER}, namespace: ${NAMESPACE}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: kea-metrics}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: '${SYSTEM}:kea-operator-metrics-reader'}
subjects: [{kind: ServiceAccount, name: ${READER}, namespace: ${NAMESPACE}}]
`);
  const account = ['create', 'token', READER, '-n', NAMESPACE, '--duration=24h'];
  await writeFile(token, (await cluster.kubectl(account)).trim(), { mode: 0o600 });
  const secret = ['get', 'secret', 'kea-operator-metrics-ca', '-n', SYSTEM, '-o', String.raw`jsonpath={.data.ca\.crt}`];
  // The operator makes it when it begins to lead.
  const encoded = await until('the CA of the metrics', 60, () => cluster.kubectl(secret));
  await writeFile(ca, Buffer.from(encoded, 'base64'));
  const kubeconfig_file = (await cluster.run(['kubeconfig'])).trim();
  const config = await written();
  return {
    config: {
      ...config,
      authorization: { credentials_file: token },
      tls_config: { ...config.tls_config, ca_file: ca },
      kubernetes_sd_configs: config.kubernetes_sd_configs.map((one) => ({ ...one, kubeconfig_file })),
    },
    remove: async () => {
      await rm(dir, { recursive: true, force: true });
      await cluster.kubectl(['delete', 'clusterrolebinding', 'kea-metrics', '--ignore-not-found']);
      await cluster.kubectl(['delete', 'namespace', NAMESPACE, '--ignore-not-found', '--wait=false']);
    },
  };
};
