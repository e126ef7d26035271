/** What is kept in the operator's own tables beside the rows. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ConfigBackend } from '../../src/backend/backend.ts';
import { openBackend } from '../../src/backend/open.ts';
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import type { RowKind } from '../../src/kea/kinds.ts';
import type { DeletionPolicy } from '../../src/kea/state.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { become, type Desired, host, SCOPE, subnet } from '../support/rows.ts';
import { describeBackends } from './backends.ts';

const OFFICE = subnet(1, '192.0.2.0/24');
const LAB = subnet(2, '198.51.100.0/24');
const policies = (...of: [number, DeletionPolicy][]) => new Map(of);
const definitions = (...of: [RowKind, string][]) => new Map(of);

describeBackends('Records', (current) => {
  let backend: ConfigBackend;
  beforeEach(() => {
    ({ backend } = current());
  });

  const observe = () => backend.observe(SCOPE);
  const policyOf = async (id: number) => (await observe()).owned.subnets.get(id)?.marker?.deletionPolicy;
  const steps = async (...desires: Desired[]): Promise<void> => {
    for (const desired of desires) await become(backend, desired);
  };

  it('hold in its row what a Subnet says of its deletion, from its first row on', async () => {
    await steps({ subnets: [OFFICE, LAB], policies: policies([1, 'Delete']) });
    expect([await policyOf(1), await policyOf(2)]).toEqual(['Delete', undefined]);
    expect((await observe()).ledger.get(1)).toEqual({
      subnetId: 1,
      prefix: '192.0.2.0/24',
      object: 'Subnet/lab/subnet-1',
    });
  });

  it('change it without any other change of the row, which servers take as their own', async () => {
    await steps({ subnets: [OFFICE], policies: policies([1, 'Orphan']) });
    const before = await observe();
    await steps({ subnets: [OFFICE], policies: policies([1, 'Protect']) });
    const after = await observe();
    expect([await policyOf(1), after.owned.subnets.get(1)]).toEqual([undefined, OFFICE]);
    expect(after.revision).not.toBe(before.revision);
  });

  it('hold which definition the rows of a kind were made for', async () => {
    await steps({ subnets: [OFFICE], definitions: definitions(['subnet', 's1'], ['host', 'h1']) });
    expect((await observe()).definitions).toEqual(definitions(['subnet', 's1'], ['host', 'h1']));
    await steps({ subnets: [OFFICE], definitions: definitions(['subnet', 's1'], ['host', 'h2']) });
    expect((await observe()).definitions).toEqual(definitions(['subnet', 's1'], ['host', 'h2']));
  });

  it('cost no transaction where nothing is new', async () => {
    const desired = { subnets: [OFFICE], hosts: [host(1, '02005e100001')] };
    const known = { policies: policies([1, 'Delete']), definitions: definitions(['subnet', 's1']) };
    await steps({ ...desired, ...known });
    const { revision } = await observe();
    await steps({ ...desired, ...known });
    expect((await observe()).revision).toBe(revision);
  });
});

describe('A database of an earlier version', () => {
  let server: TestPostgres;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.stop());

  it('keeps its ledger, which has the family in its key from now on', async () => {
    const database = await server.database();
    await database.query(`
      CREATE SCHEMA kea_operator;
      CREATE TABLE kea_operator.subnet_id (
        subnet_id bigint PRIMARY KEY, prefix text NOT NULL, object text NOT NULL, since timestamptz NOT NULL DEFAULT now());
      CREATE INDEX subnet_id_prefix ON kea_operator.subnet_id (prefix);
      CREATE TABLE kea_operator.state (
        single boolean PRIMARY KEY DEFAULT true CHECK (single), version integer NOT NULL, writes bigint NOT NULL DEFAULT 0);
      INSERT INTO kea_operator.state (version, writes) VALUES (1, 17);
      INSERT INTO kea_operator.subnet_id (subnet_id, prefix, object) VALUES (41, '192.0.2.0/24', 'Subnet/lab/office')`);
    const backend = openBackend(database.target, DHCPV4);
    const observed = await backend.observe(SCOPE);
    expect([...observed.ledger.values()]).toEqual([
      { subnetId: 41, prefix: '192.0.2.0/24', object: 'Subnet/lab/office' },
    ]);
    expect([observed.greatestSubnetId, observed.definitions.size]).toEqual([41, 0]);
    await become(backend, { subnets: [subnet(41, '192.0.2.0/24')] });
    // An id of the other family is another id.
    await database.query(
      "INSERT INTO kea_operator.subnet_id (family, subnet_id, prefix, object) VALUES (6, 41, '2001:db8::/64', 'Subnet/lab/six'), (6, 99, '2001:db8:1::/64', 'Subnet/lab/more')",
    );
    const after = await backend.observe(SCOPE);
    expect([...after.ledger.values()]).toMatchObject([{ prefix: '192.0.2.0/24' }]);
    expect(after.greatestSubnetId).toBe(41);
    await backend.close();
    await database.drop();
  });

  it('is believed in what its ledger says of a deletion, until the row says it', async () => {
    const database = await server.database();
    const backend = openBackend(database.target, DHCPV4);
    await become(backend, { subnets: [OFFICE, LAB] });
    await database.query("UPDATE kea_operator.subnet_id SET deletion_policy = 'Delete'");
    const policiesInLedger = async () =>
      [...(await backend.observe(SCOPE)).ledger.values()].map(({ deletionPolicy }) => deletionPolicy);
    expect(await policiesInLedger()).toEqual(['Delete', 'Delete']);
    await become(backend, { subnets: [OFFICE, LAB], policies: policies([1, 'Protect'], [2, 'Orphan']) });
    const { owned } = await backend.observe(SCOPE);
    expect([...owned.subnets.values()].map(({ marker }) => marker?.deletionPolicy)).toEqual([undefined, 'Orphan']);
    expect(await policiesInLedger()).toEqual([undefined, undefined]);
    await backend.close();
    await database.drop();
  });
});
