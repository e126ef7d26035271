/** What clients of DHCPv6 get for options as they are written: from the configuration, from rows, and from the options of a server when rows were read. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DHCPV6 } from '../../src/kea/dhcpv6.ts';
import { parseGlobalOptions } from '../../src/kea/globalOptions.ts';
import { knownOptions } from '../../src/kea/knownOptions.ts';
import type { KnownOption } from '../../src/kea/optionDefinition.ts';
import { type OptionInput, parseOptions } from '../../src/kea/options.ts';
import { optionDefinitions, whyNotConfigured } from '../../src/kea/optionTable.ts';
import type { OptionData } from '../../src/kea/state.ts';
import { CLIENT, openRelay6, type TestRelay6 } from '../support/dhcp6.ts';
import { type KeaLab, type KeaServer, startKeaLab } from '../support/kea.ts';
import { packValue } from '../support/packOptions.ts';
import { startPostgres, type TestDatabase, type TestPostgres } from '../support/postgres.ts';
import { anyClass } from '../support/referable.ts';
import { sampleOf } from '../support/sampleOptions.ts';

const TAG = 'lab.pair';
const LINK = '2001:db8:1::1';
const SUBNET = '2001:db8:1::/64';

let lab: KeaLab;
let postgres: TestPostgres;
let database: TestDatabase;
let server: KeaServer;
let reader: KeaServer;
let relay: TestRelay6;
beforeAll(async () => {
  [lab, postgres] = await Promise.all([startKeaLab(), startPostgres()]);
  database = await postgres.database();
  server = await lab.server('kea', { family: DHCPV6 });
  reader = await lab.server('reader', { family: DHCPV6, serverTag: TAG, database: { server: postgres, database } });
  relay = await openRelay6(lab.network.address6);
});
afterAll(async () => {
  await relay.close();
  await lab.stop();
  await postgres.stop();
});

/** What a client of the link gets, of options other than its own identifier and the server's. */
const answered = async (from: KeaServer, ask: readonly number[], send?: ReadonlyMap<number, Buffer>) => {
  const answer = await relay.inform(from.address6, { link: LINK, ask, ...(send && { send }) });
  return legible([...(answer ?? [])].filter(([code]) => code > 2));
};
const legible = (options: readonly (readonly [number, readonly Buffer[]])[]) =>
  Object.fromEntries(options.map(([code, values]) => [code, values.map((value) => value.toString('hex'))]));

const configured = (options: readonly OptionInput[]): readonly OptionData[] => {
  const parsed = parseOptions(knownOptions(DHCPV6), options);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.options;
};

/** Gives the options to the server, in its subnet. */
const give = (options: readonly object[]): Promise<unknown> =>
  server.client.call('config-set', {
    Dhcp6: { ...server.config.Dhcp6, subnet6: [{ id: 1, subnet: SUBNET, 'option-data': options }] },
  });

const link = (code: number, value: Buffer): Buffer => {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(code);
  head.writeUInt16BE(value.length, 2);
  return Buffer.concat([head, value]);
};

interface Example {
  readonly name: string;
  readonly options: readonly OptionInput[];
  readonly expected: Readonly<Record<number, readonly string[]>>;
}

/** The standard option that a space's sub-options travel in. */
const CARRIERS: Readonly<Record<string, number>> = {
  'v6-ntp-server-suboptions': 56,
  's46-cont-mape-options': 94,
  's46-cont-mapt-options': 95,
  's46-cont-lw-options': 96,
};

const exampleOf = (space: string, definition: KnownOption): Example => {
  const { name, code } = definition;
  const data = sampleOf(definition);
  const option = { name, space, ...(data === undefined ? {} : { data }) };
  const value = packValue(option, DHCPV6);
  const [, enterprise] = /^vendor-(\d+)$/.exec(space) ?? [];
  if (enterprise !== undefined) {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(Number(enterprise));
    return { name, options: [option], expected: { 17: [Buffer.concat([head, link(code, value)]).toString('hex')] } };
  }
  const carrier = CARRIERS[space];
  const wire = carrier === undefined ? value : link(code, value);
  return { name, options: [option], expected: { [carrier ?? code]: [wire.toString('hex')] } };
};

