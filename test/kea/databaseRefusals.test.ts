import { describe, expect, it } from 'vitest';
import type { Item, ObjectRef } from '../../src/kea/state.ts';
import { host, SCOPE, subnet } from '../support/rows.ts';
import { DONE, lab, many, office, useSyncBench } from '../support/sync.ts';

const sync = useSyncBench();
const rows = async () => (await sync.bench.backend.observe(SCOPE)).owned;
const refOf = ({ marker }: Item<unknown>): ObjectRef => marker?.object ?? 'a/b/c';

describe('what the database refuses', () => {
  const refused = (text: string) => ({ by: 'database', text: expect.stringContaining(text) as string });

  it('is found among 300, of one kind and of another, and alone is not written', async () => {
    const { database } = sync.bench;
    await database.query(`ALTER TABLE dhcp4_subnet ADD CONSTRAINT whole CHECK (subnet_prefix <> '10.0.77.0/24')`);
    await database.query(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN IF NEW.hostname LIKE 'no%' THEN RAISE EXCEPTION 'no such names here'; END IF; RETURN NEW; END $$`);
    await database.query(
      'CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON hosts FOR EACH ROW EXECUTE FUNCTION refuse()',
    );
    const guests = ['a', 'no-1', 'b', 'no-2'].map((hostname, index) => host(100, `02005e10000${index}`, { hostname }));
    const hanging = host(177, '02005e100009');
    const subnets = many(200);
    const { applied, outcome } = await sync.pass({ subnets, hosts: [...guests, hanging] });
    expect([...applied.refusals]).toEqual([
      ['Subnet/lab/subnet-177', refused('violates check constraint "whole"')],
      ['HostReservation/lab/host-100-02005e100001', refused('no such names here')],
      ['HostReservation/lab/host-100-02005e100003', refused('no such names here')],
    ]);
    const written = await rows();
    expect([written.subnets.size, written.hosts.size]).toEqual([199, 2]);
    expect(outcome).toMatchObject(DONE);
    const [audit] = await database.query<{ revisions: string }>(
      'SELECT count(*) AS revisions FROM dhcp4_audit_revision',
    );
    expect(audit?.revisions).toBe('1');
  });

  it('may be a value that its column is too short for', async () => {
    const classes = { 'client-classes': ['a'.repeat(128), 'b'.repeat(128)] };
    const hosts = [host(1, '02005e100001'), host(1, '02005e100002', classes)];
    const { applied } = await sync.pass({ subnets: [office], hosts });
    expect([...applied.refusals]).toEqual([
      ['HostReservation/lab/host-1-02005e100002', refused('value too long for type character varying(255)')],
    ]);
    expect((await rows()).hosts.size).toBe(1);
  });

  it('is not what Kea cannot read: half a character', async () => {
    const wrong = subnet(7, '203.0.113.0/24', { 'user-context': { note: '\ud800' } });
    const { applied } = await sync.pass({ subnets: [office, wrong] });
    expect([...applied.refusals]).toEqual([[refOf(wrong), { by: 'server', text: 'HTTP status 400: Bad Request' }]]);
    expect([...(await rows()).subnets.keys()]).toEqual([1]);
  });

  it('stays as it is where a removal is refused, and what is to come in its place waits', async () => {
    await sync.pass({ subnets: [office, lab] });
    await sync.bench.database.query(`CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'not without a ticket'; END $$`);
    await sync.bench.database.query(
      'CREATE TRIGGER keep BEFORE DELETE ON dhcp4_subnet FOR EACH ROW WHEN (OLD.subnet_id = 1) EXECUTE FUNCTION keep()',
    );
    const { applied, outcome } = await sync.pass({ subnets: [subnet(9, '192.0.2.0/25'), subnet(8, '203.0.113.0/24')] });
    expect([...applied.refusals]).toEqual([[refOf(office), refused('not without a ticket')]]);
    expect([...applied.waiting.keys()]).toEqual(['Subnet/lab/subnet-9']);
    expect([...(await rows()).subnets.keys()].sort()).toEqual([1, 8]);
    expect(outcome).toMatchObject(DONE);
  });
});
