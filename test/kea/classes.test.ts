/** Client classes and definitions of options on real servers of both families: as rows, and what clients get. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { classDefinitions } from '../../src/kea/classRules.ts';
import { type KeaClient, KeaRefused } from '../../src/kea/client.ts';
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import { FAMILIES } from '../../src/kea/families.ts';
import { contentOf, preflightFragment, type PreflightItems } from '../../src/kea/json.ts';
import { RAW_VENDOR_OPTIONS } from '../../src/kea/optionTable4.ts';
import { createMemory } from '../../src/sync/memory.ts';
import { openRelay, type TestRelay } from '../support/dhcp.ts';
import { openRelay6 } from '../support/dhcp6.ts';
import type { KeaServer } from '../support/kea.ts';
import { expected, runningOn } from '../support/keaClasses.ts';
import { useBench } from '../support/keaTier.ts';
import { randomFrom } from '../support/random.ts';
import { become, clientClass, FULL, host, optionDef, type StateItems, subnet } from '../support/rows.ts';
import { DONE, openSession, takePass, type WatchedSession } from '../support/sync.ts';

describe.each(FAMILIES)('$daemon', (family) => {
  const bench = useBench(family);
  const { optionSpace: space, version } = family;
  const { optionDef: site, clientClass: gold } = FULL[version];
  const code = site.body.code;
  let server: KeaServer;
  let client: KeaClient;
  let session: WatchedSession;
  beforeEach(async () => {
    server = await bench.server();
    ({ client } = server);
    session = openSession(server);
  });
  afterEach(() => session.close());

  const pull = () => client.call('config-backend-pull', undefined);
  const take = async (target: StateItems): Promise<void> => {
    await become(bench.backend, target);
    await pull();
  };
  const text = (data: string) => ({ code, space, data, 'csv-format': true });
  const phones = clientClass('phones', 1024);

  it('runs the rows that it pulls, every field of them, and after a restart', async () => {
    const target = { optionDefs: [site], classes: [phones, gold] };
    await take(target);
    expect(await runningOn(client)).toEqual(expected(target));
    await server.restart();
    ({ client } = server);
    expect(await runningOn(client)).toEqual(expected(target));
  });

  it('loses a field of a class, and gets it again', async () => {
    for (const field of Object.keys(gold.body).filter((one) => !['name', 'order-index', 'option-def'].includes(one))) {
      const { [field as 'test']: _, ...rest } = gold.body;
      for (const body of [rest, gold.body]) {
        const target = { classes: [phones, clientClass('Gold', 2048, body)] };
        await take(target);
        expect(await runningOn(client), field).toEqual(expected(target));
      }
    }
  });

  it('has the classes in their order, whatever it was', async () => {
    for (const names of [['a', 'b', 'c'], ['c', 'b', 'a'], ['b', 'a'], ['b', 'd', 'a'], []]) {
      const target = { classes: names.map((name, index) => clientClass(name, 1024 * (index + 1))) };
      await take(target);
      expect(await runningOn(client)).toEqual(expected(target));
    }
  });

  it('runs what the rows say through random edits, as it does after a restart', async () => {
    const random = randomFrom(20_261_128);
    let target: StateItems = {};
    for (let pass = 0; pass < 20; pass++) {
      const names = ['a', 'b', 'c', 'd', 'e'].filter(() => random.chance(0.7));
      if (random.chance(0.5)) names.reverse();
      const classes = names.map((name, index) => {
        const member = names[random.below(index + 1)];
        return clientClass(name, 1024 * (index + 1), {
          test: member === name || member === undefined ? 'option[60].exists' : `member('${member}')`,
          ...(random.chance(0.5) ? { 'valid-lifetime': 600 + random.below(3) } : {}),
          ...(random.chance(0.5) ? { 'option-data': [{ code, space, data: '07', 'csv-format': false }] } : {}),
        });
      });
      const type = random.pick(['uint8', 'binary'] as ['uint8', 'binary']);
      target = { classes, optionDefs: random.chance(0.5) ? [optionDef('one', code, { space, type })] : [] };
      await take(target);
      expect(await runningOn(client), `pass ${pass}`).toEqual(expected(target));
    }
    await server.restart();
    expect(await runningOn(server.client)).toEqual(expected(target));
  });

  it('keeps the options of a class that are text of a definition, where the class alone changes', async () => {
    const definition = optionDef('site', code, { space, type: 'uint16' });
    const other = optionDef('other', code + 1, { space });
    const of = (data: string, definitions = [definition, other]) => ({
      optionDefs: definitions,
      classes: [phones, clientClass('gold', 2048, { 'option-data': [text(data)] })],
    });
    for (const target of [of('1'), of('2'), of('2', [definition]), { ...of('2'), classes: [] }]) {
      await take(target);
      expect(await runningOn(client)).toEqual(expected(target));
    }
  });

  it('would fail to read those options without their definition in the same pull', async () => {
    const target = (data: string) => ({
      optionDefs: [optionDef('site', code, { space, type: 'uint16' })],
      classes: [clientClass('gold', 1024, { 'option-data': [text(data)] })],
    });
    await take(target('1'));
    await bench.database.query(`
      SELECT ${family.createAuditRevision}(date_trunc('second', now()) + interval '1 second', 'all', 'by hand', true);
      UPDATE ${family.tables.class.name} SET modification_ts = now()`);
    await expect(pull()).rejects.toThrow('but no option definition');
  });

  it('follows by a pull, and proves it: classes, definitions, and what else there is', async () => {
    const prefix = version === 4 ? '192.0.2.0/24' : '2001:db8:2::/64';
    const memory = createMemory();
    const pass = async (target: StateItems) =>
      (await takePass(bench.backend, [session], target, memory)).followed.get(server.name);
    const [first, office] = [
      { optionDefs: [site], classes: [clientClass('last', 9000), phones, gold] },
      subnet(1, prefix),
    ];
    expect(await pass(first)).toMatchObject({ ...DONE, path: 'pull', steps: 4 });
    expect(await pass(first)).toMatchObject({ ...DONE, path: 'none', steps: 0 });
    expect(await pass({ ...first, subnets: [office] })).toMatchObject({ ...DONE, path: 'live', steps: 1 });
    const changed = { optionDefs: [optionDef('site', code, { space })], classes: [phones, gold] };
    const guarded = subnet(1, prefix, { 'client-classes': ['Gold'] });
    expect(await pass({ ...changed, subnets: [guarded] })).toMatchObject({ ...DONE, path: 'pull', steps: 3 });
    expect(await runningOn(client)).toEqual(expected(changed));
    const moved = { ...changed, classes: [phones, clientClass('Gold', 1025, gold.body)] };
    expect(await pass({ ...moved, subnets: [guarded] })).toMatchObject({ ...DONE, path: 'pull', steps: 1 });
    expect(await pass({})).toMatchObject({ ...DONE, path: 'pull', steps: 4 });
    expect(await runningOn(client)).toEqual(expected({}));
    // Another process of the operator finds nothing to do either.
    const other = openSession(server);
    await other.look(new AbortController().signal);
    expect((await takePass(bench.backend, [other], {}, createMemory())).followed.get(server.name)).toMatchObject(DONE);
    await other.close();
  });

  it('leaves classes and definitions of others to them', async () => {
    await bench.database.query(`
      SELECT ${family.createAuditRevision}(date_trunc('second', now()), 'all', 'by hand', true);
      INSERT INTO ${family.tables.class.name} (name) VALUES ('theirs');
      INSERT INTO ${family.tables.class.name}_server (class_id, server_id) SELECT id, 1 FROM ${family.tables.class.name};
      INSERT INTO ${family.tables.optionDef.name} (code, name, space, type, is_array, encapsulate)
        VALUES (230, 'theirs', '${space}', 14, false, '');
      INSERT INTO ${family.tables.optionDef.name}_server (option_def_id, server_id)
        SELECT id, 1 FROM ${family.tables.optionDef.name}`);
    const memory = createMemory();
    for (const target of [{ classes: [phones, gold], optionDefs: [site] }, {}]) {
      const { followed } = await takePass(bench.backend, [session], target, memory);
      expect(followed.get(server.name)).toMatchObject({ ...DONE, path: 'pull' });
    }
    const { classes, definitions } = await runningOn(client);
    expect(classes.map(({ body }) => body.name)).toEqual(['theirs']);
    expect(definitions.map(({ name }) => name)).toEqual(['theirs']);
  });

  it('keeps a definition that values which stay as they are would not fit', async () => {
    const memory = createMemory();
    const bytes = { code, space, data: '0102', 'csv-format': false };
    const classes = [clientClass('gold', 1024, { 'option-data': [bytes] })];
    const of = (type: 'uint16' | 'uint32') => ({ optionDefs: [optionDef('site', code, { space, type })], classes });
    await takePass(bench.backend, [session], of('uint16'), memory);
    const { applied, followed } = await takePass(bench.backend, [session], of('uint32'), memory);
    expect([...applied.refusals]).toEqual([
      ['OptionDefinition/lab/site', { by: 'server', text: expect.stringContaining('option') as string }],
    ]);
    expect(applied.changes).toEqual([]);
    expect(followed.get(server.name)).toMatchObject({ ...DONE, path: 'none' });
    const wide = clientClass('gold', 1024, { 'option-data': [{ ...bytes, data: '01020304' }] });
    const together = await takePass(bench.backend, [session], { ...of('uint32'), classes: [wide] }, memory);
    expect([together.applied.refusals.size, together.followed.get(server.name)?.synchronized]).toEqual([0, true]);
    expect((await runningOn(client)).definitions.map(({ type }) => type)).toEqual(['uint32']);
  });

  describe('a trial', () => {
    const trial = (items: Partial<PreflightItems>) =>
      client.call('config-test', preflightFragment(family, { networks: [], subnets: [], ...items }));

    it('takes what is right, with what it hangs on', async () => {
      await trial({ classes: [gold, phones], optionDefs: [site] });
      const fragment = contentOf(
        family,
        preflightFragment(family, { networks: [], subnets: [], classes: [gold, phones] }),
      );
      expect(
        (fragment['client-classes'] as readonly Readonly<Record<string, unknown>>[]).map(({ name }) => name),
      ).toEqual(['phones', 'Gold']);
    });

    it.each<[what: string, items: Partial<PreflightItems>]>([
      ['a class that asks for one that is nowhere', { classes: [gold] }],
      ['a test that is none', { classes: [clientClass('a', 1, { test: 'option[60' })] }],
      ['a definition of a standard option', { optionDefs: [optionDef('mine', version === 4 ? 6 : 23, { space })] }],
      ['two definitions of one name', { optionDefs: [optionDef('a', 230, { space }), optionDef('a', 231, { space })] }],
      ['a list of texts', { optionDefs: [optionDef('a', 230, { space, array: true })] }],
      ['text without a definition', { classes: [clientClass('a', 1, { 'option-data': [text('x')] })] }],
    ])('refuses %s', async (_, items) => {
      await expect(trial(items)).rejects.toThrow(KeaRefused);
    });
  });
});

describe('clients of DHCPv4', () => {
  const bench = useBench();
  let server: KeaServer;
  let relay: TestRelay;
  beforeEach(async () => {
    server = await bench.server({ dhcp4: { 'option-def': [RAW_VENDOR_OPTIONS] } });
    relay = await openRelay(bench.lab.network.address);
  });
  afterEach(() => relay.close());

  const take = async (target: StateItems): Promise<void> => {
    await become(bench.backend, target);
    await server.client.call('config-backend-pull', undefined);
  };
  const vendor = (text: string) => new Map([[60, Buffer.from(text)]]);
  const [RESERVED, STRANGER] = ['02005e100001', '02005e100002'];

  it('get what their classes have, of the first that has it, and the address that is for them', async () => {
    const { prefix } = bench.lab.network;
    const silver = clientClass('silver', 2048, {
      test: 'option[60].exists',
      'boot-file-name': 'silver',
      'server-hostname': 'silver',
    });
    const gold = (place: number) =>
      clientClass('gold', place, {
        test: "option[60].text == 'gold'",
        'boot-file-name': 'gold',
        'next-server': '192.0.2.9',
        'option-def': [{ space: 'dhcp4', code: 224, name: 'mine', type: 'uint16' }],
        'option-data': [{ code: 224, space: 'dhcp4', data: '258', 'csv-format': true, 'always-send': true }],
      });
    const office = subnet(1, `${prefix}.0/24`, {
      pools: [
        { pool: `${prefix}.150-${prefix}.150`, 'client-classes': ['gold'] },
        { pool: `${prefix}.160-${prefix}.170`, 'client-classes': ['silver'] },
      ],
    });
    const ask = (text: string, mac = STRANGER) =>
      relay.discover(server.address, { mac, send: vendor(text), waitMs: 1000 });
    await take({ classes: [gold(1024), silver], subnets: [office] });
    const offer = await ask('gold');
    expect(offer).toMatchObject({ bootFileName: 'gold', serverHostname: 'silver', nextServer: '192.0.2.9' });
    expect(offer?.options.get(224)).toEqual(Buffer.of(1, 2));
    expect(offer?.address).toBe(`${prefix}.150`);
    expect(await ask('other', '02005e100003')).toMatchObject({ bootFileName: 'silver' });
    expect(await relay.discover(server.address, { mac: '02005e100004', waitMs: 500 })).toBeUndefined();
    await take({ classes: [silver, gold(3072)], subnets: [office] });
    expect(await ask('gold')).toMatchObject({ bootFileName: 'silver', nextServer: '192.0.2.9' });
  });

  it('get the bytes of option 43 that their class has, as it has a definition of it', async () => {
    const { prefix } = bench.lab.network;
    const options = {
      'option-data': [
        { code: 43, space: 'dhcp4', data: '6869207468657265', 'csv-format': false, 'always-send': true as const },
      ],
    };
    const offered = async (more: object) => {
      await take({
        classes: [clientClass('gold', 1024, { test: 'option[60].exists', ...options, ...more })],
        subnets: [subnet(1, `${prefix}.0/24`, { pools: [{ pool: `${prefix}.150-${prefix}.170` }] })],
      });
      const offer = await relay.discover(server.address, { mac: STRANGER, send: vendor('gold') });
      return offer?.options.get(43)?.toString();
    };
    expect(await offered({ 'option-def': classDefinitions(DHCPV4, options) })).toBe('hi there');
    expect(await offered({})).toBe('');
  });

  it('are known by a reservation, to classes that ask for others that ask for that', async () => {
    const { prefix } = bench.lab.network;
    const classes = [
      clientClass('known', 1024, { test: "member('KNOWN')", 'depend-on-known': true }),
      clientClass('after', 2048, { test: "member('known')", 'depend-on-known': true, 'boot-file-name': 'after' }),
      clientClass('listed', 3072, {
        test: "member('after')",
        'depend-on-known': true,
        'only-in-additional-list': true,
        'server-hostname': 'listed',
      }),
    ];
    const office = subnet(1, `${prefix}.0/24`, {
      pools: [{ pool: `${prefix}.150-${prefix}.170`, 'evaluate-additional-classes': ['listed'] }],
    });
    await take({ classes, subnets: [office], hosts: [host(1, RESERVED, { hostname: 'printer' })] });
    const ask = (mac: string) => relay.discover(server.address, { mac });
    expect(await ask(RESERVED)).toMatchObject({ bootFileName: 'after', serverHostname: 'listed' });
    expect(await ask(STRANGER)).toMatchObject({ bootFileName: '', serverHostname: '' });
  });
});

describe('clients of DHCPv6', () => {
  const family = FAMILIES[1] ?? DHCPV4;
  const bench = useBench(family);
  it('get the options of their classes, of definitions too', async () => {
    const server = await bench.server();
    const relay = await openRelay6(bench.lab.network.address6);
    await become(bench.backend, {
      optionDefs: [optionDef('site', 4222, { space: 'dhcp6', type: 'record', 'record-types': 'uint16, string' })],
      classes: [
        clientClass('gold', 1024, {
          test: 'option[4300].hex == 0x01',
          'option-data': [{ code: 4222, space: 'dhcp6', data: '512, hello', 'csv-format': true, 'always-send': true }],
        }),
      ],
      subnets: [subnet(1, '2001:db8:9::/64')],
    });
    await server.client.call('config-backend-pull', undefined);
    const ask = (value: number) =>
      relay.inform(server.address6, { link: '2001:db8:9::1', send: new Map([[4300, Buffer.of(value)]]) });
    expect((await ask(1))?.get(4222)).toEqual([Buffer.from('\x02\x00hello', 'latin1')]);
    expect((await ask(2))?.has(4222)).toBe(false);
    await relay.close();
  });
});