const isConfigured = (space: string, { code, fields }: KnownOption): boolean =>
  space !== DHCPV6.optionSpace ||
  (whyNotConfigured(DHCPV6, code) === undefined && (fields.length > 0 || !Object.values(CARRIERS).includes(code)));

const examples = [...optionDefinitions(DHCPV6)]
  .filter(([space]) => space !== 's46-rule-options' && space !== 's46-v4v6bind-options')
  .flatMap(([space, definitions]) =>
    definitions
      .filter((definition) => isConfigured(space, definition))
      .map((definition) => exampleOf(space, definition)),
  );
const standard = examples.filter(({ options }) => options[0]?.space === DHCPV6.optionSpace);

describe('a client gets each option that a configuration can give, byte by byte', () => {
  it.each(examples)('$name', async ({ options, expected }) => {
    const asked = Object.keys(expected).map(Number);
    await give(configured(options));
    expect(await answered(server, asked)).toEqual(expected);
    expect(await answered(server, [])).toEqual({});
    await give(configured(options.map((option) => ({ ...option, alwaysSend: true }))));
    expect(await answered(server, [])).toEqual(expected);
  });

  it.each(standard)('or does not get it where it is never sent: $name', async ({ options, expected }) => {
    await give([
      ...configured(options.map((option) => ({ ...option, alwaysSend: true }))),
      ...configured(options.map(({ name }) => ({ name, neverSend: true }))),
    ]);
    expect(await answered(server, Object.keys(expected).map(Number))).toEqual({});
  });

  it.each(examples)('also as bytes: $name', async ({ expected }) => {
    const bytes = Object.entries(expected).flatMap(([code, values]) =>
      values.map((data) => ({ code: Number(code), ...(data === '' ? {} : { csvFormat: false, data }) })),
    );
    await give(configured(bytes));
    expect(await answered(server, Object.keys(expected).map(Number))).toEqual(expected);
  });
});

it.each<OptionInput>([
  { name: 'v6-dnr', data: '1, a.example., ::1  2001:DB8::2, port=1  alpn=dot' },
  { name: 'v6-dnr', data: '00001, a.example, ::1,' },
  { name: 'dns-servers', data: '2001:0DB8:0:0::1, ::ffff:192.0.2.1, ::' },
  { name: 'vendor-class', data: '343, 000a48545450436c69656e74' },
  { space: 's46-cont-mapt-options', name: 's46-dmr', data: '2001:db8:: / 44' },
])('Kea takes what we take: $name $data', async (option) => {
  await give(configured([option]));
  expect(Object.keys(await answered(server, [16, 23, 95, 144]))).toHaveLength(1);
});

