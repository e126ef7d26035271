import { existsSync } from 'node:fs';
import { run, tryRun } from './run.ts';

/** One member of the network: a network namespace whose eth0 has the address. */
export interface NetworkMember {
  readonly address: string;
  /** Of IPv6, for those that joined with one. */
  readonly address6: string;
  readonly namespace: string;
  /** With an address of IPv6 too, ready at once, where the family is 6. */
  join(version?: 4 | 6): Promise<void>;
  leave(): Promise<void>;
}

/**
 * A bridge of 198.18.x.0/24 (the range for benchmarks, RFC 2544) that nobody else is on: the test process as .1, members in network
 * namespaces from .10 on. Several are open side by side; those of processes that were killed are taken away by the next to open one.
 */
export interface TestNetwork {
  /** Of the test process. */
  readonly address: string;
  /** The same of IPv6. */
  readonly address6: string;
  /** `198.18.x`: the first three octets. */
  readonly prefix: string;
  /** A member with an address, not there yet. */
  reserve(): NetworkMember;
  close(): Promise<void>;
}

const NAME = 'keatest';
const namespaceOf = (bridge: string, number: number): string => `${bridge}-${number}`;
const portOf = (bridge: string, number: number): string => `${bridge}p${number}`;
const ip = (...args: string[]): Promise<string> => run('ip', args);

export const openNetwork = async (): Promise<TestNetwork> => {
  await sweep();
  const octet = await claim();
  const bridge = `${NAME}${octet}`;
  const prefix = `198.18.${octet}`;
  const prefix6 = `fd00:198:18:${octet}`;
  await ip('address', 'add', `${prefix}.1/24`, 'dev', bridge);
  await ip('address', 'add', `${prefix6}::1/64`, 'dev', bridge, 'nodad');
  await ip('link', 'set', bridge, 'up');
  let members = 0;
  return {
    address: `${prefix}.1`,
    address6: `${prefix6}::1`,
    prefix,
    reserve() {
      const number = ++members;
      const namespace = namespaceOf(bridge, number);
      const outside = portOf(bridge, number);
      const address = `${prefix}.${9 + number}`;
      const address6 = `${prefix6}::${9 + number}`;
      const inside = (...args: string[]): Promise<string> => ip('-n', namespace, ...args);
      return {
        address,
        address6,
        namespace,
        async join(version = 4) {
          await ip('netns', 'add', namespace);
          await ip(
            'link',
            'add',
            outside,
            'master',
            bridge,
            'type',
            'veth',
            'peer',
            'name',
            'eth0',
            'netns',
            namespace,
          );
          await ip('link', 'set', outside, 'up');
          await inside('address', 'add', `${address}/24`, 'dev', 'eth0');
          if (version === 6) {
            // An address that may be another's takes seconds to be of use, and a server is refused it meanwhile.
            await run('ip', ['netns', 'exec', namespace, 'sysctl', '-qw', 'net.ipv6.conf.eth0.accept_dad=0']);
            await inside('address', 'add', `${address6}/64`, 'dev', 'eth0', 'nodad');
          }
          await inside('link', 'set', 'eth0', 'up');
          await inside('link', 'set', 'lo', 'up');
        },
        leave: () => unplug(bridge, number),
      };
    },
    close: () => remove(bridge),
  };
};

/** Making the bridge is what claims its number; its alias says whose it is. */
const claim = async (): Promise<number> => {
  const first = process.pid % 250;
  for (let attempt = 0; attempt < 250; attempt++) {
    const octet = 1 + ((first + attempt) % 250);
    const made = await tryRun('ip', ['link', 'add', `${NAME}${octet}`, 'type', 'bridge']);
    if (made.code === 0) {
      await ip('link', 'set', `${NAME}${octet}`, 'alias', `pid ${process.pid}`);
      return octet;
    }
    if (!made.stderr.includes('File exists')) {
      throw new Error(`a network for the test cannot be made (it needs root): ${made.stderr.trim()}`);
    }
  }
  throw new Error('there are 250 test networks already');
};

/** The link by itself: the kernel takes it away only a while after its namespace, and the next network may have the same number. */
const unplug = async (bridge: string, number: number): Promise<void> => {
  await tryRun('ip', ['link', 'delete', portOf(bridge, number)]);
  await tryRun('ip', ['netns', 'delete', namespaceOf(bridge, number)]);
};

const remove = async (bridge: string): Promise<void> => {
  const namespaces = (await ip('netns', 'list')).split('\n').map((line) => line.split(' ')[0] ?? '');
  for (const namespace of namespaces) {
    if (namespace.startsWith(`${bridge}-`)) await unplug(bridge, Number(namespace.slice(bridge.length + 1)));
  }
  await tryRun('ip', ['link', 'delete', bridge]);
};

const sweep = async (): Promise<void> => {
  const links = JSON.parse(await ip('-json', 'link', 'show', 'type', 'bridge')) as {
    ifname?: string;
    ifalias?: string;
  }[];
  for (const { ifname = '', ifalias = '' } of links) {
    const pid = /^pid (\d+)$/.exec(ifalias)?.[1];
    if (ifname.startsWith(NAME) && pid !== undefined && !existsSync(`/proc/${pid}`)) await remove(ifname);
  }
};
