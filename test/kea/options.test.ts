import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KeaClient } from '../../src/kea/client.ts';
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import { DHCPV6 } from '../../src/kea/dhcpv6.ts';
import type { Family } from '../../src/kea/family.ts';
import { knownOptions } from '../../src/kea/knownOptions.ts';
import { type OptionInput, parseOption } from '../../src/kea/options.ts';
import { optionByCode, optionDefinitions, whyNotConfigured } from '../../src/kea/optionTable.ts';
import type { OptionData } from '../../src/kea/state.ts';
import { openRelay, type TestRelay } from '../support/dhcp.ts';
import { type KeaLab, type KeaServer, startKeaLab } from '../support/kea.ts';
import { sampleOf } from '../support/sampleOptions.ts';

let lab: KeaLab;
let server: KeaServer;
let server6: KeaServer;
let client: KeaClient;
let relay: TestRelay;
beforeAll(async () => {
  lab = await startKeaLab();
  server = await lab.server('kea');
  server6 = await lab.server('kea6', { family: DHCPV6 });
  ({ client } = server);
  relay = await openRelay(lab.network.address);
});
afterAll(async () => {
  await relay.close();
  await lab.stop();
});

const input = (given: Partial<OptionInput>): OptionInput => ({
  space: 'dhcp4',
  csvFormat: true,
  alwaysSend: false,
  neverSend: false,
  ...given,
});

/** Whether Kea takes an option in a subnet: undefined, or what it says. */
const judge = (option: object, family: Family = DHCPV4): Promise<string | undefined> => {
  const subnet = { id: 1, subnet: family.version === 4 ? '192.0.2.0/24' : '2001:db8::/64', 'option-data': [option] };
  return (family.version === 4 ? server : server6).client
    .call('config-test', { [family.json.root]: { [family.json.subnets]: [subnet] } })
    .then(
      () => undefined,
      (error: unknown) => String(error),
    );
};

const everyOption = [DHCPV4, DHCPV6].flatMap((family) =>
  [...optionDefinitions(family)].flatMap(([space, definitions]) =>
    definitions.map((definition) => [space, definition.name, family, definition] as const),
  ),
);

describe('every option of the table', () => {
  it.each(everyOption)('%s %s is taken by Kea, under its name, under its code and as we write it', async (...row) => {
    const [space, name, family, definition] = row;
    const { code, fields, list } = definition;
    const data = sampleOf(definition);
    const value = data === undefined ? { 'csv-format': false } : { data };
    expect(await judge({ space, name, code, ...value }, family)).toBeUndefined();
    const isOurs = space !== family.optionSpace || whyNotConfigured(family, code) === undefined;
    for (const by of [{ name }, { code }]) {
      expect(await judge({ space, ...by, ...value }, family)).toBeUndefined();
      const parsed = parseOption(
        knownOptions(family),
        input({ space, ...by, ...(data === undefined ? {} : { data }) }),
      );
      expect(parsed).toMatchObject({ ok: isOurs });
      if (parsed.ok) expect(await judge(parsed.option, family)).toBeUndefined();
      const never = parseOption(knownOptions(family), input({ space, ...by, neverSend: true }));
      if (never.ok) expect(await judge(never.option, family)).toBeUndefined();
    }
    if (fields.length > 0) expect(parseOption(knownOptions(family), input({ space, name })).ok).toBe(false);
    if (!list && !['text', 'routes'].includes(fields[0] ?? '')) {
      expect(parseOption(knownOptions(family), input({ space, name, data: `${data ?? '1'}, more` })).ok).toBe(false);
    }
  });

  it.each<[what: string, family: Family, space: string, greatest: number]>([
    ['DHCPv4', DHCPV4, DHCPV4.optionSpace, 254],
    ['DHCPv6', DHCPV6, DHCPV6.optionSpace, 1000],
    ...[...optionDefinitions(DHCPV6).keys()]
      .filter((space) => space !== DHCPV6.optionSpace)
      .map((space) => [`DHCPv6 ${space}`, DHCPV6, space, 110] as [string, Family, string, number]),
  ])('is in the table: it lacks none that Kea defines: %s', async (_, family, space, greatest) => {
    const missing: number[] = [];
    for (let code = 1; code <= greatest; code++) {
      if (optionByCode(family, code, space)) continue;
      const said = await judge({ code, space, 'csv-format': true, data: '' }, family);
      if (!said?.includes('does not exist')) missing.push(code);
    }
    expect(missing).toEqual([]);
  });
});