describe('what we refuse, Kea refuses too, or it would send something else in silence', () => {
  const bytes = (code: number, data: string): OptionInput => ({ code, csvFormat: false, data });
  it.each<[sentence: string, option: OptionInput, kea: 'refuses' | 'takes']>([
    ['the code 0', bytes(0, '01'), 'refuses'],
    ['a greater code than there is', bytes(65_536, '01'), 'refuses'],
    ['an address of IPv4', { name: 'dns-servers', data: '192.0.2.1' }, 'refuses'],
    ['one address of IPv4', { name: 'unicast', data: '192.0.2.1' }, 'refuses'],
    ['a vendor class that is cut', { name: 'vendor-class', data: '343, 00030102' }, 'refuses'],
    ['a vendor class of no texts', { name: 'vendor-class', data: '343, 01' }, 'refuses'],
    ['a resolver of IPv4', { name: 'v6-dnr', data: '1, a.example., 192.0.2.1' }, 'refuses'],
    ['a resolver with nothing for addresses', { name: 'v6-dnr', data: '1, a.example., , alpn=dot' }, 'refuses'],
    ['a parameter of another kind', { name: 'v6-dnr', data: '1, a.example., ::1, mandatory=alpn' }, 'refuses'],
    ['a parameter twice', { name: 'v6-dnr', data: '1, a.example., ::1, port=1 port=2' }, 'refuses'],
    ['an unknown protocol', { name: 'v6-dnr', data: '1, a.example., ::1, alpn=tls' }, 'refuses'],
    ['HTTP without its path', { name: 'v6-dnr', data: '1, a.example., ::1, alpn=h2' }, 'refuses'],
    ['a path without its variable', { name: 'v6-dnr', data: '1, a.example., ::1, dohpath=/q' }, 'refuses'],
    ['too many fields of a resolver', { name: 'v6-dnr', data: '1, a.example., ::1, port=1, more' }, 'refuses'],
    ['a resolver that is cut', bytes(144, '000a0003016100001020010db8'), 'refuses'],
    ['a resolver with an unknown parameter', bytes(144, `000a00030161000010${'00'.repeat(16)}00020000`), 'refuses'],
    ['bytes of an option without a value', bytes(148, '01'), 'takes'],
    ['sub-options that are cut', bytes(56, '0001001020010db8'), 'takes'],
    [
      'a prefix with bits after its length',
      { space: 's46-cont-mapt-options', code: 91, data: '2001:db8::1/32' },
      'takes',
    ],
    ['half an address more', bytes(12, `${'00'.repeat(16)}20010db8`), 'takes'],
    ['text that ends in a zero byte', bytes(41, '616200'), 'takes'],
  ])('%s', async (_, { csvFormat, ...option }, kea) => {
    expect(parseOptions(knownOptions(DHCPV6), [{ csvFormat, ...option }]).ok).toBe(false);
    const given = { ...option, ...(csvFormat === false && { 'csv-format': false }) };
    const subnet6 = [{ id: 1, subnet: SUBNET, 'option-data': [given] }];
    const said = await server.client.call('config-test', { Dhcp6: { subnet6 } }).then(() => 'takes', String);
    expect(said === 'takes' ? 'takes' : 'refuses', said).toBe(kea);
  });
});

describe('sub-options', () => {
  const server1 = { space: 'v6-ntp-server-suboptions', name: 'ntp-server-address', data: '2001:db8::1' };
  const rule = { space: 's46-cont-mapt-options', name: 's46-rule', data: '1, 4, 24, 192.0.2.0, 2001:db8::/40' };
  const ip = '20010db80000000000000000000000';
  it.each<[sentence: string, options: readonly OptionInput[], code: number, values: readonly string[]]>([
    [
      'several servers, each in an option of its own',
      [server1, { ...server1, data: '2001:db8::2' }],
      56,
      [`00010010${ip}01`, `00010010${ip}02`],
    ],
    [
      'several rules, with the ports of all',
      [
        rule,
        { ...rule, data: '0, 4, 24, 198.51.100.0, 2001:db8::/40' },
        { space: 's46-rule-options', name: 's46-portparams', data: '6, 3/4' },
      ],
      95,
      [
        ['010418c00002002820010db800', '000418c63364002820010db800']
          .map((fields) => `00590015${fields}005d000406043000`)
          .join(''),
      ],
    ],
    [
      'in the bytes of a container, with those inside them',
      [{ code: 96, csvFormat: false, data: '005c0011c00002012020010db8005d000406043000' }],
      96,
      ['005c0011c00002012020010db8005d000406043000'],
    ],
    [
      'of an enterprise, with codes and lengths of two bytes',
      [{ code: 17, csvFormat: false, data: `00000de900010001aafde8012c${'bc'.repeat(300)}` }],
      17,
      [`00000de900010001aafde8012c${'bc'.repeat(300)}`],
    ],
  ])('go out: %s', async (_, options, code, values) => {
    await give(configured(options));
    expect(await answered(server, [code])).toEqual({ [code]: values });
  });

  it('of an enterprise Kea sends only where they are always sent, or a cable modem asks for them', async () => {
    const container = { code: 17, data: '4491' };
    const inside = { space: 'vendor-4491', code: 32, data: '2001:db8::1' };
    await give([container, inside]);
    expect(await answered(server, [17])).toEqual({ 17: ['0000118b'] });
    await give([container, { ...inside, 'always-send': true }]);
    expect(await answered(server, [17])).toEqual({ 17: [`0000118b00200010${ip}01`] });
    expect(await answered(server, [])).toEqual({});
    await give([{ ...inside, 'always-send': true }]);
    expect(await answered(server, [17])).toEqual({});
    expect(await answered(server, [], new Map([[16, Buffer.from('0000118b', 'hex')]]))).toEqual({
      17: [`0000118b00200010${ip}01`],
    });
  });
});

