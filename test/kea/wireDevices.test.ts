import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import type { OptionInput } from '../../src/kea/options.ts';
import { optionRules, whyNotConfigured } from '../../src/kea/optionTable.ts';
import { openRelay, type TestRelay } from '../support/dhcp.ts';
import { useBench } from '../support/keaTier.ts';
import { compileWith, reservation, sceneOf, subnet, TO_PAIR } from '../support/objects.ts';
import { become } from '../support/rows.ts';

const bench = useBench();
let relay: TestRelay;
beforeAll(async () => {
  relay = await openRelay(bench.lab.network.address);
});
afterAll(() => relay.close());

const MAC = '02005e100001';
const STRANGER = '02005e100002';
const ROUTER = { name: 'routers', data: '192.0.2.1' };

/** A server with one Subnet of the options, or with a reservation of them for one client. */
const serverWith = async (
  where: 'Subnet' | 'HostReservation',
  optionData: readonly OptionInput[],
  more: object = {},
) => {
  const server = await bench.server();
  const ofSubnet = where === 'Subnet' ? [ROUTER, ...optionData] : [ROUTER];
  const compiled = compileWith(
    sceneOf({
      subnets: [
        subnet('office', {
          ...TO_PAIR,
          cidr: '192.0.2.0/24',
          pools: [{ pool: '192.0.2.100-192.0.2.200' }],
          optionData: ofSubnet,
          ...more,
        }),
      ],
      reservations:
        where === 'Subnet'
          ? []
          : [
              reservation('device', {
                subnetRef: { name: 'office' },
                identifier: { hwAddress: MAC.replace(/..(?=.)/g, '$&:') },
                optionData,
              }),
            ],
    }),
  );
  expect([...compiled.verdicts].filter(([, verdict]) => !verdict.accepted)).toEqual([]);
  const { subnets, hosts } = compiled.desired;
  await become(bench.backend, { subnets: [...subnets.values()], hosts: [...hosts.values()] });
  await server.client.call('config-backend-pull', undefined);
  return (mac: string, ask: readonly number[], send = new Map<number, Buffer>()) =>
    relay.discover(server.address, { mac, ask, link: '192.0.2.1', send });
};

/** The examples of the page, with what they say of the bytes: `# UniFi: 43 = 0104C0000205`. */
const PAGE = readFileSync(new URL('../../docs/how-to/vendor-options.md', import.meta.url), 'utf8');
const EXAMPLES = [...PAGE.matchAll(/```yaml\n# ([^:]+): (.*)\n([\s\S]*?)```/g)].map(
  ([, device = '', bytes = '', yaml = '']) =>
    [
      device,
      bytes,
      parse(yaml) as OptionInput[],
      bytes.split(', ').map((pair) => pair.split(' = ')) as [string, string][],
    ] as const,
);

describe.each(['Subnet', 'HostReservation'] as const)(
  'a device gets the bytes that the page promises, from a %s',
  (where) => {
    it.each(EXAMPLES)('%s: %s', async (_device, _bytes, optionData, wanted) => {
      const discover = await serverWith(where, optionData);
      const offer = await discover(
        MAC,
        wanted.map(([code]) => Number(code)),
      );
      const got = wanted.map(([code]) => [code, offer?.options.get(Number(code))?.toString('hex').toUpperCase()]);
      expect(got).toEqual(wanted);
    });
  },
);

describe('what the page says of Kea', () => {
  it('has an example of every option that it speaks of', () => {
    const shown = EXAMPLES.flatMap(([, , , wanted]) => wanted.map(([code]) => Number(code)));
    expect([...new Set(shown)].sort((a, b) => a - b)).toEqual([43, 66, 67, 119, 121, 125, 138, 150, 252]);
  });

  it('bootFileName and its like fill the header, and make no options', async () => {
    const fields = { nextServer: '192.0.2.9', serverHostname: 'boot.example.org', bootFileName: 'boot.efi' };
    const discover = await serverWith('Subnet', [], fields);
    const offer = await discover(MAC, [66, 67]);
    expect(offer).toMatchObject(fields);
    expect([66, 67].filter((code) => offer?.options.has(code))).toEqual([]);
  });

  it('the server sends back what a relay agent added', async () => {
    const discover = await serverWith('Subnet', []);
    const agent = Buffer.from('0105706F727431', 'hex');
    const offer = await discover(MAC, [], new Map([[82, agent]]));
    expect(offer?.options.get(82)?.subarray(0, agent.length)).toEqual(agent);
  });

  it('a vendor’s sub-options go to clients that name the vendor, though they ask for nothing', async () => {
    const discover = await serverWith('Subnet', [{ space: 'vendor-3561', code: 1, csvFormat: false, data: 'AABB' }]);
    expect((await discover(MAC, []))?.options.has(125)).toBe(false);
    const named = new Map([[124, Buffer.from('00000DE90178', 'hex')]]);
    expect((await discover(MAC, [], named))?.options.get(125)?.toString('hex')).toBe('00000de9040102aabb');
  });
});

describe('an option that is never sent', () => {
  const all = optionRules(DHCPV4).standard.filter(
    ({ code }) => whyNotConfigured(DHCPV4, code) === undefined && !optionRules(DHCPV4).sentAnyway.has(code),
  );
  const codes = all.map(({ code }) => code).filter((code) => code !== 108);
  /** A list has 64 options at most. */
  const lists = [codes.slice(0, 50), codes.slice(50)].flatMap((part) =>
    (['Subnet', 'HostReservation'] as const).map((where) => [where, part] as const),
  );

  it.each(lists)('leaves every client its answer, in a %s: %j', async (where, part) => {
    const discover = await serverWith(
      where,
      part.map((code) => ({ code, neverSend: true })),
    );
    for (const mac of [MAC, STRANGER]) {
      const offer = await discover(mac, part);
      expect(part.filter((code) => offer?.options.has(code) ?? true)).toEqual([]);
      expect(offer?.options.get(3)?.join('.')).toBe('192.0.2.1');
    }
  });
});
