/** `make demo`: from nothing to two Kea servers that serve real DHCP clients, survive a power-off and heal. */
import { join } from 'node:path';
import { openCluster, ROOT } from '../support/cluster.ts';
import {
  haStates,
  installOperator,
  loadImages,
  makeNamespace,
  NAMESPACE,
  SYSTEM,
  waitCondition,
} from '../support/install.ts';
import { until } from '../support/run.ts';
import { tellScenario } from '../support/scenario.ts';
import {
  IPV6,
  NETWORKS,
  PAIR,
  PRINTER_ADDRESS,
  PRINTER_MAC,
  RESERVATIONS,
  UNREADABLE_SUBNET,
  WRONG_SUBNET,
} from './campus.ts';
import { showDashboard } from './dashboard.ts';

const cluster = openCluster(process.env.KEA_CLUSTER_DIR ?? join(ROOT, '.cluster', 'demo'));
const scenario = tellScenario('kea-operator: the demo');

const kubectl = (...args: readonly string[]): Promise<string> => cluster.kubectl(['-n', NAMESPACE, ...args]);
const get = async (show: (command: string, printed: string) => void, what: string): Promise<string> => {
  const printed = await kubectl('get', what);
  show(`kubectl get ${what} -n ${NAMESPACE}`, printed);
  return printed;
};

interface Pods {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly uid: string };
    readonly status: { readonly startTime: string };
  }[];
}
/** Names, identities and start times of the server pods: a restart would show here. */
const podStarts = async (): Promise<string> => {
  const { items } = await cluster.json<Pods>([
    'get',
    'pods',
    '-n',
    NAMESPACE,
    '-l',
    'app.kubernetes.io/name=kea-dhcp4',
  ]);
  return items
    .map((pod) => `${pod.metadata.name} ${pod.metadata.uid} ${pod.status.startTime}`)
    .sort()
    .join('\n');
};

const expect = (condition: boolean, message: string): void => {
  if (!condition) throw new Error(message);
};

await scenario.step('A Kubernetes cluster of three nodes', async (show) => {
  if (await cluster.isUp()) await cluster.down();
  await cluster.up(3);
  show('kubectl get nodes', await cluster.kubectl(['get', 'nodes']));
  return 'three nodes are Ready; each is a network namespace with its own containerd and kubelet';
});

await scenario.step('Images of the operator, Kea and PostgreSQL, built here and loaded into the nodes', async () => {
  await loadImages(cluster);
  return 'no image registry was asked';
});

await scenario.step('helm install', async (show) => {
  await installOperator(cluster);
  show(
    `kubectl get deployments,statefulsets -n ${SYSTEM}`,
    await cluster.kubectl(['get', 'deployments,statefulsets', '-n', SYSTEM]),
  );
  return 'the operator, the lease API and the bundled PostgreSQL run';
});

await scenario.step('A HAPair: two Kea servers in hot standby', async (show) => {
  await makeNamespace(cluster);
  show('kubectl apply -f -', `${PAIR.trim()}\n---\n${await cluster.apply(PAIR)}`);
  await waitCondition(cluster, 'hapair/campus', 'Ready', { status: 'True' }, 180);
  await get(show, 'hapairs');
  return 'both servers run, their DHCP sockets are open, the HA states fit';
});

await scenario.step('A SharedNetwork, two Subnets and HostReservations', async (show) => {
  show('kubectl apply -f -', await cluster.apply(`${NETWORKS}\n---\n${RESERVATIONS}`));
  for (const what of ['sharednetwork/building-1', 'subnet/office', 'subnet/guests', 'hostreservation/printer']) {
    await waitCondition(cluster, what, 'Ready', { status: 'True' });
  }
  await get(show, 'hapairs,sharednetworks,subnets,hostreservations');
  return 'rows are in the database, and both servers run them';
});

let laptop = '';
await scenario.step('A client without a reservation gets an address', async (show) => {
  const lease = await cluster.dora('laptop');
  show('client laptop: DISCOVER, OFFER, REQUEST, ACK', JSON.stringify(lease));
  expect(/^198\.51\.100\.1[0-4]\d$/.test(lease.ip), `${lease.ip} is not of the pool`);
  expect(lease.router === '198.51.100.1', `the router is ${lease.router}`);
  laptop = lease.ip;
  return `${lease.ip} from server ${lease.server}`;
});

await scenario.step('A client with a reservation gets its own', async (show) => {
  const lease = await cluster.dora('printer', { mac: PRINTER_MAC });
  show('client printer: DISCOVER, OFFER, REQUEST, ACK', JSON.stringify(lease));
  expect(lease.ip === PRINTER_ADDRESS, `the printer got ${lease.ip}, not ${PRINTER_ADDRESS}`);
  return lease.ip;
});

await scenario.step('kubectl get leases', async (show) => {
  // It also makes kubectl read anew what there is: it remembers for hours that "leases" once meant only the built-in ones.
  const api = await cluster.kubectl(['api-resources', '--api-group=state.kea-operator.io']);
  show('kubectl api-resources --api-group=state.kea-operator.io', api);
  const printed = await until('the leases to be listed', 60, async () => {
    const text = await kubectl('get', 'leases');
    return text.includes(laptop) && text.includes(PRINTER_ADDRESS) ? text : undefined;
  });
  show(`kubectl get leases -n ${NAMESPACE}`, printed);
  return 'both leases, read from the servers themselves';
});

await scenario.step('Prometheus beside it: how full the Subnets are', (show) => showDashboard(cluster, show));

