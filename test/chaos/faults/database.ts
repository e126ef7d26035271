/** The pair's database: its credentials, its place, its rows, and itself. */
import { SYSTEM } from '../../support/install.ts';
import { until } from '../../support/run.ts';
import type { Injection } from '../faults.ts';
import { type Lab, podName, POSTGRESQL } from '../lab.ts';
import { credentials, DATABASE, databaseService, PULSE, pulseRouter, SERVICES } from '../pair.ts';
import { SECOND, secondDatabase } from '../secondDatabase.ts';

const setPassword = (lab: Lab, password: string): Promise<void> => lab.apply([credentials(password)]);

const wrongPassword: Injection = async (lab) => {
  await setPassword(lab, 'typo');
  return () => setPassword(lab, lab.present.password);
};

/** In the order that an administrator takes: what is logged in stays so. */
const rotatePassword: Injection = async (lab) => {
  const password = `password-${Date.now()}`;
  await lab.sql(`ALTER ROLE ${DATABASE.user} PASSWORD '${password}'`);
  lab.present.password = password;
  await setPassword(lab, password);
  return undefined;
};

const setPort = async (lab: Lab, port: number): Promise<void> => {
  const { spec } = lab.present;
  await lab.respec({ ...spec, database: { ...(spec.database as object), port } });
};

const OTHER_PORT = 5433;

const wrongPort: Injection = async (lab) => {
  await setPort(lab, OTHER_PORT);
  return () => setPort(lab, DATABASE.port);
};

const movePort: Injection = async (lab) => {
  await lab.apply([databaseService(lab.present.database, [DATABASE.port, OTHER_PORT])]);
  await setPort(lab, OTHER_PORT);
  return async () => {
    await setPort(lab, DATABASE.port);
  };
};

/** Made before the clock runs: a server beside the first. */
const secondServer: Injection = async (lab) => {
  const directory = `/var/lib/kea-${SECOND}`;
  await lab.inNode(SERVICES, `rm -rf ${directory} && install -d -o 10069 -g 10069 -m 0700 ${directory}`);
  const image = await lab.system(
    'get',
    `statefulset/${podName(POSTGRESQL)}`,
    '-o',
    'jsonpath={.spec.template.spec.containers[0].image}',
  );
  await lab.apply(secondDatabase(image, directory));
  await lab.system('rollout', 'status', `statefulset/${podName(SECOND)}`, '--timeout=60s');
  return async () => {
    await lab.system('delete', 'statefulset', podName(SECOND), '--ignore-not-found', '--wait=false');
  };
};

const psqlIn = (component: string): readonly string[] => ['exec', '-i', '-n', SYSTEM, `${podName(component)}-0`, '--'];

const dump = (lab: Lab, component: string): Promise<string> =>
  lab.cluster.kubectl([...psqlIn(component), 'pg_dump', '-d', DATABASE.name, '--create', '--clean', '--if-exists']);

/** The role of the pair's database, with this password, whether or not it is there. */
export const ensureRole = (password: string): string =>
  `DO $$ BEGIN CREATE ROLE ${DATABASE.user} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$; ALTER ROLE ${DATABASE.user} PASSWORD '${password}'`;

/** Nobody is in the database while it is made anew. */
const load = async (lab: Lab, component: string, text: string): Promise<void> => {
  const prepared = `${ensureRole(lab.present.password)};
UPDATE pg_database SET datallowconn = false WHERE datname = '${DATABASE.name}';
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${DATABASE.name}';
`;
  await lab.cluster.kubectl([...psqlIn(component), 'psql', '-v', 'ON_ERROR_STOP=1', '-q', '-d', 'postgres'], {
    input: prepared + text,
  });
};

/** The old server is ended with the move, as nothing may write to it any more; the Service's name leads to the new one. */
const moveTo = async (lab: Lab, from: string, to: string): Promise<void> => {
  await load(lab, to, await dump(lab, from));
  lab.present.database = to;
  await lab.apply([databaseService(to)]);
  await lab.system('scale', `statefulset/${podName(from)}`, '--replicas=0');
};

