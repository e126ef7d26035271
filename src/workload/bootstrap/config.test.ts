import { describe, expect, it } from 'vitest';
import { makePair, topologyOf } from '../../../test/support/pair.ts';
import type { DatabaseTarget } from '../../database/target.ts';
import { DHCPV4 } from '../../kea/dhcpv4.ts';
import { DHCPV6 } from '../../kea/dhcpv6.ts';
import { contentOf } from '../../kea/json.ts';
import { serverConfig, type ServerConfigResult } from './config.ts';
import type { ServerConfig } from './digest.ts';

const DATABASE: DatabaseTarget = {
  host: 'db',
  port: 5432,
  name: 'kea',
  user: 'kea',
  password: 'secret',
  sslMode: 'disable',
};
const FILES = {
  ca: '/etc/kea/ca.crt',
  cert: '/etc/kea/tls.crt',
  key: '/etc/kea/tls.key',
  password: '/etc/kea/password',
};

const make = (
  overrides: Readonly<Record<string, unknown>> = {},
  {
    database = DATABASE,
    digestKey = 'key',
    index = 0,
    former,
  }: { database?: DatabaseTarget; digestKey?: string; index?: number; former?: ServerConfig } = {},
): ServerConfigResult => {
  const pair = makePair(overrides);
  const topology = topologyOf(pair);
  const server = topology.servers[index];
  if (server === undefined) throw new Error('no such server');
  return serverConfig({ pair, topology, server, database, digestKey, files: FILES, former });
};
const dhcp4 = (...args: Parameters<typeof make>): Readonly<Record<string, unknown>> => {
  const made = make(...args);
  if (!made.ok) throw new Error(made.problem.message);
  return contentOf(DHCPV4, made.config);
};
const ONE = { mode: 'Standalone', servers: [{ name: 'a', node: 'n', interfaces: ['lan0'], address: '192.0.2.1' }] };

