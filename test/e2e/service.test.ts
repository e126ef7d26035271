/**
 * What a pair does while it stands, in one order: each part goes on from what the former left. On a cluster of its own, beside that of life.test.ts:
 * most of the time both wait.
 */
import { beforeAll, describe } from 'vitest';
import { hostile } from '../hostile/hostile.ts';
import { installCheckout } from '../support/install.ts';
import { classes } from './classes.ts';
import { cluster } from './context.ts';
import { faults } from './faults.ts';
import { ipv6 } from './ipv6.ts';
import { leases } from './leases.ts';
import { links } from './links.ts';
import { metrics } from './metrics.ts';
import { neighbours } from './neighbours.ts';
import { reservations } from './reservations.ts';
import { secrets } from './secrets.ts';
import { serving } from './serving.ts';
import { vanishing } from './vanishing.ts';

beforeAll(() => installCheckout(cluster));

describe('serving clients', serving);
describe('IPv6 beside IPv4', ipv6);
describe('classes of clients', classes);
describe('reservations that come and go', reservations);
describe('leases as objects', leases);
describe('metrics', metrics);
describe('two pairs on one node', neighbours);
describe('beside one who means harm', () => {
  hostile(cluster);
});
describe('surviving faults', faults);
describe('what vanishes without being deleted', vanishing);
describe('passwords and private keys', secrets);
describe('a symbolic link on a node', links);