let tablet = '';
await scenario.step('A pool and an option change without a restart', async (show) => {
  const before = await podStarts();
  const patch = JSON.stringify({
    spec: {
      pools: [{ pool: '198.51.100.150-198.51.100.199' }],
      optionData: [
        { name: 'routers', data: '198.51.100.1' },
        { name: 'domain-name-servers', data: '198.51.100.54' },
      ],
    },
  });
  show(
    `kubectl patch subnet office --type=merge -p '${patch}'`,
    await kubectl('patch', 'subnet', 'office', '--type=merge', '-p', patch),
  );
  await waitCondition(cluster, 'subnet/office', 'Programmed', { status: 'True' });
  const lease = await cluster.join('tablet');
  tablet = lease.ip;
  show('client tablet: DISCOVER, OFFER, REQUEST, ACK', JSON.stringify(lease));
  expect(/^198\.51\.100\.1[5-9]\d$/.test(lease.ip), `${lease.ip} is not of the new pool`);
  expect(lease.dns === '198.51.100.54', `the name server is ${lease.dns}`);
  expect((await podStarts()) === before, 'a server pod was restarted');
  return `${lease.ip} with the new name server; the pods' start times are as before`;
});

await scenario.step('IPv6 beside it: an address, and a prefix for a router', async (show) => {
  const before = await podStarts();
  const patch = JSON.stringify({ spec: { ipFamilies: ['IPv4', 'IPv6'] } });
  show(
    `kubectl patch hapair campus --type=merge -p '${patch}'`,
    await kubectl('patch', 'hapair', 'campus', '--type=merge', '-p', patch),
  );
  show('kubectl apply -f -', `${IPV6.trim()}\n---\n${await cluster.apply(IPV6)}`);
  await waitCondition(cluster, 'subnet/office-ipv6', 'Programmed', { status: 'True' }, 120);
  await waitCondition(cluster, 'hapair/campus', 'Ready', { status: 'True' }, 120);
  const lease = await cluster.dhcp6('router');
  show('client router: SOLICIT, ADVERTISE, REQUEST, REPLY', JSON.stringify(lease));
  expect(/^2001:db8:1::1[0-9a-f]{3}$/.test(lease.ip), `${lease.ip} is not of the pool`);
  expect(
    /^2001:db8:80[0-9a-f]{2}:[0-9a-f:]*\/56$/.test(lease.prefix),
    `${lease.prefix} is not of the pool of prefixes`,
  );
  const leases = await until('both to be listed', 30, async () => {
    const text = await kubectl('get', 'leases');
    return text.includes(lease.prefix) ? text : undefined;
  });
  show(`kubectl get leases -n ${NAMESPACE}`, leases);
  expect((await podStarts()) === before, 'a server of DHCPv4 was restarted');
  return `${lease.ip} and ${lease.prefix}; the servers of IPv4 noticed nothing`;
});

await scenario.step('Wrong Subnets are refused, and say why', async (show) => {
  const typo = await cluster.tryKubectl(['apply', '-f', '-'], { input: UNREADABLE_SUBNET });
  show('kubectl apply -f typo.yaml', typo.stderr);
  expect(typo.code !== 0 && typo.stderr.includes('cidr'), 'the API server took a prefix with host bits');
  await cluster.apply(WRONG_SUBNET);
  const condition = await waitCondition(cluster, 'subnet/mistake', 'Accepted', {
    status: 'False',
    reason: 'PrefixOverlap',
  });
  show(
    `kubectl get subnet mistake -n ${NAMESPACE}`,
    `${await kubectl('get', 'subnet', 'mistake')}${condition.message}`,
  );
  await waitCondition(cluster, 'subnet/office', 'Ready', { status: 'True' });
  await kubectl('delete', 'subnet', 'mistake');
  return 'one at kubectl apply, one in its condition; the others go on';
});

/** Clients that come while nobody answers: by these the partner sees that it has to. */
const WAITING = ['desk', 'phone', 'camera', 'badge'];

await scenario.step("The primary's node loses power; the client renews from the partner", async (show) => {
  await cluster.run(['power-off', 'node1']);
  await Promise.all(WAITING.map((client) => cluster.join(client)));
  show(`clients ${WAITING.join(', ')}: DISCOVER until somebody answers`, 'each has an address');
  await until('server b to serve alone', 60, async () => (await haStates(cluster)).get('b') === 'partner-down');
  await get(show, 'hapairs');
  const lease = await cluster.renew('tablet');
  show('client tablet: REQUEST, ACK', JSON.stringify(lease));
  expect(lease.ip === tablet, `the tablet had ${tablet} and got ${lease.ip}`);
  expect(lease.server === '198.51.100.3', `server ${lease.server} answered`);
  return `${lease.ip} again, now from ${lease.server}`;
});

await scenario.step('Power comes back, and the pair heals', async (show) => {
  await cluster.run(['power-on', 'node1']);
  await waitCondition(cluster, 'hapair/campus', 'Ready', { status: 'True' }, 180);
  const states = await haStates(cluster);
  expect(
    [...states.values()].every((state) => state === 'hot-standby'),
    `HA states: ${JSON.stringify([...states])}`,
  );
  await get(show, 'hapairs');
  return 'both servers in hot-standby';
});

const code = scenario.summary();
const kubeconfig = (await cluster.run(['kubeconfig'])).trim();
process.stdout.write(`
The cluster is still up. Look around:
  export KEA_CLUSTER_DIR=${cluster.dir} KUBECONFIG=${kubeconfig}
  test/cluster/cluster kubectl get subnets,hostreservations,leases -A
  test/cluster/cluster client laptop dhcp          # another DORA
  test/cluster/cluster --help
Remove it:
  make clean
`);
process.exitCode = code;
