/** Options of a pair's own definitions on real servers of both families: what was accepted is taken by Kea, as rows and as a configuration, and clients get it byte by byte. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { KeaClient } from '../../src/kea/client.ts';
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import { FAMILIES } from '../../src/kea/families.ts';
import { parseGlobalOptions } from '../../src/kea/globalOptions.ts';
import { knownOptions } from '../../src/kea/knownOptions.ts';
import { type OptionInput, parseOption, parseOptions } from '../../src/kea/options.ts';
import type { OptionData, OptionDefBody } from '../../src/kea/state.ts';
import { openRelay } from '../support/dhcp.ts';
import { openRelay6 } from '../support/dhcp6.ts';
import type { KeaServer } from '../support/kea.ts';
import { useBench } from '../support/keaTier.ts';
import { SPELLINGS } from '../support/optionSpellings.ts';
import { type OwnOptions, randomDefinitions, randomOwnOptions, randomText } from '../support/ownOptions.ts';
import { type Random, randomFrom } from '../support/random.ts';
import { anyClass } from '../support/referable.ts';
import { become, clientClass, host, network, optionDef, type StateItems, subnet } from '../support/rows.ts';

/** Answers to a relay that is in no network of its own. */
const UDP = { 'interfaces-config': { interfaces: ['eth0'], 'dhcp-socket-type': 'udp' } };

const PLACES = ['subnet', 'network', 'class', 'host', 'pool'] as const;
type Place = (typeof PLACES)[number];

const ROUNDS = 2;
const SUBNETS = 20;
const first = Number(process.env.WIRE_SEED ?? 20_261_127);

/** Of options by code those that are expected. */
const shown = (options: ReadonlyMap<number, Buffer> | undefined, expected = options) =>
  Object.fromEntries([...(expected?.keys() ?? [])].map((code) => [code, options?.get(code)?.toString('hex')]));