describe('a server that reads rows', () => {
  const everything = standard.flatMap(({ options }) => options);
  const expected = Object.assign({}, ...standard.map((example) => example.expected)) as Example['expected'];
  const asked = Object.keys(expected).map(Number);
  const vendor = { space: 'vendor-4491', name: 'tftp-servers', data: '2001:db8::1' };
  const withVendor: Example['expected'] = {
    ...expected,
    17: ['0000118b0020001020010db8000000000000000000000001'],
  };

  /** Options in rows, of a subnet that is the only one there is, or of the client's reservation in it. */
  const write = async (options: readonly OptionData[], of: 'subnet' | 'reservation' = 'subnet'): Promise<void> => {
    await database.query(`BEGIN;
      SELECT createAuditRevisionDHCP6(clock_timestamp()::timestamp, 'all', 'test', true);
      INSERT INTO dhcp6_server(tag, description, modification_ts) VALUES ('${TAG}', '', clock_timestamp()) ON CONFLICT DO NOTHING;
      DELETE FROM hosts;
      DELETE FROM dhcp6_subnet;
      INSERT INTO dhcp6_subnet(subnet_id, subnet_prefix, modification_ts) VALUES (1, '${SUBNET}', clock_timestamp());
      INSERT INTO dhcp6_subnet_server(subnet_id, server_id) SELECT 1, id FROM dhcp6_server WHERE tag = '${TAG}';
      INSERT INTO hosts(host_id, dhcp_identifier, dhcp_identifier_type, dhcp6_subnet_id) VALUES (1, '\\x${CLIENT}', 1, 1);
      COMMIT`);
    const [column, scope] = of === 'subnet' ? ['dhcp6_subnet_id', 1] : ['host_id', 3];
    for (const { code, space, data, 'csv-format': csv, 'always-send': always = false } of options) {
      await database.query(
        `INSERT INTO dhcp6_options(code, space, value, formatted_value, persistent, ${column}, scope_id, modification_ts)
          VALUES ($1, $2, $3, $4, $5, 1, ${scope}, clock_timestamp())`,
        [code, space, csv || data === undefined ? null : Buffer.from(data, 'hex'), csv ? data : null, always],
      );
    }
  };
  const readWith = (globals: readonly OptionData[]): Promise<unknown> =>
    reader.client.call('config-set', { Dhcp6: { ...reader.config.Dhcp6, 'option-data': globals } });

  it.each(['subnet', 'reservation'] as const)('sends every option of a %s as its row says', async (of) => {
    await write(configured([...everything.filter(({ name }) => name !== 'vendor-opts'), vendor]), of);
    await readWith([]);
    expect(await answered(reader, asked)).toEqual(withVendor);
    const bytes = asked.map((code) => ({ code, csvFormat: false, data: withVendor[code]?.[0] ?? '' }));
    await write(configured(bytes.map((option) => (option.data === '' ? { code: option.code } : option))), of);
    await readWith([]);
    expect(await answered(reader, asked)).toEqual(withVendor);
  });

  it('sends its own as they were given, from text and from bytes', async () => {
    await write([]);
    const globalsOf = (options: readonly OptionInput[]): readonly OptionData[] => {
      const parsed = parseGlobalOptions(anyClass(knownOptions(DHCPV6)), options, 'options');
      if (!parsed.ok) throw new Error(parsed.message);
      return parsed.options;
    };
    await readWith(globalsOf([...everything.filter(({ name }) => name !== 'vendor-opts'), vendor]));
    expect(await answered(reader, asked)).toEqual(withVendor);
    const bytes = asked.map((code) => ({ code, csvFormat: false, data: withVendor[code]?.[0] ?? '' }));
    await readWith(globalsOf(bytes.map((option) => (option.data === '' ? { code: option.code } : option))));
    expect(await answered(reader, asked)).toEqual(withVendor);
  });
});