describe('serverConfig', () => {
  it('loads the PostgreSQL hook first: the other parts need its backends', () => {
    expect(dhcp4()['hooks-libraries']).toMatchObject([
      { library: 'libdhcp_pgsql.so' },
      { library: 'libdhcp_lease_cmds.so' },
      { library: 'libdhcp_stat_cmds.so' },
      { library: 'libdhcp_subnet_cmds.so' },
      { library: 'libdhcp_host_cache.so' },
      { library: 'libdhcp_ha.so' },
    ]);
    expect(JSON.stringify(dhcp4(ONE)['hooks-libraries'])).not.toContain('libdhcp_ha.so');
  });

  it.each([
    ['Memfile', { 'send-lease-updates': true, 'sync-leases': true }],
    ['PostgreSQL', { 'send-lease-updates': false, 'sync-leases': false }],
  ])('with %s the servers exchange leases as the storage needs', (leaseStorage, expected) => {
    expect(relationship({ leaseStorage })).toMatchObject(expected);
  });

  const relationship = (overrides: Readonly<Record<string, unknown>>): unknown => {
    const hooks = dhcp4(overrides)['hooks-libraries'] as { parameters?: { 'high-availability'?: unknown[] } }[];
    return hooks.at(-1)?.parameters?.['high-availability']?.[0];
  };

  it('lets the partner speak to the hook’s own listener, with certificates and a short list of commands', () => {
    expect(relationship({})).toMatchObject({
      'this-server-name': 'a',
      mode: 'hot-standby',
      'require-client-certs': true,
      'restrict-commands': true,
      'multi-threading': { 'enable-multi-threading': true, 'http-dedicated-listener': true },
      peers: [
        { name: 'a', url: 'https://192.0.2.1:8001/', role: 'primary' },
        { name: 'b', url: 'https://192.0.2.2:8001/', role: 'standby' },
      ],
    });
  });

  it.each([
    ['HotStandby', 'Memfile', 0],
    ['LoadBalancing', 'Memfile', 0],
    ['HotStandby', 'PostgreSQL', undefined],
    ['Standalone', 'Memfile', undefined],
  ])(
    'in mode %s with leases in %s a lease that is asked for again is written anew where a partner has to hear of it',
    (mode, leaseStorage, maxAge) => {
      expect(dhcp4({ mode, leaseStorage })['cache-max-age']).toBe(maxAge);
    },
  );

  it.each([
    ['HotStandby', 'Memfile', 0],
    ['HotStandby', 'PostgreSQL', 60],
    ['Standalone', 'Memfile', 60],
  ])('in mode %s with leases in %s a HAPair of an older schema gets no other age', (mode, leaseStorage, maxAge) => {
    expect(dhcp4({ mode, leaseStorage, dhcp4: { cacheMaxAge: 60 } })['cache-max-age']).toBe(maxAge);
  });

  it('with a packet queue passes multi-threading off, and the partner comes by the control channel with the password', () => {
    expect(dhcp4({ packetQueue: { capacity: 600 } })).toMatchObject({
      'multi-threading': { 'enable-multi-threading': false },
      'dhcp-queue-control': { 'enable-queue': true, 'queue-type': 'kea-ring4', capacity: 600 },
    });
    expect(relationship({ packetQueue: {} })).toMatchObject({
      'multi-threading': { 'enable-multi-threading': false, 'http-dedicated-listener': false },
      peers: [
        {
          url: 'https://192.0.2.1:8000/',
          'basic-auth-user': 'kea-operator',
          'basic-auth-password-file': FILES.password,
        },
        { url: 'https://192.0.2.2:8000/' },
      ],
    });
    expect(dhcp4()).not.toHaveProperty('dhcp-queue-control');
  });

  it('escapes what Kea pastes unescaped into libpq’s connection string', () => {
    const database = { ...DATABASE, password: "it's \\ here", user: "o'hara" };
    expect(dhcp4({}, { database })['hosts-databases']).toMatchObject([
      { password: "it\\'s \\\\ here", user: "o\\'hara" },
    ]);
  });

  it('looks reservations up by all that the family has: a first one of its kind must not cost a config-set', () => {
    const all = ['hw-address', 'duid', 'circuit-id', 'client-id'];
    expect(dhcp4()['host-reservation-identifiers']).toEqual(all);
  });

  it('looks reservations up as the specification says where it does, in its order', () => {
    const order = ['client-id', 'hw-address'];
    const config = dhcp4({ dhcp4: { hostReservationIdentifiers: order } });
    expect(config['host-reservation-identifiers']).toEqual(order);
  });

  it('renders globals in Kea’s spelling, and only those that are set', () => {
    const config = dhcp4({
      dhcp4: { validLifetime: 600, t1Percent: 0.4, matchClientId: false, nextServer: '192.0.2.9', authoritative: true },
    });
    expect(config).toMatchObject({
      'valid-lifetime': 600,
      't1-percent': 0.4,
      'match-client-id': false,
      'next-server': '192.0.2.9',
      authoritative: true,
    });
    expect(config).not.toHaveProperty('renew-timer');
    expect(config).not.toHaveProperty('option-data');
  });

  it('gives options by code, and refuses one that does not exist', () => {
    expect(
      dhcp4({ dhcp4: { optionData: [{ name: 'domain-name', data: 'example.org' }] } })['option-data'],
    ).toMatchObject([{ code: 15, space: 'dhcp4', data: 'example.org' }]);
    expect(
      dhcp4({ dhcp4: { optionData: [{ name: 'ntp-servers', csvFormat: false, data: 'C0000201' }] } })['option-data'],
    ).toMatchObject([{ data: '192.0.2.1', 'csv-format': true }]);
    expect(make({ dhcp4: { optionData: [{ name: 'routerz', data: '192.0.2.1' }] } })).toMatchObject({
      ok: false,
      problem: {
        reason: 'InvalidOption',
        message: expect.stringContaining('spec.dhcp4.optionData[0]') as string,
      },
    });
  });

  it('keeps the options that a server has where those of the pair are wrong, and takes all else', () => {
    const former = { Dhcp4: dhcp4({ dhcp4: { optionData: [{ name: 'domain-name', data: 'example.org' }] } }) };
    const wrong = { dhcp4: { validLifetime: 700, optionData: [{ name: 'dhcp-lease-time', data: '600' }] } };
    expect(make(wrong, { former })).toMatchObject({
      ok: true,
      config: { Dhcp4: { 'valid-lifetime': 700, 'option-data': [{ code: 15, data: 'example.org' }] } },
      problem: {
        reason: 'InvalidOption',
        message: 'spec.dhcp4.optionData[0] dhcp-lease-time: the server sets it: use validLifetime',
      },
    });
  });

  it('keeps Kea’s HTTP logger, which prints whole commands with their passwords, at INFO', () => {
    expect(dhcp4({ logSeverity: 'DEBUG' }).loggers).toMatchObject([
      { name: 'kea-dhcp4', severity: 'DEBUG' },
      { name: 'kea-dhcp4.http', severity: 'INFO' },
    ]);
    expect(dhcp4({ logSeverity: 'WARN' }).loggers).toMatchObject([{ name: 'kea-dhcp4', severity: 'WARN' }]);
  });

  const severities = (overrides: Readonly<Record<string, unknown>>) =>
    (dhcp4(overrides).loggers as { name: string; severity: string }[]).map(({ name, severity }) => [name, severity]);

  it.each<{ because: string; overrides: Readonly<Record<string, unknown>>; expected: readonly (readonly string[])[] }>([
    {
      because: 'logs at INFO, but for what is written for each packet',
      overrides: {},
      expected: [
        ['kea-dhcp4', 'INFO'],
        ['kea-dhcp4.commands', 'WARN'],
        ['kea-dhcp4.dhcp4', 'WARN'],
        ['kea-dhcp4.leases', 'WARN'],
        ['kea-dhcp4.packets', 'WARN'],
      ],
    },
    {
      because: 'logs all of it where INFO is asked for',
      overrides: { logSeverity: 'INFO' },
      expected: [['kea-dhcp4', 'INFO']],
    },
    {
      because: 'logs of a single logger what is asked for',
      overrides: { logSeverity: 'WARN', loggers: [{ name: 'leases', severity: 'INFO' }] },
      expected: [
        ['kea-dhcp4', 'WARN'],
        ['kea-dhcp4.leases', 'INFO'],
      ],
    },
    {
      because: 'lets a single logger write for each packet',
      overrides: { loggers: [{ name: 'leases', severity: 'INFO' }] },
      expected: [
        ['kea-dhcp4', 'INFO'],
        ['kea-dhcp4.commands', 'WARN'],
        ['kea-dhcp4.dhcp4', 'WARN'],
        ['kea-dhcp4.leases', 'INFO'],
        ['kea-dhcp4.packets', 'WARN'],
      ],
    },
  ])('$because', ({ overrides, expected }) => {
    expect(severities(overrides)).toEqual(expected);
  });

  it.each([
    ['leases in memory', {}, 4, 256],
    ['leases in the database, which threads wait for', { leaseStorage: 'PostgreSQL' }, 8, 512],
    ['threads of an earlier version’s default', { threads: 0 }, 4, 256],
    ['as many as are asked for', { threads: 12 }, 12, 768],
    ['a queue that is asked for', { threadQueue: 0 }, 4, 0],
  ])('has threads and a queue for %s', (_case, overrides, threads, queue) => {
    expect(dhcp4(overrides)['multi-threading']).toEqual({
      'enable-multi-threading': true,
      'thread-pool-size': threads,
      'packet-queue-size': queue,
    });
  });

  it('keeps no password of the control channel: only the path of its file', () => {
    expect(dhcp4()['control-sockets']).toMatchObject([
      { 'socket-type': 'unix' },
      {
        'cert-required': true,
        authentication: { clients: [{ user: 'kea-operator', 'password-file': FILES.password }] },
      },
    ]);
  });
});

