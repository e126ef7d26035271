/** What etcd and kube-apiserver of the envtest tier start with: certificates, kubeconfig, arguments. */
import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const SUBJECTS: readonly { name: string; ca: string; subject: string; names?: string }[] = [
  { name: 'apiserver', ca: 'ca', subject: '/CN=kube-apiserver', names: 'IP:127.0.0.1,DNS:localhost,DNS:kubernetes' },
  { name: 'admin', ca: 'ca', subject: '/O=system:masters/CN=admin' },
  { name: 'front-proxy', ca: 'front-proxy-ca', subject: '/CN=front-proxy-client' },
];

/** The certificates of the API server, of an administrator and of its front proxy, and the keys of service accounts. */
export const writeCertificates = async (directory: string): Promise<void> => {
  const openssl = (...args: string[]) => run('openssl', args, { cwd: directory });
  const newKey = (name: string) => [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    `${name}.key`,
  ];
  const authority = (name: string) =>
    openssl('req', '-x509', ...newKey(name), '-days', '30', '-subj', `/CN=${name}`, '-out', `${name}.crt`);
  await Promise.all([authority('ca'), authority('front-proxy-ca')]);
  const sign = ({ name, ca, subject, names }: (typeof SUBJECTS)[number]) => {
    const extensions = [
      'basicConstraints=critical,CA:FALSE',
      'extendedKeyUsage=serverAuth,clientAuth',
      ...(names === undefined ? [] : [`subjectAltName=${names}`]),
    ].flatMap((extension) => ['-addext', extension]);
    const issuer = ['-CA', `${ca}.crt`, '-CAkey', `${ca}.key`];
    return openssl(
      'req',
      '-x509',
      ...newKey(name),
      '-days',
      '30',
      '-subj',
      subject,
      ...issuer,
      ...extensions,
      '-out',
      `${name}.crt`,
    );
  };
  await Promise.all(SUBJECTS.map(sign));
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await writeFile(join(directory, 'sa.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
  await writeFile(join(directory, 'sa.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
};

/** The administrator's kubeconfig; gives its path. */
export const writeKubeconfig = async (directory: string, url: string): Promise<string> => {
  const base64 = async (file: string): Promise<string> => (await readFile(join(directory, file))).toString('base64');
  const cluster = { server: url, 'certificate-authority-data': await base64('ca.crt') };
  const user = { 'client-certificate-data': await base64('admin.crt'), 'client-key-data': await base64('admin.key') };
  const file = join(directory, 'kubeconfig');
  // JSON is YAML.
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'envtest', cluster }],
    users: [{ name: 'admin', user }],
    contexts: [{ name: 'envtest', context: { cluster: 'envtest', user: 'admin' } }],
    'current-context': 'envtest',
  };
  await writeFile(file, JSON.stringify(config));
  return file;
};

export const etcdArguments = (directory: string, client: string, peer: string): string[] => [
  `--data-dir=${join(directory, 'etcd')}`,
  `--listen-client-urls=${client}`,
  `--advertise-client-urls=${client}`,
  `--listen-peer-urls=${peer}`,
  `--initial-advertise-peer-urls=${peer}`,
  `--initial-cluster=default=${peer}`,
  '--unsafe-no-fsync',
  '--log-level=warn',
];

export const apiServerArguments = (directory: string, etcd: string, port: number): string[] => [
  `--etcd-servers=${etcd}`,
  '--bind-address=127.0.0.1',
  '--advertise-address=127.0.0.1',
  `--secure-port=${port}`,
  `--tls-cert-file=${join(directory, 'apiserver.crt')}`,
  `--tls-private-key-file=${join(directory, 'apiserver.key')}`,
  `--client-ca-file=${join(directory, 'ca.crt')}`,
  '--authorization-mode=RBAC',
  // Its tokens come from the controller-manager, which is not here.
  '--disable-admission-plugins=ServiceAccount',
  '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
  `--service-account-key-file=${join(directory, 'sa.pub')}`,
  `--service-account-signing-key-file=${join(directory, 'sa.key')}`,
  '--service-cluster-ip-range=10.96.0.0/16',
  `--requestheader-client-ca-file=${join(directory, 'front-proxy-ca.crt')}`,
  '--requestheader-allowed-names=front-proxy-client',
  '--requestheader-username-headers=X-Remote-User',
  '--requestheader-group-headers=X-Remote-Group',
  '--requestheader-extra-headers-prefix=X-Remote-Extra-',
  `--proxy-client-cert-file=${join(directory, 'front-proxy.crt')}`,
  `--proxy-client-key-file=${join(directory, 'front-proxy.key')}`,
  '--enable-aggregator-routing=true',
];

export const controllerArguments = (
  directory: string,
  kubeconfig: string,
  controllers: readonly string[],
): string[] => [
  `--kubeconfig=${kubeconfig}`,
  `--controllers=${controllers.join(',')}`,
  // Without it the controller that makes tokens of accounts does not start.
  `--service-account-private-key-file=${join(directory, 'sa.key')}`,
  '--leader-elect=false',
  '--secure-port=0',
];
