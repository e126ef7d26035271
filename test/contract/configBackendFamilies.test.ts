/** What both families have in common in a real database, each with its own tables. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ConfigBackend } from '../../src/backend/backend.ts';
import { openBackend } from '../../src/backend/open.ts';
import { canonicalHost } from '../../src/kea/canonical.ts';
import { DHCPV6 } from '../../src/kea/dhcpv6.ts';
import { FAMILIES } from '../../src/kea/families.ts';
import type { KeaTable } from '../../src/kea/family.ts';
import { INTERFACE_ID } from '../support/fullBodies.ts';
import { plainRows } from '../support/objects.ts';
import { startPostgres, type TestDatabase, type TestPostgres } from '../support/postgres.ts';
import { become, clientClass, FULL, host, network, optionDef, planFor, SCOPE, state, subnet } from '../support/rows.ts';

let server: TestPostgres;
let database: TestDatabase;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());
beforeEach(async () => {
  database = await server.database();
});
afterEach(() => database.drop());

const PREFIXES = { 4: '192.0.2.0/24', 6: '2001:db8:2::/64' } as const;
const ADDRESSES = { 4: ['192.0.2.10', '192.0.3.1'], 6: ['2001:db8:2::10', '2001:db8:3::1'] } as const;
const fullOf = (version: 4 | 6) => {
  const { optionDef: site, clientClass: gold, network: campus, subnet: office, host: printer } = FULL[version];
  return { optionDefs: [site], classes: [gold], networks: [campus], subnets: [office], hosts: [printer] };
};

describe.each(FAMILIES)('rows of $daemon', (family) => {
  const { version, tables } = family;
  const full = fullOf(version);
  const own: readonly KeaTable[] = [
    tables.optionDef,
    tables.class,
    tables.network,
    tables.subnet,
    tables.pool,
    ...(tables.pdPool ? [tables.pdPool] : []),
  ];
  let backend: ConfigBackend;
  beforeEach(() => {
    backend = openBackend(database.target, family);
  });
  afterEach(() => backend.close());

  it.each(own)('have all columns of this schema accounted for: $name', async ({ name, columns }) => {
    const found = await database.query<{ name: string }>(
      `SELECT column_name AS name FROM information_schema.columns WHERE table_name = $1`,
      [name],
    );
    expect(found.map((column) => column.name).sort()).toEqual([...columns].sort());
  });

  it('come back as they were written, with every keyword', async () => {
    await become(backend, full);
    const { owned, foreign } = await backend.observe(SCOPE);
    expect(owned).toEqual(state(full));
    expect(foreign).toEqual([]);
  });

  it('lose what is left out, and get it again', async () => {
    await become(backend, full);
    const { id, subnet: prefix } = FULL[version].subnet.body;
    const { body } = FULL[version].host;
    const { space, code, name } = FULL[version].optionDef.body;
    const bare = {
      optionDefs: [optionDef(name, code, { space })],
      classes: [clientClass('Gold', 5)],
      networks: [network('campus')],
      subnets: [subnet(id, prefix)],
      hosts: [host(id, body.identifier, { 'identifier-type': body['identifier-type'] })],
    };
    await become(backend, bare);
    expect(plainRows((await backend.observe(SCOPE)).owned)).toEqual(state(bare));
    await become(backend, full);
    expect(plainRows((await backend.observe(SCOPE)).owned)).toEqual(state(full));
  });

  it('let two reservations swap their clients, and their addresses too', async () => {
    const { body: office } = FULL[version].subnet;
    const { body, marker } = FULL[version].host;
    const [first, last] = ADDRESSES[version];
    const addressed = (address: string) =>
      version === 4 ? { 'ip-address': address } : { 'ip-addresses': [address], prefixes: [] };
    const of = (name: string, identifier: string, address: string) => ({
      body: canonicalHost({ ...body, identifier, ...addressed(address) }),
      ...(marker ? { marker: { ...marker, object: `HostReservation/lab/${name}` } as const } : {}),
    });
    const subnets = [subnet(office.id, office.subnet)];
    await become(backend, { subnets, hosts: [of('a', '000101', first), of('b', '000102', last)] });
    for (const [a, b] of [
      [first, last],
      [last, first],
    ] as const) {
      const desired = { subnets, hosts: [of('a', '000102', a), of('b', '000101', b)] };
      await become(backend, desired);
      expect(plainRows((await backend.observe(SCOPE)).owned)).toEqual(state(desired));
    }
  });

  it('are linked to the pair’s tag and to no other', async () => {
    await become(backend, full);
    for (const table of [
      tables.optionDef.name,
      tables.class.name,
      tables.network.name,
      tables.subnet.name,
      tables.options,
    ]) {
      const tags = await database.query(
        `SELECT DISTINCT s.tag FROM ${table}_server l JOIN ${tables.servers} s ON s.id = l.server_id`,
      );
      expect(tags, table).toEqual([{ tag: 'lab.pair' }]);
    }
    const [unlinked] = await database.query<{ n: number }>(`
      SELECT count(*)::int AS n FROM ${tables.options} o WHERE scope_id NOT IN (2, 3)
        AND NOT EXISTS (SELECT FROM ${tables.options}_server l WHERE l.option_id = o.option_id)`);
    expect(unlinked?.n).toBe(0);
  });

  it('leave nothing behind when they go', async () => {
    await become(backend, full);
    await become(backend, {});
    const linked = [tables.optionDef, tables.class, tables.network, tables.subnet, { name: tables.options }].map(
      ({ name }) => `${name}_server`,
    );
    linked.push(`${tables.class.name}_order`, `${tables.class.name}_dependency`);
    const reserved = tables.reserved === undefined ? [] : [tables.reserved];
    for (const table of [...own.map(({ name }) => name), ...linked, ...reserved, tables.options, 'hosts']) {
      expect(await database.query(`SELECT * FROM ${table}`), table).toEqual([]);
    }
  });

  const tampering: readonly (readonly [version: 4 | 6 | undefined, sql: string])[] = [
    [
      undefined,
      `UPDATE ${tables.subnet.name} SET renew_timer = 1, ddns_send_updates = true, client_classes = '[ "x" ]'`,
    ],
    [undefined, `UPDATE ${tables.pool.name} SET user_context = '{ "a": 1 }'`],
    [undefined, `UPDATE ${tables.pool.name} SET user_context = '[ 1 ]'`],
    [undefined, `UPDATE ${tables.pool.name} SET user_context = '5'`],
    [undefined, `UPDATE ${tables.pool.name} SET user_context = '{ "kea-operator": {} }'`],
    [undefined, `UPDATE ${tables.pool.name} SET user_context = NULL`],
    [undefined, `UPDATE hosts SET user_context = jsonb_set(user_context::jsonb, '{port}', '1')::text`],
    [undefined, `UPDATE ${tables.network.name} SET cache_max_age = 5, interface = NULL`],
    [undefined, `UPDATE ${tables.options} SET formatted_value = '192.0.2.99' WHERE code IN (3, 23)`],
    [undefined, "UPDATE hosts SET hostname = 'other'"],
    [undefined, `UPDATE ${tables.network.name} SET relay = 'no JSON'`],
    [undefined, `UPDATE ${tables.network.name} SET evaluate_additional_classes = '[ "a class", "printers" ]'`],
    [undefined, `UPDATE ${tables.pool.name} SET client_classes = NULL, evaluate_additional_classes = '[ "x" ]'`],
    [undefined, `UPDATE ${tables.class.name} SET test = '', follow_class_name = NULL, user_context = user_context`],
    [undefined, `UPDATE ${tables.class.name} SET only_in_additional_list = false, depend_on_known_directly = true`],
    [undefined, `UPDATE ${tables.class.name}_order SET order_index = 1`],
    [undefined, `UPDATE ${tables.class.name}_order SET depend_on_known_indirectly = true`],
    [undefined, `DELETE FROM ${tables.options} WHERE scope_id = 2`],
    [undefined, `UPDATE ${tables.optionDef.name} SET type = 14, record_types = NULL WHERE class_id IS NULL`],
    [undefined, `UPDATE ${tables.optionDef.name} SET encapsulate = 'x', is_array = false, record_types = 'no JSON'`],
    [undefined, `UPDATE ${tables.optionDef.name} SET name = 'other', user_context = NULL`],
    [4, 'DELETE FROM dhcp4_option_def WHERE class_id IS NOT NULL'],
    [4, "UPDATE dhcp4_client_class SET next_server = NULL, offer_lifetime = 5, boot_file_name = ''"],
    [6, 'UPDATE dhcp6_client_class SET preferred_lifetime = NULL'],
    [6, 'UPDATE dhcp6_pd_pool SET delegated_prefix_length = 60 WHERE prefix_length = 52'],
    [
      6,
      "UPDATE dhcp6_pd_pool SET excluded_prefix = '2001:db8:1:9000::', excluded_prefix_length = 72 WHERE prefix_length = 60",
    ],
    [6, 'UPDATE dhcp6_pd_pool SET user_context = \'{ "a": 1 }\''],
    [6, "UPDATE dhcp6_subnet SET interface_id = '\\xff00'"],
    [6, 'UPDATE ipv6_reservations SET prefix_len = 64 WHERE type = 0'],
    [6, "UPDATE ipv6_reservations SET excluded_prefix = '2001:db8:1:a100::', excluded_prefix_len = 64 WHERE type = 2"],
    [6, 'DELETE FROM ipv6_reservations'],
  ];
  it.each(tampering.filter(([only = version]) => only === version))('are put right after (%s) %s', async (_, sql) => {
    await become(backend, full);
    await database.query("SELECT set_config('kea.disable_audit', 'true', false)");
    await database.query(sql);
    const observed = await backend.observe(SCOPE);
    expect(planFor(full, observed).changes.length).toBeGreaterThan(0);
    await backend.apply(planFor(full, observed), SCOPE, observed.revision);
    const after = await backend.observe(SCOPE);
    expect(after.owned).toEqual(state(full));
    expect(planFor(full, after).changes).toEqual([]);
  });

  it('have ids that leases of a prefix tell', async () => {
    const [inside, outside] = ADDRESSES[version];
    const { leases, leaseStatistics } = tables;
    const address = family.leaseAddress.fromText('$1');
    const more = version === 6 ? ['lease_type', 'duid', 'prefix_len', 'iaid', 'pref_lifetime'] : [];
    const values = version === 6 ? ['0', "'\\x0001'", '128', '1', '30'] : [];
    for (const [text, id] of [
      [inside, 41],
      [outside, 42],
    ] as const) {
      await database.query(
        `INSERT INTO ${leases} (address, subnet_id, valid_lifetime, expire, state${more.map((name) => `, ${name}`).join('')})
         VALUES (${address}, $2, 60, now(), 0${values.map((value) => `, ${value}`).join('')})`,
        [text, id],
      );
    }
    const found = await backend.observe({ ...SCOPE, prefixes: [PREFIXES[version]] });
    expect([...found.leaseSubnetIds]).toEqual([[PREFIXES[version], [41]]]);
    expect(found.greatestSubnetId).toBe(42);
    expect(await database.query(`SELECT count(*)::int AS n FROM ${leaseStatistics}`)).toEqual([{ n: 2 }]);
  });
});

it('the bytes of an interface-id come back', async () => {
  const backend = openBackend(database.target, DHCPV6);
  const target = { subnets: [subnet(7, PREFIXES[6], INTERFACE_ID)], networks: [network('n', INTERFACE_ID)] };
  await become(backend, target);
  expect((await backend.observe(SCOPE)).owned).toEqual(state(target));
  await become(backend, { subnets: [subnet(7, PREFIXES[6])], networks: [network('n')] });
  expect(plainRows((await backend.observe(SCOPE)).owned)).toEqual(
    state({ subnets: [subnet(7, PREFIXES[6])], networks: [network('n')] }),
  );
  await backend.close();
});

describe('the families', () => {
  it('have ids, rows and revisions of their own in one database', async () => {
    const [four, six] = FAMILIES.map((family) => openBackend(database.target, family));
    if (!four || !six) throw new Error('two families are expected');
    await become(four, fullOf(4));
    const before = await six.observe(SCOPE);
    expect([before.owned, before.greatestSubnetId, before.ledger.size]).toEqual([state({}), 0, 0]);
    await become(four, { subnets: [subnet(7, PREFIXES[4])], hosts: [host(7, '02005e100001')] });
    // What one family writes is no reason for the other to look again.
    expect(await six.revision()).toBe(before.revision);
    await become(six, { subnets: [subnet(7, PREFIXES[6])], hosts: [host(7, '02005e100001')] });
    for (const [backend, prefix] of [
      [four, PREFIXES[4]],
      [six, PREFIXES[6]],
    ] as const) {
      const { owned, ledger, foreign } = await backend.observe(SCOPE);
      expect([...owned.subnets.values()].map(({ body }) => body.subnet)).toEqual([prefix]);
      expect([owned.hosts.size, foreign]).toEqual([1, []]);
      expect(ledger.get(7)?.prefix).toBe(prefix);
    }
    await Promise.all([four.close(), six.close()]);
  });
});
