/** Brings about what a case begins with: a cluster, the operator, a pair with subnets; and again where a case left a ruin. */
import { type Cluster, ROOT } from '../support/cluster.ts';
import { installOperator, loadImages, makeNamespace, NAMESPACE, SYSTEM, upgradeOperator } from '../support/install.ts';
import { tryRun } from '../support/run.ts';
import { ensureRole } from './faults/database.ts';
import { END_THIEF, HEAL_DATABASE, HEAL_HA } from './faults/nodes.ts';
import { CONTROL_PLANE } from './faults/processes.ts';
import { tagImages } from './images.ts';
import { type Lab, podName, POSTGRESQL } from './lab.ts';
import { becomesNormal } from './normal.ts';
import {
  credentials,
  DATABASE,
  databaseService,
  networks,
  pairManifest,
  pairSpec,
  PARTNER,
  PRIMARY,
  SERVICES,
} from './pair.ts';
import type { Shape } from './shapes.ts';
import type { Say } from './trial.ts';

const NODES = [PRIMARY.node, PARTNER.node, SERVICES];

/** On the operator's namespace: which images it runs. */
const BUILD = 'chaos-build';

/** A run that was ended may have left its cluster without an API server, without nodes, or half made. */
const raiseCluster = async (cluster: Cluster, say: Say): Promise<void> => {
  const exists = await cluster.run(['kubeconfig']).then(
    () => true,
    () => false,
  );
  if (exists) {
    try {
      await repairMachines(cluster);
      return;
    } catch (error) {
      say(`  ${error instanceof Error ? error.message : String(error)}`);
      await cluster.down();
    }
  }
  say('A cluster of three nodes …');
  await cluster.up(NODES.length);
};

/** A cluster with the operator of this checkout; one that is up is used as it is, with this checkout's images and chart. */
export const ensureCluster = async (cluster: Cluster, say: Say): Promise<void> => {
  await raiseCluster(cluster, say);
  const build = await buildOf(cluster);
  const there = await cluster.tryKubectl([
    'get',
    'namespace',
    SYSTEM,
    '-o',
    `jsonpath={.metadata.annotations.${BUILD}}`,
  ]);
  if (there.stdout === build) return;
  say('Images of this checkout …');
  await loadImages(cluster);
  await tagImages(cluster, NODES);
  await makeNamespace(cluster);
  if ((await cluster.helm(['list', '-n', SYSTEM, '-q'])).includes('kea-operator')) {
    say('The operator, as it is in this checkout …');
    await upgradeOperator(cluster, { reuse: '--reset-then-reuse-values' });
    // The image's name is the same as before, whatever is in it.
    await cluster.kubectl(['rollout', 'restart', 'deployment', '-n', SYSTEM]);
    await cluster.kubectl(['rollout', 'status', 'deployment', '-n', SYSTEM, '--timeout=120s']);
  } else {
    say('helm install …');
    await installOperator(cluster);
  }
  await cluster.kubectl(['annotate', 'namespace', SYSTEM, '--overwrite', `${BUILD}=${build}`]);
};

/** Undoes every fault of machines and wires, whether or not it is there. */
export const repairMachines = async (cluster: Cluster): Promise<void> => {
  await cluster.run(['start', ...CONTROL_PLANE], { timeoutMs: 180_000 });
  for (const node of NODES) {
    // It says so where it is on already.
    await cluster.run(['power-on', node], { timeoutMs: 180_000 }).catch((error: unknown) => {
      if (!String(error).includes('already powered on')) throw error;
    });
    for (const link of ['mgmt0', 'lan0']) await cluster.run(['heal', node, link]);
    await cluster.run([
      'exec',
      node,
      'sh',
      '-c',
      `${HEAL_HA}; ${HEAL_DATABASE}; ${END_THIEF}; pkill -CONT -x kea-dhcp4; exit 0`,
    ]);
  }
};

const repairServices = async (lab: Lab): Promise<void> => {
  await lab.system('scale', `statefulset/${podName(POSTGRESQL)}`, '--replicas=1');
  await lab.system('scale', 'deployment/kea-operator', '--replicas=1');
  await lab.system('rollout', 'status', `statefulset/${podName(POSTGRESQL)}`, '--timeout=120s');
  await lab.system('rollout', 'status', 'deployment/kea-operator', '--timeout=120s');
};

const NEVER = 'password-of-the-first-day';

const emptyDatabase = async (lab: Lab): Promise<void> => {
  lab.present.database = POSTGRESQL;
  lab.present.password = NEVER;
  await lab.apply([databaseService(POSTGRESQL)]);
  await lab.sql(ensureRole(NEVER), 'postgres');
  await lab.sql(`DROP DATABASE IF EXISTS ${DATABASE.name} WITH (FORCE)`, 'postgres');
  await lab.sql(`CREATE DATABASE ${DATABASE.name} OWNER ${DATABASE.user}`, 'postgres');
};

/** Ends the pair that is there, whatever its state, and makes one of the shape with nothing in its database and no leases. */
export const makePair = async (lab: Lab, shape: Shape, say: Say): Promise<void> => {
  say(`A new pair: ${shape.mode}, ${shape.storage} …`);
  await repairMachines(lab.cluster);
  await repairServices(lab);
  await lab.cluster.kubectl(['delete', 'namespace', NAMESPACE, '--ignore-not-found', '--timeout=120s']);
  for (const node of NODES)
    await lab.inNode(node, `umount -l /var/lib/kea-operator/*/*/* 2>/dev/null; rm -rf /var/lib/kea-operator`);
  await emptyDatabase(lab);
  await makeNamespace(lab.cluster);
  lab.present.shape = shape;
  lab.present.spec = pairSpec(shape);
  lab.present.extra = [];
  await lab.apply([credentials(lab.present.password), pairManifest(lab.present.spec), ...networks(lab.present.beat)]);
  const left = await becomesNormal(lab, 150);
  if (left.length > 0) throw new Error(`a new pair does not become well: ${left.join('; ')}`);
};

/** A cluster from nothing, where even a new pair does not help. */
export const makeCluster = async (cluster: Cluster, say: Say): Promise<void> => {
  say('A new cluster …');
  await cluster.down();
  await ensureCluster(cluster, say);
};

/** Images of this checkout by the digests of what is in them: results of other images are of another product. */
export const buildOf = async (cluster: Cluster): Promise<string> =>
  (await cluster.run(['images', 'operator', 'kea', 'postgresql']))
    .trim()
    .split('\n')
    .map((path) => path.replace(/^.*\/([a-z]+-[0-9a-f]+)\.tar$/, '$1'))
    .join(' ');

/** The commit that is tried, for people. */
export const commitOf = async (): Promise<string> => {
  const { stdout } = await tryRun('git', ['-C', ROOT, 'describe', '--always', '--dirty', '--abbrev=7']);
  return stdout.trim();
};
