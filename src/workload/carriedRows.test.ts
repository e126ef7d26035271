import { expect, it } from 'vitest';
import { makePair, topologyOf } from '../../test/support/pair.ts';
import { clientClass, host, network, state, type StateItems, subnet } from '../../test/support/rows.ts';
import { DHCPV4 } from '../kea/dhcpv4.ts';
import { systemClock } from '../runtime/clock.ts';
import { carriedRows, packRows, readRows, rowsSecret } from './carriedRows.ts';

const offices = Array.from({ length: 300 }, (_, n) => subnet(10 + n, `10.0.${n % 256}.0/2${4 + (n >> 8)}`));
const campus = { 'shared-network-name': 'campus' };

it.each<readonly [string, StateItems, StateItems]>([
  ['no rows', {}, {}],
  ['many subnets, some with reservations', { subnets: offices, hosts: [host(12, '02005e100001')] }, {}],
  [
    'a shared network with subnets of both, and an empty one',
    {
      networks: [network('campus', { 'renew-timer': 77 }), network('floor')],
      subnets: [subnet(1, '192.0.2.0/25', campus)],
      hosts: [host(1, '02005e100001'), host(2, '02005e100002')],
    },
    { subnets: [subnet(2, '192.0.2.128/25', campus)] },
  ],
  [
    "a network of somebody else's with our subnet",
    { subnets: [subnet(1, '192.0.2.0/25', campus)] },
    { networks: [network('campus')] },
  ],
  [
    'classes of both, whose order is that of their places',
    { classes: [clientClass('b', 3072, { test: "member('theirs')" }), clientClass('a', 1024)], subnets: offices },
    { classes: [clientClass('theirs', 2048)] },
  ],
  ['classes alone, and global reservations', { classes: [clientClass('a', 1)], hosts: [host(0, '02005e100001')] }, {}],
  ['global reservations', { subnets: offices, hosts: [host(0, '02005e100001'), host(0, '02005e100002')] }, {}],
])('a Secret of %s holds what a configuration carries, under the same digest', async (_, ours, others) => {
  const rows = { owned: state(ours), foreign: state(others), revision: 7 };
  const packed = await packRows(DHCPV4, rows, systemClock);
  const secret = packed && rowsSecret(topologyOf(makePair({})), packed);
  expect(await readRows(DHCPV4, secret)).toEqual(JSON.parse(JSON.stringify(carriedRows(DHCPV4, rows))));
});
