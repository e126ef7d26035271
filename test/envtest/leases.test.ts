/** The lease API behind a real kube-apiserver's aggregation layer, asked by the real kubectl, over real lease stores. */
import { afterAll, beforeAll, describe } from 'vitest';
import { type KeaServer } from '../support/kea.ts';
import { leaseWriter } from '../support/leases.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { accessTests } from './leases/access.ts';
import { fairUseTests } from './leases/fairUse.ts';
import { familyTests } from './leases/families.ts';
import { listTests } from './leases/lists.ts';
import { registrationTests } from './leases/registration.ts';
import { selectorTests } from './leases/selectors.ts';
import { servingTests } from './leases/serving.ts';
import { startWorld, type World } from './leases/world.ts';

/**
 * The pairs: dhcp/office with 1,200 leases in PostgreSQL, branch/memory with three in the memory of a server, broken/lost whose
 * database does not answer. The namespace empty has none.
 */
let world: World;
let database: TestDatabase;
let memfile: KeaServer;

beforeAll(async () => {
  world = await startWorld();
  for (const name of ['dhcp', 'branch', 'broken', 'empty']) await world.namespace(name);

  database = await world.postgres.database();
  // As Kea writes them: client identifiers with their type, whole seconds. 10.7.0.1 … 10.7.4.176.
  await database.query(`
    INSERT INTO lease4 (address, hwaddr, client_id, valid_lifetime, expire, subnet_id, fqdn_fwd, fqdn_rev, hostname, state, pool_id)
    SELECT ('10.7.0.0'::inet + n) - '0.0.0.0'::inet, decode('020000' || lpad(to_hex(n), 6, '0'), 'hex'),
      decode('01020000' || lpad(to_hex(n), 6, '0'), 'hex'), 3600, date_trunc('second', now()) + interval '30 minutes',
      7, false, false, 'host-' || (1200 - n), CASE WHEN n = 3 THEN 1 ELSE 0 END, 0
    FROM generate_series(1, 1200) n`);
  await database.query(
    `UPDATE lease4 SET expire = now() - interval '5 minutes' WHERE address = '10.7.0.2'::inet - '0.0.0.0'::inet`,
  );
  await world.pair({
    namespace: 'dhcp',
    pair: 'office',
    ipFamily: 'IPv4',
    storage: 'PostgreSQL',
    database: database.target,
  });
  await world.subnet({ namespace: 'dhcp', name: 'desks', pair: 'office', cidr: '10.7.0.0/16', subnetId: 7 });

  memfile = await world.lab.server('memory', { dhcp4: { subnet4: [{ id: 8, subnet: '10.8.0.0/16' }] } });
  const kea = leaseWriter(memfile);
  for (const last of [9, 10, 100]) await kea.add({ address: `10.8.0.${last}`, subnetId: 8, validLifetime: 3_600 });
  await kea.close();
  await world.pair({
    namespace: 'branch',
    pair: 'memory',
    ipFamily: 'IPv4',
    storage: 'Memfile',
    servers: [memfile.endpoint],
  });

  await world.pair({
    namespace: 'broken',
    pair: 'lost',
    ipFamily: 'IPv4',
    storage: 'PostgreSQL',
    database: { host: '127.0.0.1', port: 1, name: 'kea', user: 'kea', password: 'x', sslMode: 'disable' },
  });
  const managed = world.manage({});
  await world.available();
  await managed.stop();
});
afterAll(async () => {
  await database.drop();
  await world.stop();
});

describe('kubectl get leases', () => {
  listTests(
    () => world,
    () => database,
  );
  servingTests(
    () => world,
    () => database,
  );
});
describe('leases of IPv6', () => {
  familyTests(() => world);
});
describe('who may see leases', () => {
  accessTests(() => world);
});
describe('a selection', () => {
  selectorTests(() => world);
});
describe('fair use', () => {
  fairUseTests(() => world);
});
describe('the APIService', () => {
  registrationTests(() => world);
});
