/** Options of a pair's own definitions on real servers of both families: what was accepted is taken by Kea, as rows and as a configuration, and clients get it byte by byte. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { KeaClient } from '../../src/kea/client.ts';
import { FAMILIES } from '../../src/kea/families.ts';
import { knownOptions } from '../../src/kea/knownOptions.ts';
import { parseOptions } from '../../src/kea/options.ts';
import type { OptionData, OptionDefBody } from '../../src/kea/state.ts';
import { openRelay } from '../support/dhcp.ts';
import { openRelay6 } from '../support/dhcp6.ts';
import type { KeaServer } from '../support/kea.ts';
import { useBench } from '../support/keaTier.ts';
import { type OwnOptions, randomDefinitions, randomOwnOptions } from '../support/ownOptions.ts';
import { randomFrom } from '../support/random.ts';
import { become, host, optionDef, subnet } from '../support/rows.ts';

const ROUNDS = 4;
const SUBNETS = 24;
const first = Number(process.env.WIRE_SEED ?? 20_261_127);

describe.each(FAMILIES)('$daemon', (family) => {
  const bench = useBench(family);
  const { version } = family;
  let server: KeaServer;
  let client: KeaClient;
  beforeEach(async () => {
    server = await bench.server(
      version === 4 ? { dhcp4: { 'interfaces-config': { interfaces: ['eth0'], 'dhcp-socket-type': 'udp' } } } : {},
    );
    ({ client } = server);
  });

  const prefixOf = (index: number) => (version === 4 ? `10.0.${index}.0/24` : `2001:db8:${index.toString(16)}::/64`);
  const macOf = (index: number) => `02005e1000${index.toString(16).padStart(2, '0')}`;

  /** Asks for codes as a client of each subnet. */
  const openClients = async () => {
    if (version === 4) {
      const relay = await openRelay(bench.lab.network.address);
      return {
        ask: async (index: number, codes: readonly number[]) =>
          (await relay.discover(server.address, { mac: macOf(index), link: `10.0.${index}.1`, ask: codes }))?.options,
        close: () => relay.close(),
      };
    }
    const relay = await openRelay6(bench.lab.network.address6);
    return {
      ask: async (index: number, codes: readonly number[]) => {
        const answer = await relay.inform(server.address6, { link: `2001:db8:${index.toString(16)}::1`, ask: codes });
        return answer && new Map([...answer].map(([code, values]) => [code, Buffer.concat(values)]));
      },
      close: () => relay.close(),
    };
  };

  const accepted = (definitions: readonly OptionDefBody[], lists: readonly OwnOptions[]) =>
    lists.flatMap((list) => {
      const parsed = parseOptions(knownOptions(family, definitions), list.options);
      return parsed.ok ? [{ options: list.options, expected: list.expected(), parsed: parsed.options }] : [];
    });
  const rowOf = (options: readonly OptionData[], index: number) =>
    subnet(index, prefixOf(index), {
      'option-data': options,
      ...(version === 4 ? { pools: [{ pool: `10.0.${index}.10-10.0.${index}.99` }] } : {}),
    });

  it('gives clients the options of random definitions, byte by byte', async () => {
    const clients = await openClients();
    for (let seed = first; seed < first + ROUNDS; seed++) {
      const random = randomFrom(seed);
      const definitions = randomDefinitions(family, random);
      const lists = accepted(
        definitions,
        Array.from({ length: SUBNETS }, () => randomOwnOptions(family, definitions, random)),
      );
      expect(lists.length).toBeGreaterThan(SUBNETS / 2);
      const optionDefs = definitions.map(({ name, code, ...rest }) => optionDef(name, code, rest));
      const isReserved = (index: number): boolean => version === 4 && index % 2 === 1;
      await become(bench.backend, {
        optionDefs,
        subnets: lists.map(({ parsed }, index) => rowOf(isReserved(index) ? [] : parsed, index + 1)),
        hosts: lists.flatMap(({ parsed }, index) =>
          isReserved(index) ? [host(index + 1, macOf(index + 1), { 'option-data': parsed })] : [],
        ),
      });
      await client.call('config-backend-pull', undefined).catch(async (error: unknown) => {
        console.log(seed - first, JSON.stringify(definitions), JSON.stringify(lists.map(({ parsed }) => parsed)));
        throw error;
      });
      for (const [index, { options, expected }] of lists.entries()) {
        const answer = await clients.ask(index + 1, [...expected.keys()]);
        const got = Object.fromEntries([...expected.keys()].map((code) => [code, answer?.get(code)?.toString('hex')]));
        const wanted = Object.fromEntries([...expected].map(([code, value]) => [code, value.toString('hex')]));
        expect(got, `WIRE_SEED=${seed} ${JSON.stringify(options)} ${JSON.stringify(definitions)}`).toEqual(wanted);
      }
    }
    await clients.close();
  });
});
