/** Databases and servers of the tenant's own, as pods in their namespace: they say what they like. */
import { HAPAIRS } from '../../src/api/resources.ts';
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import type { KubeObject } from '../../src/runtime/object.ts';
import { conditionsOf } from '../../src/status/conditions.ts';
import { serverNames } from '../../src/workload/names.ts';
import { SECRETS } from '../../src/workload/objects.ts';
import { LINK } from '../e2e/ownLink.ts';
import { SYSTEM } from '../support/install.ts';
import { until } from '../support/run.ts';
import { EVIL, NODE, type World, write } from './world.ts';

export type Mode = 'never' | 'garbage' | 'slow' | 'endless';
export const MODES: readonly Mode[] = ['never', 'garbage', 'slow', 'endless'];

/** Goes on with what it says on each connection, as the mode is. `begin` is what comes before. */
const TALK = `
const talk = (socket, mode, begin) => {
  socket.on('error', () => socket.destroy());
  if (mode === 'never') return;
  socket.write(begin);
  if (mode === 'garbage') return void socket.end(require('node:crypto').randomBytes(65536));
  if (mode === 'slow') return void setInterval(() => socket.destroyed || socket.write('['), 1000);
  const piece = Buffer.alloc(65536, '[{},');
  const pour = () => { while (!socket.destroyed && socket.write(piece)); };
  socket.on('drain', pour);
  pour();
};
`;

/** A PostgreSQL for each mode, on ports from 5432 on: the login goes well, and then there is a row of 2 GB. */
const DATABASES = `${TALK}
${JSON.stringify(MODES)}.forEach((mode, n) => {
  const hello = Buffer.from([82, 0, 0, 0, 8, 0, 0, 0, 0, 90, 0, 0, 0, 5, 73, 68, 127, 255, 255, 255]);
  require('node:net').createServer((socket) => socket.once('data', () => talk(socket, mode, hello))).listen(5432 + n);
});
`;

/** A control channel with the certificate that the pair's server was given. */
const SERVER = `${TALK}
const fs = require('node:fs');
const of = (ending) => fs.readFileSync('/etc/server/' + fs.readdirSync('/etc/server').find((name) => name.startsWith('tls-') && name.endsWith(ending)));
const server = require('node:https').createServer({ cert: of('.crt'), key: of('.key') }, (request, response) => {
  request.resume();
  const head = 'HTTP/1.1 200 OK\\r\\ncontent-type: application/json\\r\\n\\r\\n';
  console.log('asked');
  request.on('end', () => talk(request.socket, process.env.MODE, head));
});
server.on('error', () => setTimeout(() => server.listen(8000), 100));
server.listen(8000);
`;

const podOf = async (
  { cluster }: World,
  name: string,
  script: string,
  more: { readonly hostNetwork?: boolean; readonly mode?: string; readonly secret?: string } = {},
): Promise<void> => {
  const image = await cluster.kubectl([
    ...['get', 'deployment', 'kea-operator', '-n', SYSTEM, '-o'],
    'jsonpath={.spec.template.spec.containers[0].image}',
  ]);
  const { secret } = more;
  await cluster.apply(
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: EVIL },
      spec: {
        nodeSelector: { 'kubernetes.io/hostname': NODE },
        hostNetwork: more.hostNetwork === true,
        terminationGracePeriodSeconds: 0,
        containers: [
          {
            name: 'evil',
            image: image.trim(),
            command: ['/usr/local/bin/node', '-e', script],
            env: [{ name: 'MODE', value: more.mode ?? '' }],
            ...(secret === undefined ? {} : { volumeMounts: [{ name: 'server', mountPath: '/etc/server' }] }),
          },
        ],
        ...(secret === undefined
          ? {}
          : { volumes: [{ name: 'server', secret: { secretName: secret, defaultMode: 0o444 } }] }),
      },
    }),
  );
  await cluster.kubectl(['wait', '--for=condition=Ready', `pod/${name}`, '-n', EVIL, '--timeout=60s']);
};

const pairOf = (name: string, port: number, more: object) => ({
  resource: HAPAIRS,
  namespace: EVIL,
  metadata: { name },
  spec: {
    mode: 'Standalone',
    servers: [{ name: 'a', node: NODE, interfaces: [LINK] }],
    controlPort: port,
    haPort: port + 1,
    ...more,
  },
});

/** Four pairs of which the database never answers, and one of each other mode. */
export const falseDatabases = async (world: World): Promise<void> => {
  const { cluster, client } = world;
  await podOf(world, 'databases', DATABASES);
  const address = (
    await cluster.kubectl(['get', 'pod', 'databases', '-n', EVIL, '-o', 'jsonpath={.status.podIP}'])
  ).trim();
  await cluster.apply(`
apiVersion: v1
kind: Secret
metadata: {name: login, namespace: ${EVIL}}
stringData: {username: kea, password: kea}
`);
  const modes: readonly Mode[] = ['never', 'never', 'never', ...MODES];
  const databases = modes.map((mode, n) =>
    pairOf(`database-${n}`, 8100 + 10 * n, {
      database: {
        host: address,
        port: 5432 + MODES.indexOf(mode),
        name: 'kea',
        credentialsSecretRef: { name: 'login' },
      },
    }),
  );
  await write(world, databases);
  for (const { metadata } of databases) {
    await until(`the pair ${metadata.name} to be told of its database`, 120, async () => {
      const { status } = await client.get<KubeObject>(HAPAIRS, { namespace: EVIL, name: metadata.name });
      return conditionsOf(status).get('BackendReachable')?.reason === 'BackendUnavailable';
    });
  }
};

/** How many at once: two lease API pods have some each. */
const READERS = 8;

/** A pair with the database of everybody, whose server has been taken over: eight people list its leases while it behaves in each of the ways. */
export const falseServers = async (world: World): Promise<void> => {
  const { cluster, client } = world;
  const secret = serverNames('taken', 'a', DHCPV4).bootstrap;
  await write(world, [pairOf('taken', 8000, {})]);
  await until('the certificate of the server', 120, () =>
    client.get(SECRETS, { namespace: EVIL, name: secret }).then(
      () => true as const,
      () => undefined,
    ),
  );
  for (const mode of MODES) {
    await podOf(world, `server-${mode}`, SERVER, { hostNetwork: true, mode, secret });
    // The true one gives the port away.
    await cluster.kubectl([
      'delete',
      'pod',
      'taken-a-0',
      '-n',
      EVIL,
      '--ignore-not-found',
      '--grace-period=0',
      '--force',
    ]);
    await until('the false server to be asked', 180, async () =>
      (await cluster.kubectl(['logs', `server-${mode}`, '-n', EVIL])).includes('asked'),
    );
    const list = ['get', 'leases.state.kea-operator.io', '-n', EVIL];
    await Promise.all(Array.from({ length: READERS }, () => cluster.tryKubectl(list, { timeoutMs: 90_000 })));
    await cluster.kubectl(['delete', 'pod', `server-${mode}`, '-n', EVIL, '--grace-period=0', '--force']);
  }
};
