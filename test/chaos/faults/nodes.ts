/** Nodes: their power, their wires, their disk, their clock. */
import { dirname } from 'node:path';
import { NAMESPACE } from '../../support/install.ts';
import { until } from '../../support/run.ts';
import type { Injection, Undo } from '../faults.ts';
import type { Lab } from '../lab.ts';
import { DATABASE, PAIR } from '../pair.ts';

const powerOff: Injection = async (lab, on) => {
  const node = lab.nodeOf(on);
  await lab.cluster.run(['power-off', node]);
  return async () => {
    // Ready is waited for where the pair is: without an API server a node cannot say so.
    await lab.cluster.run(['power-on', node, '--no-wait'], { timeoutMs: 120_000 });
  };
};

const cut =
  (link: 'lan0' | 'mgmt0'): Injection =>
  async (lab, on) => {
    const node = lab.nodeOf(on);
    await lab.cluster.run(['cut', node, link]);
    return async () => {
      await lab.cluster.run(['heal', node, link]);
    };
  };

const HA_PORT = 8001;
const TABLE = 'inet chaos';
/** Undoes it in a node, whether or not it was done; so does the next one. */
export const HEAL_HA = `nft delete table ${TABLE} 2>/dev/null || true`;

/** Packets to the HA port of a server are dropped on its node: what it calls itself, and the answers to that, go through. */
const cutHa: Injection = async (lab, on) => {
  const roles = on === 'both ways' ? ['primary', 'partner'] : [on.endsWith('partner') ? 'partner' : 'primary'];
  const nodes = roles.map((role) => lab.nodeOf(role));
  for (const node of nodes) {
    await lab.inNode(
      node,
      `nft add table ${TABLE} && nft 'add chain ${TABLE} cut { type filter hook input priority -300; }' && nft add rule ${TABLE} cut tcp dport ${HA_PORT} drop`,
    );
  }
  return async () => {
    for (const node of nodes) await lab.inNode(node, HEAL_HA);
  };
};

const DATABASE_TABLE = 'inet chaos_database';
/** Undoes it in a node, whether or not it was done. */
export const HEAL_DATABASE = `nft delete table ${DATABASE_TABLE} 2>/dev/null || true`;

/** As a firewall does that says no: after kube-proxy has put the pod's address in place of the Service's. */
const cutDatabase: Injection = async (lab, on) => {
  const node = lab.nodeOf(on);
  const chain = `nft 'add chain ${DATABASE_TABLE} cut { type filter hook output priority 0; }'`;
  const rule = `nft add rule ${DATABASE_TABLE} cut tcp dport ${DATABASE.port} reject with tcp reset`;
  await lab.inNode(node, `nft add table ${DATABASE_TABLE} && ${chain} && ${rule}`);
  return async () => {
    await lab.inNode(node, HEAL_DATABASE);
  };
};

const THIEF = '/run/chaos-port-67';
export const END_THIEF = `[ ! -e ${THIEF} ] || kill -9 -$(cat ${THIEF}) 2>/dev/null; rm -f ${THIEF}`;

/** A process that wants UDP port 67, and has it as soon as the server's pod lets go of it. */
const stealPort: Injection = async (lab, on) => {
  const node = lab.nodeOf(on);
  const thief = `echo $$ >${THIEF}; while :; do socat -u UDP4-RECV:67 OPEN:/dev/null; sleep 0.02; done`;
  await lab.inNode(node, `setsid sh -c '${thief}' </dev/null >/dev/null 2>&1 &`);
  return async () => {
    await lab.inNode(node, END_THIEF);
  };
};

const leaseDirectory = (lab: Lab, role: string): string => {
  const { name } = lab.serverAs(role);
  return `/var/lib/kea-operator/${NAMESPACE}/${PAIR}/${name}`;
};

/** Restarts a server so that it sees another lease directory; the leases come along. */
const restartServer = async (lab: Lab, role: string): Promise<void> => {
  const pod = `${PAIR}-${lab.serverAs(role).name}-0`;
  await lab.kubectl('delete', 'pod', pod);
  await until(`pod ${pod} to be ready`, 60, async () => {
    const ready = await lab.kubectl('get', 'pod', pod, '-o', 'jsonpath={.status.containerStatuses[0].ready}');
    return ready === 'true';
  });
};

/** Under the directories of the pair's servers: what is mounted on the volume itself goes with the pod. */
const smallDisk: Injection = async (lab, on) => {
  const [node, directory] = [lab.nodeOf(on), dirname(leaseDirectory(lab, on))];
  const become = (mount: string): string =>
    `set -e; cp -a ${directory} /run/chaos-leases; ${mount}; cp -a /run/chaos-leases/. ${directory}/; rm -r /run/chaos-leases`;
  await lab.inNode(node, become(`mount -t tmpfs -o size=8m,mode=0755 tmpfs ${directory}`));
  await restartServer(lab, on);
  return async () => {
    await lab.inNode(node, `mountpoint -q ${directory} || exit 0; ${become(`umount -l ${directory}`)}`);
    await restartServer(lab, on);
  };
};

/** To the last byte, and the lease file with it. */
const fillDisk: Injection = async (lab, on) => {
  const [node, directory] = [lab.nodeOf(on), leaseDirectory(lab, on)];
  // The last page of the lease file has room of its own: it is to be nearly full.
  const size = `stat -c %s ${directory}/kea-leases4.csv`;
  await lab.inNode(
    node,
    `n=0; while [ $(($(${size}) % 4096)) -lt 3600 ] && [ $n -lt 200 ]; do n=$((n + 1)); sleep 0.2; done`,
  );
  // Never the machine's own.
  await lab.inNode(
    node,
    `mountpoint -q ${dirname(directory)} && { dd if=/dev/zero of=${directory}/filler bs=4k count=4096 2>/dev/null || true; }`,
  );
  return async () => {
    await lab.inNode(node, `rm -f ${directory}/filler`);
  };
};

/** Of a server of the image kea-clock, which reads this file every second. */
const clock: Injection = async (lab, on) => {
  const [role = '', ahead = ''] = on.split(' ');
  const [node, directory] = [lab.nodeOf(role), leaseDirectory(lab, role)];
  const file = `${directory}/clock`;
  const set = async (text: string): Promise<void> => {
    await lab.inNode(node, `echo '${text}' >${file}.new && chmod 644 ${file}.new && mv ${file}.new ${file}`);
  };
  await set(ahead);
  const undo: Undo = () => set('+0s');
  return undo;
};

export const nodeFaults = {
  'power-off': powerOff,
  'cut-lan': cut('lan0'),
  'cut-mgmt': cut('mgmt0'),
  'cut-ha': cutHa,
  'cut-database': cutDatabase,
  'steal-port': stealPort,
  'small-disk': smallDisk,
  'fill-disk': fillDisk,
  clock,
} as const satisfies Record<string, Injection>;