describe.each(FAMILIES)('$daemon', (family) => {
  const bench = useBench(family);
  const { version } = family;
  let server: KeaServer;
  let client: KeaClient;
  beforeEach(async () => {
    server = await bench.server(version === 4 ? { dhcp4: UDP } : {});
    ({ client } = server);
  });

  const prefixOf = (index: number) => (version === 4 ? `10.0.${index}.0/24` : `2001:db8:${index.toString(16)}::/64`);
  const macOf = (index: number) => `02005e1000${index.toString(16).padStart(2, '0')}`;

  /** Asks for codes as a client of each subnet. */
  const openClients = async () => {
    if (version === 4) {
      const relay = await openRelay(bench.lab.network.address);
      return {
        ask: async (index: number, codes: readonly number[], send?: ReadonlyMap<number, Buffer>, waitMs = 2000) => {
          const from = { mac: macOf(index), link: `10.0.${index}.1`, ask: codes, waitMs, ...(send && { send }) };
          return (await relay.discover(server.address, from))?.options;
        },
        close: () => relay.close(),
      };
    }
    const relay = await openRelay6(bench.lab.network.address6);
    return {
      ask: async (index: number, codes: readonly number[], send?: ReadonlyMap<number, Buffer>, waitMs = 2000) => {
        const from = { link: `2001:db8:${index.toString(16)}::1`, ask: codes, waitMs, ...(send && { send }) };
        const answer = await relay.inform(server.address6, from);
        return answer && new Map([...answer].map(([code, values]) => [code, Buffer.concat(values)]));
      },
      close: () => relay.close(),
    };
  };

  const findOwnOptions = (
    definitions: readonly OptionDefBody[],
    random: Random,
    isAccepted: (options: readonly OptionInput[]) => boolean,
  ) => {
    for (;;) {
      const { options, expected } = randomOwnOptions(family, definitions, random);
      if (options.length > 0 && isAccepted(options)) return { options, expected: expected() };
    }
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

  /** A subnet for each list, which is its own, or of whatever else has options for its clients. */
  const rowsOf = (lists: readonly (readonly OptionData[])[]): StateItems => {
    const places = version === 4 ? PLACES : PLACES.filter((place) => place !== 'pool' && place !== 'host');
    const at = (index: number) => places[index % places.length];
    const of = (place: Place) =>
      lists.flatMap((options, index) => (at(index) === place ? [{ id: index + 1, options }] : []));
    return {
      networks: of('network').map(({ id, options }) => network(`n${id}`, { 'option-data': options })),
      subnets: lists.map((options, index) => {
        const { body } = rowOf(at(index) === 'subnet' ? options : [], index + 1);
        const pools = body.pools?.map((pool) => ({ ...pool, 'option-data': options }));
        return subnet(index + 1, prefixOf(index + 1), {
          ...body,
          ...(at(index) === 'network' ? { 'shared-network-name': `n${index + 1}` } : {}),
          ...(at(index) === 'pool' && pools ? { pools } : {}),
        });
      }),
      hosts: of('host').map(({ id, options }) => host(id, macOf(id), { 'option-data': options })),
      classes: of('class').map(({ id, options }) =>
        clientClass(`c${id}`, 1024 * id, {
          test: version === 4 ? `pkt4.mac == 0x${macOf(id)}` : `relay6[0].linkaddr == 2001:db8:${id.toString(16)}::1`,
          'option-data': options,
        }),
      ),
    };
  };

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
      await become(bench.backend, { optionDefs, ...rowsOf(lists.map(({ parsed }) => parsed)) });
      await client.call('config-backend-pull', undefined);
      for (const [index, { options, expected }] of lists.entries()) {
        const answer = await clients.ask(index + 1, [...expected.keys()]);
        expect(
          shown(answer, expected),
          `WIRE_SEED=${seed} ${JSON.stringify(options)} ${JSON.stringify(definitions)}`,
        ).toEqual(shown(expected));
      }
    }
    await clients.close();
  });

  it('takes what was accepted, whatever it was', async () => {
    const random = randomFrom(first);
    const definitions = randomDefinitions(family, random);
    const known = knownOptions(family, definitions);
    const taken = definitions
      .flatMap(({ code, space }) =>
        Array.from({ length: 80 }, (_, index) => ({
          code,
          space,
          data: randomText(random),
          csvFormat: index % 2 === 0,
        })),
      )
      .flatMap((option) => {
        const parsed = parseOption(known, option);
        return parsed.ok ? [parsed.option] : [];
      });
    expect(taken.length).toBeGreaterThan(200);
    const subnets = taken.map((option, index) => ({
      id: index + 1,
      subnet: version === 4 ? `10.${index >> 8}.${index & 255}.0/24` : `2001:db8:${index.toString(16)}::/64`,
      'option-data': [option],
    }));
    await client.call('config-test', {
      [family.json.root]: { 'option-def': definitions, [family.json.subnets]: subnets },
    });
  });

  it('stands whatever clients send of options that may be defined', async () => {
    const clients = await openClients();
    const random = randomFrom(first);
    const definitions = randomDefinitions(family, random);
    await become(bench.backend, {
      optionDefs: definitions.map(({ name, code, ...rest }) => optionDef(name, code, rest)),
      subnets: [rowOf([], 1)],
    });
    await client.call('config-backend-pull', undefined);
    const codes = definitions.flatMap(({ space, code }) => (space === family.optionSpace ? [code] : []));
    await Promise.all(
      codes.flatMap((code) =>
        Array.from({ length: 6 }, (_, length) =>
          clients.ask(1, [], new Map([[code, Buffer.from(Array.from({ length }, () => random.below(3)))]]), 200),
        ),
      ),
    );
    expect(await client.call('status-get', undefined)).toBeDefined();
    await clients.close();
  });

  it('sends bytes rightly before their definition comes, and after it went', async () => {
    const clients = await openClients();
    const code = version === 4 ? 230 : 4230;
    const list = (body: Partial<OptionDefBody>, option: Partial<OptionInput>) => {
      const definition = optionDef('own', code, { space: family.optionSpace, ...body });
      const parsed = parseOptions(knownOptions(family, [definition.body]), [{ code, ...option }]);
      if (!parsed.ok) throw new Error(parsed.message);
      return { optionDefs: [definition], subnets: [rowOf(parsed.options, 1)] };
    };
    const numbers = list({ type: 'uint16', array: true }, { data: '1, 2' });
    const text = list({ type: 'string' }, { data: 'a' });
    for (const [target, bytes] of [
      [{ subnets: numbers.subnets }, '00010002'],
      [numbers, '00010002'],
      [text, '61'],
      [{ subnets: numbers.subnets }, '00010002'],
    ] as const) {
      await become(bench.backend, target);
      await client.call('config-backend-pull', undefined);
      expect((await clients.ask(1, [code]))?.get(code)?.toString('hex')).toBe(bytes);
    }
    await clients.close();
  });

  it('gives clients those of a server as well, whatever is read afterwards', async () => {
    const clients = await openClients();
    const random = randomFrom(first);
    const definitions = randomDefinitions(family, random);
    const known = knownOptions(family, definitions);
    const { options, expected } = findOwnOptions(
      definitions,
      random,
      (list) => parseGlobalOptions(anyClass(known), list, '').ok,
    );
    const globals = parseGlobalOptions(anyClass(known), options, 'options');
    if (!globals.ok) throw new Error(globals.message);
    const { root } = family.json;
    const optionDefs = definitions.map(({ name, code, ...rest }) => optionDef(name, code, rest));
    await become(bench.backend, { optionDefs, subnets: [rowOf([], 1)] });
    const { [root]: config } = server.config as Record<string, Record<string, unknown>>;
    await client.call('config-set', {
      [root]: {
        ...config,
        'option-def': [...(config?.['option-def'] as object[]), ...globals.definitions],
        'option-data': globals.options,
      },
    });
    for (const subnets of [[rowOf([], 1)], [rowOf([], 1), rowOf([], 2)], [rowOf([], 1)]]) {
      await become(bench.backend, { optionDefs, subnets });
      await client.call('config-backend-pull', undefined);
      const answer = await clients.ask(1, [...expected.keys()]);
      expect(
        shown(answer, expected),
        `WIRE_SEED=${first} ${JSON.stringify(options)} ${JSON.stringify(globals)}`,
      ).toEqual(shown(expected));
    }
    await clients.close();
  });
});