describe('the digest', () => {
  const digest = (...args: Parameters<typeof make>): string => {
    const made = make(...args);
    return made.ok ? made.digest : '';
  };

  it('is the same for the same configuration, and stands in its user-context', () => {
    expect(digest()).toBe(digest());
    expect(dhcp4()['user-context']).toEqual({ 'kea-operator': { object: 'HAPair/net/office', bootstrap: digest() } });
  });

  it.each<readonly [string, Parameters<typeof make>]>([
    ['another password of the database', [{}, { database: { ...DATABASE, password: 'other' } }]],
    ['another server', [{}, { index: 1 }]],
    ['another timer', [{ ha: { heartbeatDelay: 500 } }]],
    ['another key: nobody can guess passwords from it', [{}, { digestKey: 'other' }]],
  ])('differs for %s', (_case, args) => {
    expect(digest(...args)).not.toBe(digest());
  });

  it.each([
    ['what concerns only the pod', { resources: { limits: { memory: '1Gi' } } }],
    ['the policy', { changePolicy: 'DryRun' }],
  ])('is indifferent to %s', (_case, overrides) => {
    expect(digest(overrides)).toBe(digest());
  });
});

describe('the configuration of a server of DHCPv6', () => {
  const of = (name: string, overrides = {}) => {
    const pair = makePair({ ipFamilies: ['IPv6'], dhcp6: { controlPort: 8002, haPort: 8003, ...overrides } });
    const topology = { ...topologyOf(pair, DHCPV6), pair: name, serverTag: `net.${name}` };
    return topology.servers.map((server) => {
      const made = serverConfig({ pair, topology, server, database: DATABASE, digestKey: 'key', files: FILES });
      if (!made.ok) throw new Error(made.problem.message);
      return contentOf(DHCPV6, made.config);
    });
  };
  const identityOf = (config: Readonly<Record<string, unknown>> | undefined) => config?.['server-id'];

  it('gives the servers of a pair one identity, which needs no disk, and those of no other pair', () => {
    const [a, b] = of('office').map(identityOf);
    expect(a).toEqual({
      type: 'EN',
      'enterprise-id': 2495,
      identifier: expect.stringMatching(/^[0-9a-f]{24}$/) as string,
      persist: false,
    });
    expect(b).toEqual(a);
    expect(identityOf(of('lab')[0])).not.toEqual(a);
  });

  it('has the globals, ports and socket of its family', () => {
    const [config] = of('office', { preferredLifetime: 600 });
    expect(config).toMatchObject({
      'preferred-lifetime': 600,
      'control-sockets': [{ 'socket-name': '/run/kea/kea6.sock' }, { 'socket-port': 8002 }],
      'host-reservation-identifiers': ['hw-address', 'duid'],
    });
    expect(config?.['interfaces-config']).not.toHaveProperty('dhcp-socket-type');
    expect(JSON.stringify(config)).toContain('https://192.0.2.2:8003/');
  });
});
