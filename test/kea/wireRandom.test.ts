import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import { parseGlobalOptions } from '../../src/kea/globalOptions.ts';
import { knownOptions } from '../../src/kea/knownOptions.ts';
import type { OptionInput } from '../../src/kea/options.ts';
import { optionRules, whyNotConfigured } from '../../src/kea/optionTable.ts';
import { type Offer, openRelay, type TestRelay } from '../support/dhcp.ts';
import type { KeaServer } from '../support/kea.ts';
import { useBench } from '../support/keaTier.ts';
import { compileWith, network, reservation, sceneOf, subnet, TO_PAIR } from '../support/objects.ts';
import { codeOf, expectedOptions } from '../support/packOptions.ts';
import { randomFrom } from '../support/random.ts';
import { acceptedOptions } from '../support/randomOptions.ts';
import { anyClass } from '../support/referable.ts';
import { become } from '../support/rows.ts';

const bench = useBench();
let relay: TestRelay;
beforeAll(async () => {
  relay = await openRelay(bench.lab.network.address);
});
afterAll(() => relay.close());

const SUBNETS = 16;
const NETWORKS = 4;
const ROUNDS = 10;
const EVERYTHING = Array.from({ length: 254 }, (_, index) => index + 1).filter((code) => code !== 108);
/** What the server sends by itself. */
const OWN = new Set([1, 51, 53, 82]);

const globalsOf = (list: readonly OptionInput[] = []) =>
  parseGlobalOptions(anyClass(knownOptions(DHCPV4)), list, 'spec.dhcp4.optionData');

type Lists = Readonly<
  Record<'pair' | 'network' | 'subnet' | 'pool' | 'reservation', readonly (readonly OptionInput[])[]>
>;

const listsOf = (seed: number): Lists => {
  const random = randomFrom(seed);
  const lists = (count: number) => Array.from({ length: count }, () => acceptedOptions(random));
  return {
    pair: [acceptedOptions(random, (list) => globalsOf(list).ok)],
    network: lists(NETWORKS),
    subnet: lists(SUBNETS),
    pool: lists(SUBNETS),
    reservation: lists(SUBNETS),
  };
};

const macOf = (index: number, reserved: boolean) =>
  `02005e10${reserved ? '01' : '00'}${index.toString(16).padStart(2, '0')}`;
const indexes = Array.from({ length: SUBNETS }, (_, index) => index);

/** The lists in objects: a subnet for each, a third of them in no network. */
const objectsOf = (lists: Lists) =>
  sceneOf({
    networks: lists.network.map((optionData, index) => network(`n${index}`, { ...TO_PAIR, optionData })),
    subnets: indexes.map((index) =>
      subnet(`s${index}`, {
        ...(index % 3 === 0 ? TO_PAIR : { sharedNetworkRef: { name: `n${index % NETWORKS}` } }),
        cidr: `10.0.${index}.0/24`,
        optionData: lists.subnet[index],
        pools: [{ pool: `10.0.${index}.10-10.0.${index}.99`, optionData: lists.pool[index] }],
      }),
    ),
    reservations: indexes.map((index) =>
      reservation(`r${index}`, {
        subnetRef: { name: `s${index}` },
        identifier: { hwAddress: macOf(index, true).replace(/..(?=.)/g, '$&:') },
        ipAddress: `10.0.${index}.50`,
        optionData: lists.reservation[index],
      }),
    ),
  });

const levelsOf = (lists: Lists, index: number, reserved: boolean): readonly (readonly OptionInput[])[] => [
  ...(reserved ? [lists.reservation[index] ?? []] : []),
  lists.pool[index] ?? [],
  lists.subnet[index] ?? [],
  ...(index % 3 === 0 ? [] : [lists.network[index % NETWORKS] ?? []]),
  ...lists.pair,
];

/** Puts the lists into a server as the operator does it: those of the pair by config-set, the others by rows. */
const program = async (server: KeaServer, lists: Lists): Promise<void> => {
  const compiled = compileWith(objectsOf(lists));
  const refused = [...compiled.verdicts].filter(([, verdict]) => !verdict.accepted);
  expect(refused).toEqual([]);
  const { networks, subnets, hosts } = compiled.desired;
  await become(bench.backend, {
    networks: [...networks.values()],
    subnets: [...subnets.values()],
    hosts: [...hosts.values()],
  });
  const globals = globalsOf(lists.pair[0]);
  const Dhcp4 = { ...server.config.Dhcp4, 'option-data': globals.ok ? globals.options : [] };
  await server.client.call('config-set', { Dhcp4 });
};

const legible = (options: ReadonlyMap<number, Buffer> | undefined) =>
  Object.fromEntries([...(options ?? [])].map(([code, value]) => [code, value.toString('hex')]));

const given = (offer: Offer | undefined, expected: ReadonlyMap<number, Buffer>) =>
  offer && new Map([...offer.options].filter(([code]) => !OWN.has(code) && (code !== 54 || expected.has(code))));

describe('a client gets the options that were accepted, byte by byte', () => {
  it('of random lists at every level, whether it asks for everything or for nothing', async () => {
    const server = await bench.server({
      dhcp4: {
        'interfaces-config': { interfaces: ['eth0'], 'dhcp-socket-type': 'udp' },
      },
    });
    const first = Number(process.env.WIRE_SEED ?? 20_261_126);
    const tried = new Set<string>();
    let count = 0;
    for (let seed = first; seed < first + ROUNDS; seed++) {
      const lists = listsOf(seed);
      await program(server, lists);
      const all = Object.values(lists).flat();
      count += all.length;
      for (const option of all.flat()) tried.add(`${option.space ?? 'dhcp4'} ${codeOf(option)}`);
      for (const index of indexes) {
        for (const reserved of [false, true]) {
          for (const ask of [EVERYTHING, []]) {
            const mac = macOf(index, reserved);
            const offer = await relay.discover(server.address, { mac, link: `10.0.${index}.1`, ask });
            // Within a shared network the server takes an address of any subnet.
            const levels = levelsOf(lists, Number(offer?.address.split('.')[2] ?? index), reserved);
            const expected = expectedOptions(levels, ask);
            const what = `WIRE_SEED=${seed}, subnet ${index}, ${reserved ? 'reserved, ' : ''}${JSON.stringify(levels)}`;
            expect(legible(given(offer, expected)), what).toEqual(legible(expected));
          }
        }
      }
    }
    process.stdout.write(`${count} lists, seeds ${first} to ${first + ROUNDS - 1}: ${tried.size} options\n`);
    expect(count).toBeGreaterThanOrEqual(500);
    const whole = optionRules(DHCPV4).standard.filter(({ code }) => whyNotConfigured(DHCPV4, code) === undefined);
    const missing = whole.filter(({ code }) => code !== 108 && !tried.has(`dhcp4 ${code}`));
    expect(missing).toEqual([]);
  });
});
