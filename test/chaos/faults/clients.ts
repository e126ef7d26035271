/** Clients: too many of them, one that finds its address taken, and those who look at leases. */
import { LEASE_GROUP, LEASE_VERSION, LEASES } from '../../../src/apiserver/resource.ts';
import type { Resource } from '../../../src/runtime/resource.ts';
import { NAMESPACE } from '../../support/install.ts';
import type { Injection } from '../faults.ts';
import { RESERVED, SMALL, smallSubnet } from '../pair.ts';
import { keepObject } from './objects.ts';

const smallPool: Injection = (lab) => keepObject(lab, smallSubnet());

/** Option 118 with the prefix of the small Subnet. */
const CHOICE = SMALL.prefix
  .split('.')
  .map((part) => Number(part).toString(16).padStart(2, '0'))
  .join('');

const crowd: Injection = (lab) => {
  const load = ['-4', '-l', 'eth0', '-r', '20', '-R', '40', '-p', '300', '-o', `118,${CHOICE}`];
  const child = lab.cluster.start(['client', 'crowd', 'perfdhcp', ...load]);
  return Promise.resolve(() => {
    child.kill('SIGTERM');
    return Promise.resolve();
  });
};

const decline: Injection = async (lab) => {
  const address = (verb: 'replace' | 'del') =>
    lab.cluster.run(['client', 'squatter', 'ip', 'address', verb, `${SMALL.first}/24`, 'dev', 'eth0']);
  await address('replace');
  // It asks by ARP who has the address that it wanted, and takes another one.
  const ask = ['-x', `0x76:${CHOICE}`, '-r', SMALL.first, '-a', '-A', '1'];
  await lab.cluster.run(['client', 'decliner', 'dhcp', ...ask], { timeoutMs: 30_000 });
  return async () => {
    await address('del');
  };
};

const EVERY_MS = 500;
const [{ address: SOUGHT } = { address: '' }] = RESERVED;

/** Whether or not an answer comes. */
const readLeases: Injection = (lab) => {
  const lease: Resource = { ...LEASES, group: LEASE_GROUP, version: LEASE_VERSION, namespaced: true };
  const timer = setInterval(() => {
    lab.client.get(lease, { namespace: NAMESPACE, name: SOUGHT }).catch(() => undefined);
  }, EVERY_MS);
  return Promise.resolve(() => {
    clearInterval(timer);
    return Promise.resolve();
  });
};

export const clientFaults = {
  'small-pool': smallPool,
  crowd,
  decline,
  'read-leases': readLeases,
} as const satisfies Record<string, Injection>;
