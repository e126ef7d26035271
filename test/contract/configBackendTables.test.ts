import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ConfigBackend, StaleObservation } from '../../src/backend/backend.ts';
import { openBackend } from '../../src/backend/open.ts';
import { emptyColumns } from '../../src/kea/columns.ts';
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import { startPostgres, type TestDatabase, type TestPostgres } from '../support/postgres.ts';
import { become, FULL_HOST, FULL_NETWORK, FULL_SUBNET, host, planFor, SCOPE, subnet } from '../support/rows.ts';

let server: TestPostgres;
let database: TestDatabase;
let backend: ConfigBackend;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());
beforeEach(async () => {
  database = await server.database();
  backend = openBackend(database.target, DHCPV4);
});
afterEach(async () => {
  await backend.close();
  await database.drop();
});

const FULL = { networks: [FULL_NETWORK], subnets: [FULL_SUBNET], hosts: [FULL_HOST] };
const office = (rest: Parameters<typeof subnet>[2] = {}) => ({ subnets: [subnet(1, '192.0.2.0/24', rest)] });

describe('audit revisions', () => {
  interface RevisionRow {
    readonly tag: string;
    readonly entries: string[] | null;
    readonly whole: boolean;
  }
  const revisions = () =>
    database.query<RevisionRow>(`
      SELECT s.tag, r.modification_ts = date_trunc('second', r.modification_ts) AS whole,
        (SELECT array_agg(DISTINCT a.object_type || ' ' || m.modification_type)
         FROM dhcp4_audit a JOIN modification m ON m.id = a.modification_type WHERE a.revision_id = r.id) AS entries
      FROM dhcp4_audit_revision r LEFT JOIN dhcp4_server s ON s.id = r.server_id ORDER BY r.id`);

  it('are one for all changes of a plan, for the pair’s tag, in whole seconds', async () => {
    await become(backend, FULL);
    expect(await revisions()).toEqual([
      { tag: 'lab.pair', whole: true, entries: ['dhcp4_shared_network create', 'dhcp4_subnet create'] },
    ]);
  });

  it('are not made for reservations, which Kea reads for every packet', async () => {
    await become(backend, { hosts: [host(0, '02005e100001', { 'option-data': FULL_HOST.body['option-data'] ?? [] })] });
    await become(backend, { hosts: [host(0, '02005e100001')] });
    await become(backend, {});
    expect(await revisions()).toEqual([]);
  });

  it('name the subnet where only a pool or an option changes, which announce nothing themselves', async () => {
    await become(backend, office({ pools: [{ pool: '192.0.2.10-192.0.2.20' }] }));
    await become(backend, office({ pools: [{ pool: '192.0.2.10-192.0.2.30' }] }));
    await become(backend, office({ pools: FULL_SUBNET.body.pools?.slice(0, 0) ?? [] }));
    expect((await revisions()).map(({ entries }) => entries)).toEqual([
      ['dhcp4_subnet create'],
      ['dhcp4_subnet update'],
      ['dhcp4_subnet update'],
    ]);
  });

  it('never go back in time, not even behind one with a part of a second or of a wrong clock', async () => {
    await database.query(`
      SELECT createAuditRevisionDHCP4(date_trunc('second', now()) + interval '1 hour 0.7 second', 'all', 'a wrong clock', true)`);
    await become(backend, office());
    const [row] = await database.query<{ later: boolean }>(`
      SELECT max(modification_ts) FILTER (WHERE log_message LIKE 'kea-operator%')
        >= max(modification_ts) FILTER (WHERE log_message = 'a wrong clock') AS later FROM dhcp4_audit_revision`);
    expect(row?.later).toBe(true);
    expect((await revisions()).at(-1)?.whole).toBe(true);
  });

  it('tell every server where a row goes that may be another’s', async () => {
    await become(backend, office());
    await database.query("SELECT set_config('kea.disable_audit', 'true', false)");
    await database.query("INSERT INTO dhcp4_server (tag) VALUES ('other')");
    await become(backend, office({ 'renew-timer': 60 }));
    await become(backend, {});
    expect((await revisions()).map(({ tag }) => tag)).toEqual(['lab.pair', 'lab.pair', 'all']);
  });

  it('of one session are never used twice', async () => {
    for (const timer of [1, 2, 3]) await become(backend, office({ 'renew-timer': timer }));
    const rows = await database.query<{ n: number }>('SELECT count(*)::int AS n FROM dhcp4_audit GROUP BY revision_id');
    expect(rows.map(({ n }) => n)).toEqual([1, 1, 1]);
  });
});

