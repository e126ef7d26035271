/** Client classes and definitions of options in a real database: what nothing else in it has. Each family has its own tables. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ConfigBackend } from '../../src/backend/backend.ts';
import { openBackend } from '../../src/backend/open.ts';
import { FAMILIES } from '../../src/kea/families.ts';
import { type ForeignRow, keyOfRow } from '../../src/kea/kinds.ts';
import type { ClassBody, Item } from '../../src/kea/state.ts';
import { startPostgres, type TestDatabase, type TestPostgres } from '../support/postgres.ts';
import { become, clientClass, FULL, optionDef, planFor, SCOPE, state } from '../support/rows.ts';

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

describe.each(FAMILIES)('classes and definitions of $daemon', (family) => {
  const { createAuditRevision, optionSpace: space, tables, version } = family;
  const [table, definitions] = [tables.class.name, tables.optionDef.name];
  const { optionDef: site, clientClass: full } = FULL[version];
  let backend: ConfigBackend;
  beforeEach(() => {
    backend = openBackend(database.target, family);
  });
  afterEach(() => backend.close());

  /** By hand, with a revision of somebody else's. */
  const byHand = (sql: string) =>
    database.query(`
      SELECT ${createAuditRevision}(date_trunc('second', now()), 'all', 'by hand', true);
      INSERT INTO ${tables.servers} (tag) SELECT tag FROM (VALUES ('lab.pair'), ('other')) AS t(tag)
        WHERE NOT EXISTS (SELECT FROM ${tables.servers} s WHERE s.tag = t.tag);
      ${sql}`);
  const foreignClass = (name: string, tag: string, more = 'NULL') => `
    INSERT INTO ${table} (name, follow_class_name) VALUES ('${name}', ${more});
    INSERT INTO ${table}_server (class_id, server_id)
      SELECT c.id, s.id FROM ${table} c, ${tables.servers} s WHERE c.name = '${name}' AND s.tag = '${tag}';`;
  const foreignDefinition = (code: number, name: string, tag: string) => `
    WITH made AS (
      INSERT INTO ${definitions} (code, name, space, type, is_array, encapsulate)
      VALUES (${code}, '${name}', '${space}', 14, false, '') RETURNING id)
    INSERT INTO ${definitions}_server (option_def_id, server_id)
      SELECT made.id, s.id FROM made, ${tables.servers} s WHERE s.tag = '${tag}';`;
  const order = async () =>
    (
      await database.query<{ name: string }>(
        `SELECT c.name FROM ${table} c JOIN ${table}_order o ON o.class_id = c.id ORDER BY o.order_index`,
      )
    ).map(({ name }) => name);
  /** What the last revision announces. */
  const announced = async () =>
    (
      await database.query<{ what: string }>(`
        SELECT DISTINCT a.object_type || ' ' || m.modification_type AS what
        FROM ${tables.auditRevisions.replace('_revision', '')} a JOIN modification m ON m.id = a.modification_type
        WHERE a.revision_id = (SELECT max(id) FROM ${tables.auditRevisions}) ORDER BY 1`)
    ).map(({ what }) => what);
  const keysOf = (foreign: readonly ForeignRow[]) => foreign.map((row) => `${row.kind} ${keyOfRow(row)}`).sort();
  const inOrder = (...names: readonly string[]): readonly Item<ClassBody>[] =>
    names.map((name, index) => clientClass(name, 1024 * (index + 1)));

  it('are written in one revision, which announces them and no option', async () => {
    const bare = clientClass('bare', 1024, { 'option-data': full.body['option-data']?.slice(0, 1) ?? [] });
    await become(backend, { optionDefs: [site], classes: [bare] });
    expect(await announced()).toEqual([`${table} create`, `${definitions} create`, `${definitions} update`]);
    await become(backend, { optionDefs: [site] });
    expect(await announced()).toEqual([`${table} delete`]);
    await become(backend, {});
    expect(await announced()).toEqual([`${definitions} delete`]);
  });

  it('announce the class where its options alone change, and the definitions with it', async () => {
    const bare = clientClass('bare', 1024, { 'option-data': full.body['option-data']?.slice(0, 1) ?? [] });
    await become(backend, { optionDefs: [site], classes: [bare] });
    await become(backend, { optionDefs: [site], classes: [clientClass('bare', 1024)] });
    expect(await announced()).toEqual([`${table} update`, `${definitions} update`]);
    expect(await database.query(`SELECT * FROM ${tables.options}`)).toEqual([]);
  });

  it('begin without what a class of the name before them has left', async () => {
    await byHand(
      `INSERT INTO ${tables.options} (code, space, scope_id, dhcp_client_class) VALUES (7, '${space}', 2, 'a')`,
    );
    await become(backend, { classes: inOrder('a') });
    expect((await backend.observe(SCOPE)).owned).toEqual(state({ classes: inOrder('a') }));
  });

  it('have the order that is asked for, whatever it was', async () => {
    await become(backend, { classes: inOrder('a', 'b', 'c', 'd') });
    expect(await order()).toEqual(['a', 'b', 'c', 'd']);
    for (const names of [
      ['d', 'c', 'b', 'a'],
      ['b', 'd', 'a', 'c'],
      ['new', 'b', 'a'],
    ]) {
      await become(backend, { classes: inOrder(...names) });
      expect(await order()).toEqual(names);
      const observed = await backend.observe(SCOPE);
      expect(planFor({ classes: inOrder(...names) }, observed).changes).toEqual([]);
    }
  });

  it('have their order again after somebody moved them with the triggers', async () => {
    const classes = inOrder('a', 'b', 'c');
    await become(backend, { classes });
    await byHand(`UPDATE ${table} SET follow_class_name = 'c' WHERE name = 'a'`);
    expect(await order()).toEqual(['b', 'c', 'a']);
    await become(backend, { classes });
    expect(await order()).toEqual(['a', 'b', 'c']);
    expect((await backend.observe(SCOPE)).owned).toEqual(state({ classes }));
  });

  it('say that they wait for the reservation, and cease to', async () => {
    const known = clientClass('known', 1024, { test: "member('KNOWN')", 'depend-on-known': true });
    const after = clientClass('after', 2048, { test: "member('known')", 'depend-on-known': true });
    await become(backend, { classes: [known, after] });
    expect((await backend.observe(SCOPE)).owned).toEqual(state({ classes: [known, after] }));
    expect(await database.query(`SELECT name FROM ${table} WHERE depend_on_known_directly ORDER BY name`)).toEqual([
      { name: 'after' },
      { name: 'known' },
    ]);
    const free = [clientClass('known', 1024), clientClass('after', 2048, { test: "member('known')" })];
    await become(backend, { classes: free });
    expect((await backend.observe(SCOPE)).owned).toEqual(state({ classes: free }));
  });

  it('change and go where somebody wrote that others hang on them', async () => {
    await become(backend, { classes: inOrder('a', 'b') });
    const depend = `INSERT INTO ${table}_dependency (class_id, dependency_id)
      SELECT b.id, a.id FROM ${table} a, ${table} b WHERE a.name = 'a' AND b.name = 'b'`;
    await byHand(depend);
    const swapped = inOrder('b', 'a');
    await become(backend, { classes: swapped });
    expect((await backend.observe(SCOPE)).owned).toEqual(state({ classes: swapped }));
    await become(backend, { classes: inOrder('a', 'b') });
    await byHand(depend);
    await become(backend, { classes: inOrder('b') });
    expect(await order()).toEqual(['b']);
    await become(backend, {});
    expect(await order()).toEqual([]);
  });

  it('of others are seen, and stay as they are', async () => {
    await byHand(
      foreignClass('theirs', 'all') +
        foreignClass('elsewhere', 'other') +
        foreignClass('unmarked', 'lab.pair') +
        foreignDefinition(230, 'theirs', 'all'),
    );
    const target = { optionDefs: [optionDef('site', 222, { space })], classes: inOrder('a', 'b') };
    await become(backend, { optionDefs: target.optionDefs });
    // Nothing in the database is against two of one code.
    await byHand(foreignDefinition(222, 'elsewhere', 'other'));
    const rows = () =>
      database.query(`SELECT c.id, c.name, c.follow_class_name, o.order_index FROM ${table} c JOIN ${table}_order o ON o.class_id = c.id
        WHERE user_context IS NULL ORDER BY c.id`);
    const others = () =>
      database.query(
        `SELECT id, code, name, type, user_context FROM ${definitions} WHERE user_context IS NULL ORDER BY id`,
      );
    const before = [await rows(), await others()];
    await become(backend, target);
    const { owned, foreign } = await backend.observe(SCOPE);
    expect(owned).toEqual(state(target));
    expect(keysOf(foreign)).toEqual([
      'class elsewhere',
      'class theirs',
      'class unmarked',
      `option-def ${space}/222`,
      `option-def ${space}/230`,
    ]);
    expect([await rows(), await others()]).toEqual(before);
    await become(backend, {});
    expect([await rows(), await others()]).toEqual(before);
    expect(keysOf((await backend.observe(SCOPE)).foreign)).toEqual(keysOf(foreign));
  });

  it('of others are the pair’s after adoption, whoever had them', async () => {
    await byHand(
      foreignClass('mine', 'lab.pair') +
        foreignClass('theirs', 'lab.pair', "'mine'") +
        foreignClass('elsewhere', 'other') +
        foreignDefinition(222, 'mine', 'lab.pair') +
        foreignDefinition(230, 'theirs', 'all') +
        `INSERT INTO ${table}_dependency (class_id, dependency_id)
           SELECT b.id, a.id FROM ${table} a, ${table} b WHERE a.name = 'mine' AND b.name = 'theirs';
         INSERT INTO ${tables.options} (code, space, scope_id, dhcp_client_class) VALUES (7, '${space}', 2, 'theirs')`,
    );
    const target = {
      optionDefs: [optionDef('mine', 222, { space }), optionDef('theirs', 230, { space, type: 'uint8' })],
      classes: inOrder('theirs', 'mine', 'elsewhere'),
    };
    await become(backend, target);
    const { owned, foreign } = await backend.observe(SCOPE);
    expect([owned, foreign]).toEqual([state(target), []]);
  });

  it('are let go of without the marker, and all else stays', async () => {
    await become(backend, { optionDefs: [site], classes: [full] });
    const orphans = [site, full].flatMap(({ marker }) => (marker ? [marker.object] : []));
    await become(backend, { orphans });
    const { owned, foreign } = await backend.observe(SCOPE);
    expect(owned).toEqual(state({}));
    expect(foreign.map(({ item }) => item)).toEqual([{ body: site.body }, { body: full.body }]);
  });

  it('need no room in the database that it does not have', async () => {
    const target = { optionDefs: [optionDef('site', 40_000, { space })], classes: inOrder('a') };
    const observed = await backend.observe(SCOPE);
    const failed = backend.apply(planFor(target, observed), SCOPE, observed.revision);
    await expect(failed).rejects.toThrow('out of range');
  });
});