describe('what we refuse, Kea refuses too, or it would send something else in silence', () => {
  const wrong: readonly [sentence: string, name: string, data: string, kea: 'refuses' | 'takes'][] = [
    ['no address', 'routers', 'x', 'refuses'],
    ['half an address', 'routers', '192.0.2', 'refuses'],
    ['a number that is too great', 'default-ip-ttl', '256', 'refuses'],
    ['a negative number', 'interface-mtu', '-1', 'refuses'],
    ['a word for a boolean', 'ip-forwarding', 'yes', 'refuses'],
    ['an empty label', 'domain-search', 'a..b', 'refuses'],
    ['a label that is too long', 'domain-search', `${'a'.repeat(64)}.b`, 'refuses'],
    ['a route without a router', 'classless-static-route', '10.0.0.0/8', 'refuses'],
    ['a route with a length that is too great', 'classless-static-route', '10.0.0.0/33 - 192.0.2.1', 'refuses'],
    ['a port set that does not fit', 'v4-portparams', '4, 16/4', 'refuses'],
    ['bytes that are none', 'nwip-suboptions', 'xyz', 'refuses'],
    ['too few fields', 'option-6rd', '1, 2', 'refuses'],
    ['an address of another family', 'broadcast-address', '2001:db8::1', 'takes'],
    ['text cut at a comma', 'domain-name', 'a,b', 'takes'],
    ['a second value that is dropped', 'broadcast-address', '192.0.2.255, 192.0.2.0', 'takes'],
    ['half a pair', 'static-routes', '192.0.2.1', 'takes'],
    ['a name that is sent as nothing', 'domain-search', 'a.example;b.example', 'takes'],
    ['a name of letters that no name has', 'domain-search', 'bü.example', 'takes'],
    ['an empty field that is dropped', 'routers', '192.0.2.1,,192.0.2.2', 'takes'],
    ['a route with bits after its length', 'classless-static-route', '10.1.0.0/8 - 192.0.2.1', 'takes'],
  ];
  it.each(wrong)('%s', async (_, name, data, kea) => {
    expect(parseOption(knownOptions(DHCPV4), input({ name, data })).ok).toBe(false);
    expect((await judge({ name, data })) === undefined).toBe(kea === 'takes');
  });
});

describe('bytes', () => {
  it.each([
    ['digits', '0A0B0C'],
    ['digits with 0x', '0x0a0b0c'],
    ['an odd number of digits', 'A0B0C'],
    ['colons', '0a:0b:0c'],
    ['colons and single digits', 'a:b:c'],
    ['spaces', '0a 0b 0c'],
    ['quoted text', "'text, with a comma'"],
  ])('are read as Kea reads them: %s', async (_, data) => {
    const parsed = parseOption(knownOptions(DHCPV4), input({ code: 252, csvFormat: false, data }));
    expect(parsed).toMatchObject({ ok: true });
    const subnet = (id: number, option: object) => ({ id, subnet: `192.0.${id}.0/24`, 'option-data': [option] });
    const given = { code: 252, space: 'dhcp4', 'csv-format': false, data };
    await client.call('subnet4-add', { subnet4: [subnet(1, given)] });
    await client.call('subnet4-add', { subnet4: [subnet(2, parsed.ok ? parsed.option : {})] });
    const [one, two] = await Promise.all([1, 2].map((id) => client.call('subnet4-get', { id })));
    expect(one?.subnets[0]?.['option-data']).toEqual(two?.subnets[0]?.['option-data']);
    for (const id of [1, 2]) await client.call('subnet4-del', { id });
  });

  it.each([
    ['text', 'tftp-server-name', 'a\\,b'],
    ['a backslash', 'root-path', 'C:\\\\x\\y'],
    ['a record', 'slp-service-scope', 'true, a\\,b'],
    ['counted texts', 'v4-sztp-redirect', 'a\\,b, c'],
  ])('tell a client what the escapes meant: %s', async (_, name, data) => {
    const parsed = parseOption(knownOptions(DHCPV4), input({ name, data }));
    const ours = parsed.ok ? parsed.option : ({} as OptionData);
    expect(ours['csv-format']).toBe(false);
    const sent: (Buffer | undefined)[] = [];
    for (const option of [{ name, data }, ours]) {
      const pools = [{ pool: '192.0.2.10-192.0.2.20' }];
      const body = { id: 1, subnet: '192.0.2.0/24', pools, relay: { 'ip-addresses': [lab.network.address] } };
      await client.call('subnet4-add', { subnet4: [{ ...body, 'option-data': [{ ...option, 'always-send': true }] }] });
      const offer = await relay.discover(server.address, { mac: '02005e100001' });
      sent.push(offer?.options.get(ours.code));
      await client.call('subnet4-del', { id: 1 });
    }
    expect(sent[0]?.length).toBeGreaterThan(0);
    expect(sent[1]).toEqual(sent[0]);
  });
});