/** A column of dhcp4_subnet of text for a keyword that is not in the table. */
const emptySubnetColumn = async (): Promise<string> => {
  const [found] = await database.query<{ name: string }>(
    `SELECT column_name AS name FROM information_schema.columns
     WHERE table_name = $1 AND column_name = ANY($2) AND data_type IN ('character varying', 'text') ORDER BY 1 LIMIT 1`,
    [DHCPV4.tables.subnet.name, emptyColumns(DHCPV4, 'subnet')],
  );
  if (found === undefined) throw new Error(`every column of ${DHCPV4.tables.subnet.name} is written by now`);
  return found.name;
};

describe('rows', () => {
  it('keep in a released row what the operator does not write', async () => {
    await become(backend, office());
    await database.query("SELECT set_config('kea.disable_audit', 'true', false)");
    const column = await emptySubnetColumn();
    await database.query(`UPDATE dhcp4_subnet SET ${column} = 'x'`);
    await become(backend, { orphans: ['Subnet/lab/subnet-1'] });
    expect((await backend.observe(SCOPE)).foreign).toMatchObject([
      { item: { body: { [column.replaceAll('_', '-')]: 'x' } } },
    ]);
  });

  it('come with new statistics when they are many', async () => {
    const many = Array.from({ length: 300 }, (_, i) =>
      subnet(i + 1, `10.0.${i % 256}.${i < 256 ? 0 : 128}/25`, {
        pools: [{ pool: `10.0.${i % 256}.${i < 256 ? 10 : 130}/32` }],
      }),
    );
    await become(backend, { subnets: many, hosts: many.map(({ body }) => host(body.id, '02005e100001')) });
    for (const table of ['dhcp4_subnet', 'dhcp4_subnet_server', 'dhcp4_pool', 'hosts']) {
      const [row] = await database.query<{ rows: number }>(
        `SELECT reltuples::int AS rows FROM pg_class WHERE relname = '${table}'`,
      );
      expect(row?.rows, table).toBe(300);
    }
  });
});

describe('many writers at once', () => {
  it('lose nothing when each looks again after it was late', async () => {
    const writers = [1, 2, 3].map(() => openBackend(database.target, DHCPV4));
    let late = 0;
    const add = async (writer: ConfigBackend, id: number): Promise<void> => {
      for (;;) {
        const observed = await writer.observe(SCOPE);
        const desired = { subnets: [...observed.owned.subnets.values(), subnet(id, `10.0.${id}.0/24`)] };
        try {
          await writer.apply(planFor(desired, observed), SCOPE, observed.revision);
          return;
        } catch (error) {
          if (!(error instanceof StaleObservation)) throw error;
          late += 1;
        }
      }
    };
    await Promise.all(writers.flatMap((writer, w) => [0, 1, 2, 3].map((n) => add(writer, 1 + w * 4 + n))));
    expect((await backend.observe(SCOPE)).owned.subnets.size).toBe(12);
    expect(late).toBeGreaterThan(0);
    await Promise.all(writers.map((writer) => writer.close()));
  });

  it('make the operator’s own tables once', async () => {
    const writers = [1, 2, 3, 4].map(() => openBackend(database.target, DHCPV4));
    await Promise.all(writers.map((writer) => writer.observe(SCOPE)));
    expect(await database.query('SELECT version FROM kea_operator.state')).toEqual([{ version: 3 }]);
    await Promise.all(writers.map((writer) => writer.close()));
  });
});
