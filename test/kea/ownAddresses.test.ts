/** What the init container of a server tells of its node's addresses: run by the programs of the server image, as the server's user without capabilities. */
import { expect, it } from 'vitest';
import { KEA_ID, listAddresses } from '../../src/workload/podTemplate.ts';
import { binary } from '../support/postgres.ts';
import { tryRun } from '../support/run.ts';

const LINKS = `
ip link set lo up
ip link add lan0 type veth peer name lan0.7
ip addr add 198.51.100.2/24 brd + dev lan0
ip addr add 198.51.100.3/24 dev lan0
ip link set lan0 up
ip addr add 192.0.2.7 peer 192.0.2.8/32 dev lan0.7
ip addr add 2001:db8::1/64 dev lan0.7
`.trim();

it.each([
  [4, ['lan0 198.51.100.2', 'lan0 198.51.100.3', 'lan0.7 192.0.2.7']],
  [6, ['lan0.7 2001:db8::1']],
] as const)(
  'names every interface with its addresses of IPv%i, of links that are down too',
  async (version, expected) => {
    const script = `${LINKS}\nexec setpriv --bounding-set=-all,+sys_chroot,+setuid,+setgid chroot --userspec=${KEA_ID}:${KEA_ID} "$0" sh -c "$1"`;
    const root = await binary('kea-rootfs');
    const { code, stdout } = await tryRun('unshare', ['--net', 'sh', '-ec', script, root, listAddresses({ version })]);
    expect(code).toBe(0);
    expect(stdout.trim().split('\n').sort()).toEqual(expected);
  },
);
