/** The objects in the API server: deleted, lost, restored, made. */
import { DHCPV4 } from '../../../src/kea/dhcpv4.ts';
import { issueLeaf } from '../../../src/workload/certificates.ts';
import { readAuthority } from '../../../src/workload/credentials.ts';
import { CONTROL_USER, pairNames } from '../../../src/workload/names.ts';
import { decoded, encoded, SECRETS } from '../../../src/workload/objects.ts';
import { NAMESPACE, SYSTEM, upgradeOperator } from '../../support/install.ts';
import { until } from '../../support/run.ts';
import type { Injection, Undo } from '../faults.ts';
import type { Lab } from '../lab.ts';
import {
  clientClass,
  labSubnet,
  type Manifest,
  networks,
  PAIR,
  pairManifest,
  rejectedSubnet,
  reservation,
} from '../pair.ts';

/** All that there ought to be, as somebody who has it in git applies it again. */
const applyAll = async (lab: Lab): Promise<void> => {
  const { spec, beat, extra } = lab.present;
  await lab.apply([pairManifest(spec), ...networks(beat), ...extra]);
};

const revokeRights: Injection = async ({ cluster }) => {
  const binding = ['clusterrolebinding', `${SYSTEM}:kea-operator-pairs`];
  const subjects = await cluster.kubectl(['get', ...binding, '-o', 'jsonpath={.subjects}']);
  const bindTo = (whom: string) => cluster.kubectl(['patch', ...binding, '--type=merge', '-p', `{"subjects":${whom}}`]);
  await bindTo('[]');
  return async () => {
    await bindTo(subjects);
  };
};

const deletePair: Injection = async (lab, on) => {
  await lab.kubectl('delete', 'hapair', PAIR, `--cascade=${on}`, '--wait=false');
  return undefined;
};

const FREE = '{"metadata":{"finalizers":null}}';

const dropFinalizer: Injection = async (lab, on) => {
  const what = on === 'HAPair' ? `hapair/${PAIR}` : 'subnet/office';
  await lab.kubectl('delete', what, '--wait=false');
  await lab.kubectl('patch', what, '--type=merge', '-p', FREE);
  return () => applyAll(lab);
};

const KINDS = ['hostreservations', 'subnets', 'sharednetworks', 'hapairs'];
const DEFINITIONS = KINDS.map((kind) => `${kind}.kea-operator.io`);

/** Objects that keep a definition from going, as nobody is there any more to let them go. */
const letGo = async (lab: Lab): Promise<void> => {
  for (const kind of DEFINITIONS) {
    const left = await lab.cluster.tryKubectl(['get', kind, '-n', NAMESPACE, '-o', 'name']);
    for (const name of left.stdout.split('\n').filter((line) => line !== ''))
      await lab.cluster.tryKubectl(['patch', '-n', NAMESPACE, name, '--type=merge', '-p', FREE]);
  }
};

const deleteDefinitions: Injection = async (lab) => {
  await lab.cluster.kubectl(['delete', 'crd', ...DEFINITIONS, '--wait=false']);
  return async () => {
    const left = () =>
      lab.cluster.kubectl([
        'get',
        'crd',
        ...DEFINITIONS,
        '--ignore-not-found',
        '-o',
        'jsonpath={.items[*].metadata.deletionTimestamp}{.metadata.deletionTimestamp}',
      ]);
    await until('the definitions to go', 30, async () => (await left()) === '').catch(() => letGo(lab));
    await until('the definitions to go', 30, async () => (await left()) === '');
    await upgradeOperator(lab.cluster, { timeout: '2m' });
    await until('the definitions', 30, async () => {
      await applyAll(lab);
      return true;
    });
  };
};

/** `25`, or `3 more` of another name. */
const addObjects: Injection = async (lab, on) => {
  const [count = '', group = 'extra'] = on.split(' ');
  const made: readonly Manifest[] = Array.from({ length: Number(count) }, (_, n) =>
    labSubnet(n + (group === 'more' ? 100 : 0), group),
  );
  lab.present.extra = [...lab.present.extra, ...made];
  await lab.apply(made);
  return async () => {
    lab.present.extra = lab.present.extra.filter((one) => !made.includes(one));
    const names = made.map(({ metadata }) => metadata.name);
    await lab.kubectl('delete', 'subnets', ...names, '--ignore-not-found', '--timeout=60s');
  };
};

/** For as long as the fault lasts. */
export const keepObject = async (lab: Lab, object: Manifest): Promise<Undo> => {
  await lab.apply([object]);
  return async () => {
    await lab.kubectl('delete', object.kind, object.metadata.name, '--ignore-not-found', '--timeout=60s');
  };
};

const reserve: Injection = (lab, on) => keepObject(lab, reservation(on));
const addClass: Injection = (lab) => keepObject(lab, clientClass());

const rejectObject: Injection = async (lab) => {
  const undo = await keepObject(lab, rejectedSubnet());
  await lab.kubectl('wait', '--for=condition=Accepted=false', 'subnet/rejected', '--timeout=30s');
  return undo;
};

/** Of the pair's own authority, so that servers go on trusting it; the operator renews it when two thirds of the ten days are over. Its next pass sees it. */
const shortCertificate: Injection = async (lab) => {
  const { authority: from, control } = pairNames(PAIR, DHCPV4);
  const read = async (name: string) => decoded(await lab.client.get(SECRETS, { namespace: NAMESPACE, name }));
  const [authority, before] = [readAuthority(await read(from)), await read(control)];
  if (authority === undefined) throw new Error(`the Secret ${from} holds no authority`);
  const set = async (cert: string, key: string): Promise<void> => {
    const data = encoded({ 'tls.crt': cert, 'tls.key': key });
    await lab.client.patch(SECRETS, { namespace: NAMESPACE, name: control }, { data });
  };
  const { cert, key } = await issueLeaf(authority, { commonName: CONTROL_USER, use: 'client', days: 10 }, Date.now());
  await set(cert, key);
  return () => set(before['tls.crt'] ?? '', before['tls.key'] ?? '');
};

const SNAPSHOT = 'chaos';

const saveEtcd: Injection = async (lab) => {
  await lab.cluster.run(['etcd', 'save', SNAPSHOT], { timeoutMs: 120_000 });
  return undefined;
};

/** What was made after the snapshot is gone, without having been deleted. */
const restoreEtcd: Injection = async (lab) => {
  await lab.cluster.run(['etcd', 'restore', SNAPSHOT], { timeoutMs: 180_000 });
  return () => applyAll(lab);
};

export const objectFaults = {
  'revoke-rights': revokeRights,
  'delete-pair': deletePair,
  'drop-finalizer': dropFinalizer,
  'delete-crds': deleteDefinitions,
  'add-objects': addObjects,
  reserve,
  'add-class': addClass,
  'reject-object': rejectObject,
  'short-certificate': shortCertificate,
  'save-etcd': saveEtcd,
  'restore-etcd': restoreEtcd,
} as const satisfies Record<string, Injection>;
