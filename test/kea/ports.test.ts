/** Ports of a server's node that somebody else has: what it says while it waits for them, and that it goes on once they are free. */
import { type ChildProcess, spawn } from 'node:child_process';
import { afterEach, expect, it } from 'vitest';
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import { DHCPV6 } from '../../src/kea/dhcpv6.ts';
import type { Family } from '../../src/kea/family.ts';
import { interfacesInUse } from '../../src/kea/ha.ts';
import { usePairBench } from '../support/pairGround.ts';
import { tryRun, until } from '../support/run.ts';

const bench = usePairBench();

let other: ChildProcess | undefined;
afterEach(() => other?.kill());

/** Somebody else in a server's network takes a port: `TCP4-LISTEN:8000`, as socat writes it. */
const takePort = async (netns: string, socket: string): Promise<void> => {
  other = spawn('ip', ['netns', 'exec', netns, 'socat', socket, 'EXEC:cat'], { stdio: 'inherit' });
  const port = /:(\d+)/.exec(socket)?.[1] ?? '';
  await until('the port to be taken', 10, async () => {
    const { stdout } = await tryRun('ip', ['netns', 'exec', netns, 'ss', '-Hultn', `sport = :${port}`]);
    return stdout.trim() !== '';
  });
};
const free = (): boolean | undefined => other?.kill();

it.each<[string, Family]>([
  ['UDP4-RECVFROM:67,fork', DHCPV4],
  ['UDP6-RECVFROM:547,fork', DHCPV6],
])('%s: the server says on which interface it waits, and opens its sockets by itself', async (socket, family) => {
  const pair = await bench.begin({ mode: 'Standalone' }, ['a'], { family });
  const one = pair.server('a');
  const status = () => one.client.call('status-get', undefined);
  await one.pod.end();
  await takePort(one.netns, socket);
  await one.pod.start();
  const waiting = await until('the server', 20, async () => {
    const found = await status();
    return found.sockets?.status === 'retrying' ? found : undefined;
  });
  expect(interfacesInUse(waiting)).toEqual(['eth0']);
  free();
  await until('open sockets', 20, async () => (await status()).sockets?.status === 'ready');
});

it('of DHCPv6 a server shares its port with whoever shares it too, as another Kea does: both get what clients send', async () => {
  const pair = await bench.begin({ mode: 'Standalone' }, ['a'], { family: DHCPV6 });
  const one = pair.server('a');
  await one.pod.end();
  await takePort(one.netns, 'UDP6-RECVFROM:547,fork,reuseaddr');
  await one.pod.start();
  await until('open sockets', 20, async () => {
    return (await one.client.call('status-get', undefined)).sockets?.status === 'ready';
  });
});

it.each<[string, Family]>([
  ['TCP4-LISTEN:8000,fork,reuseaddr', DHCPV4],
  ['TCP6-LISTEN:8001,fork,reuseaddr', DHCPV4],
  ['TCP6-LISTEN:8003,fork,reuseaddr', DHCPV6],
])('%s: the server does not end for want of a port, but waits and says so', async (socket, family) => {
  const pair = await bench.begin({}, ['a', 'b'], { family });
  const one = pair.server('a');
  await one.pod.end();
  await takePort(one.netns, socket);
  await one.pod.start();
  const says = `not ready: TCP port ${/\d+$/.exec(socket.split(',')[0] ?? '')?.[0] ?? ''} of ${pair.topology.servers[0]?.address ?? ''}: Address already in use\n`;
  await until('the probe to say why', 20, async () => {
    const { stdout } = await one.pod.exec('/usr/local/bin/kea-probe', 'ready');
    return stdout === says;
  });
  expect((await one.pod.exec('/usr/local/bin/kea-probe', 'live')).code).toBe(0);
  free();
  await until('the server to start', 20, () => one.client.call('status-get', undefined));
});