const moveDatabase: Injection = async (lab) => {
  await moveTo(lab, POSTGRESQL, SECOND);
  return async () => {
    await lab.system('scale', `statefulset/${podName(POSTGRESQL)}`, '--replicas=1');
    await lab.system('rollout', 'status', `statefulset/${podName(POSTGRESQL)}`, '--timeout=60s');
    await moveTo(lab, SECOND, POSTGRESQL);
  };
};

/** The first pool of the first subnet that nobody is in. */
const invalidRow: Injection = async (lab) => {
  const subnet = "(SELECT min(subnet_id) FROM dhcp4_subnet WHERE subnet_prefix LIKE '10.20.%')";
  const find = `SELECT id || ' ' || host(start_address) || ' ' || host(end_address) FROM dhcp4_pool WHERE subnet_id = ${subnet} ORDER BY id LIMIT 1`;
  const [id = '', first = '', last = ''] = (await lab.sql(find)).trim().split(' ');
  const set = async (from: string, to: string): Promise<void> => {
    await lab.sql(
      `SET kea.disable_audit = 'true'; UPDATE dhcp4_pool SET start_address = '${from}', end_address = '${to}' WHERE id = ${id}`,
    );
  };
  await set('192.0.2.10', '192.0.2.20');
  return () => set(first, last);
};

/** A session that holds the table until it is ended. */
const lockTable: Injection = async (lab) => {
  const child = lab.cluster.start(['kubectl', ...psqlIn(lab.present.database), 'psql', '-q', '-d', DATABASE.name]);
  child.stdin.on('error', () => undefined);
  child.stdin.write('BEGIN; LOCK TABLE dhcp4_subnet IN ACCESS EXCLUSIVE MODE;\n');
  const held =
    "SELECT 1 FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation = 'dhcp4_subnet'::regclass AND granted";
  await until('the lock', 20, async () => (await lab.sql(held)).trim() === '1', 200);
  return () => {
    child.stdin.end('ROLLBACK;\n');
    child.kill('SIGTERM');
    return Promise.resolve();
  };
};

/** So that the operator writes. */
const changeSubnet: Injection = async (lab) => {
  const optionData = [{ name: 'routers', data: pulseRouter(++lab.present.beat) }];
  await lab.kubectl('patch', 'subnet', PULSE, '--type=merge', '-p', JSON.stringify({ spec: { optionData } }));
  return undefined;
};

const EVERY_MS = 3000;

const keepChanging: Injection = (lab) => {
  const timer = setInterval(() => {
    changeSubnet(lab, '').catch(() => undefined);
  }, EVERY_MS);
  return Promise.resolve(() => {
    clearInterval(timer);
    return Promise.resolve();
  });
};

let saved = '';

const saveDatabase: Injection = async (lab) => {
  saved = await dump(lab, lab.present.database);
  return undefined;
};

const restoreDatabase: Injection = async (lab) => {
  await load(lab, lab.present.database, saved);
  return undefined;
};

const dropDatabase: Injection = async (lab) => {
  await lab.sql(`DROP DATABASE ${DATABASE.name} WITH (FORCE)`, 'postgres');
  // Its administrator makes it anew, empty: the role may not.
  await lab.sql(`CREATE DATABASE ${DATABASE.name} OWNER ${DATABASE.user}`, 'postgres');
  return undefined;
};

export const databaseFaults = {
  'wrong-password': wrongPassword,
  'rotate-password': rotatePassword,
  'wrong-port': wrongPort,
  'move-port': movePort,
  'second-database': secondServer,
  'move-database': moveDatabase,
  'invalid-row': invalidRow,
  'lock-table': lockTable,
  'change-subnet': changeSubnet,
  'keep-changing': keepChanging,
  'save-database': saveDatabase,
  'restore-database': restoreDatabase,
  'drop-database': dropDatabase,
} as const satisfies Record<string, Injection>;
