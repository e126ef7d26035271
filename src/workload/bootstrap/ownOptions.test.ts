/** Options of a HAPair of its own definitions, and what they refer to. */
import { describe, expect, it } from 'vitest';
import { makePair, topologyOf } from '../../../test/support/pair.ts';
import { DHCPV4 } from '../../kea/dhcpv4.ts';
import { contentOf } from '../../kea/json.ts';
import { knownOptions } from '../../kea/knownOptions.ts';
import { type PairReferable, serverConfig, type ServerConfigResult } from './config.ts';
import type { ServerConfig } from './digest.ts';
import { referencesIn } from './references.ts';

const make = (
  spec: Readonly<Record<string, unknown>>,
  more: { readonly former?: ServerConfig; readonly referable?: PairReferable } = {},
): ServerConfigResult => {
  const pair = makePair(spec);
  const topology = topologyOf(pair);
  const [server] = topology.servers;
  if (server === undefined) throw new Error('no server');
  const database = {
    host: 'db',
    port: 5432,
    name: 'kea',
    user: 'kea',
    password: 'secret',
    sslMode: 'disable',
  } as const;
  const files = { ca: 'ca', cert: 'cert', key: 'key', password: 'password' };
  return serverConfig({ pair, topology, server, database, digestKey: 'key', files, ...more });
};
const dhcp4 = (...args: Parameters<typeof make>): Readonly<Record<string, unknown>> => {
  const made = make(...args);
  if (!made.ok) throw new Error(made.problem.message);
  return contentOf(DHCPV4, made.config);
};

describe('options of the pair’s own definitions', () => {
  const site = (type: 'uint8' | 'uint16') => ({ space: 'dhcp4', code: 231, name: 'site', type }) as const;
  const referable = (type: 'uint8' | 'uint16', isProven = true): PairReferable => ({
    known: knownOptions(DHCPV4, [site(type)]),
    knowsClass: (name) => name === 'gold',
    isProven,
  });
  const own = { dhcp4: { optionData: [{ name: 'site', data: '7' }] } };
  const definitionsIn = (config: Readonly<Record<string, unknown>>) =>
    (config['option-def'] as readonly { readonly code: number }[]).filter(({ code }) => code === 231);

  it('bring their definitions along', () => {
    const config = dhcp4(own, { referable: referable('uint8') });
    expect(config['option-data']).toMatchObject([{ code: 231, data: '7', 'csv-format': true }]);
    expect(definitionsIn(config)).toEqual([site('uint8')]);
  });

  it('wait for a definition that is not there, and a guard for a class', () => {
    const former = { Dhcp4: dhcp4({ dhcp4: { optionData: [{ name: 'domain-name', data: 'example.org' }] } }) };
    expect(make(own, { former })).toMatchObject({
      config: { Dhcp4: { 'option-data': [{ code: 15 }] } },
      problem: { message: expect.stringContaining('no OptionDefinition of the HAPair has that name') as string },
    });
    const guarded = (name: string) => ({
      dhcp4: { optionData: [{ name: 'domain-name', data: 'example.com', clientClasses: [name] }] },
    });
    expect(make(guarded('silver'), { former, referable: referable('uint8') })).toMatchObject({
      config: { Dhcp4: { 'option-data': [{ data: 'example.org' }] } },
      problem: {
        message: expect.stringContaining('optionData[0].clientClasses: there is no client class silver') as string,
      },
    });
    expect(dhcp4(guarded('gold'), { referable: referable('uint8') })['option-data']).toMatchObject([
      { data: 'example.com', 'client-classes': ['gold'] },
    ]);
  });

  it('are of those that a server has, until the rows were read; nothing is said of them meanwhile', () => {
    const former = { Dhcp4: dhcp4(own, { referable: referable('uint8') }) };
    const made = make(own, { former, referable: referable('uint16', false) });
    expect(made).toMatchObject({ ok: true, config: { Dhcp4: { 'option-data': [{ code: 231, data: '7' }] } } });
    expect(made.ok && definitionsIn(contentOf(DHCPV4, made.config))).toEqual([site('uint8')]);
    const another = { dhcp4: { optionData: [{ name: 'tray', data: '7' }] } };
    expect(make(another, { former, referable: referable('uint16', false) })).not.toHaveProperty('problem');
    // A server that has none yet is made with what the objects say.
    expect(definitionsIn(dhcp4(own, { referable: referable('uint16', false) }))).toEqual([site('uint16')]);
  });

  it('are what a configuration refers to, with the classes that they are for', () => {
    const spec = {
      dhcp4: {
        optionData: [
          { name: 'site', data: '7' },
          { name: 'domain-name', data: 'example.com', clientClasses: ['gold'] },
        ],
      },
    };
    expect(referencesIn(DHCPV4, { Dhcp4: dhcp4(spec, { referable: referable('uint8') }) })).toEqual([
      { kind: 'option-def', key: 'dhcp4/231' },
      { kind: 'class', key: 'gold' },
    ]);
  });
});