describe('what people write', () => {
  const bench = useBench();
  it('is what Kea makes of it', async () => {
    const server = await bench.server({ dhcp4: UDP });
    const relay = await openRelay(bench.lab.network.address);
    const subnets = (optionOf: (option: OptionInput) => object) =>
      SPELLINGS.map(([, option], index) => ({
        id: index + 1,
        subnet: `10.0.${index + 1}.0/24`,
        pools: [{ pool: `10.0.${index + 1}.10-10.0.${index + 1}.99` }],
        'option-data': [optionOf(option)],
      }));
    for (const optionOf of [
      ({ csvFormat, ...option }: OptionInput) => ({
        ...option,
        ...(csvFormat === false ? { 'csv-format': false } : {}),
      }),
      (option: OptionInput) => {
        const parsed = parseOption(knownOptions(DHCPV4), option);
        return parsed.ok ? parsed.option : {};
      },
    ]) {
      await server.client.call('config-set', { Dhcp4: { ...server.config.Dhcp4, subnet4: subnets(optionOf) } });
      for (const [
        index,
        [sentence, { name, code = name === 'boot-file-name' ? 67 : 0 }, bytes],
      ] of SPELLINGS.entries()) {
        const offer = await relay.discover(server.address, {
          mac: '02005e100001',
          link: `10.0.${index + 1}.1`,
          ask: [code],
        });
        expect(offer?.options.get(code)?.toString('hex').toUpperCase(), sentence).toBe(bytes);
      }
    }
    await relay.close();
  });
});
