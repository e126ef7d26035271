import { describe, expect, it } from 'vitest';
import { makePair, topologyOf } from '../../../test/support/pair.ts';
import { DHCPV4 } from '../../kea/dhcpv4.ts';
import { contentOf } from '../../kea/json.ts';
import { serverConfig, type ServerConfigResult } from './config.ts';
import type { ServerConfig } from './digest.ts';

const DATABASE = { host: 'db', port: 5432, name: 'kea', user: 'kea', password: '', sslMode: 'disable' } as const;
const FILES = { ca: '', cert: '', key: '', password: '' };

const make = (overrides: Readonly<Record<string, unknown>>, former?: ServerConfig): ServerConfigResult => {
  const pair = makePair(overrides);
  const topology = topologyOf(pair);
  const [server] = topology.servers;
  if (server === undefined) throw new Error('no such server');
  return serverConfig({ pair, topology, server, database: DATABASE, digestKey: 'key', files: FILES, former });
};
const dhcp4 = (overrides: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => {
  const made = make(overrides);
  if (!made.ok) throw new Error(made.problem.message);
  return contentOf(DHCPV4, made.config);
};

const LATER = { 'adaptive-lease-time-threshold': 0.5 };

describe('what is extra', () => {
  it('goes into the configuration as it is', () => {
    expect(dhcp4({ dhcp4: { extra: { ...LATER, a: { b: [1, null] } } } })).toMatchObject({
      ...LATER,
      a: { b: [1, null] },
    });
  });

  it.each([
    ['hooks-libraries', 'the operator loads the hooks that it needs, and no others can be loaded yet'],
    ['cache-max-age', 'it has a field of its own: use cacheMaxAge'],
    ['mac-sources', 'it is of DHCPv6 alone: leave it out'],
    ['reservation-mode', 'Kea has given it up: use reservationsGlobal, reservationsInSubnet and reservationsOutOfPool'],
  ])('is not what has a place of its own: %s', (keyword, instead) => {
    const message = `spec.dhcp4.extra: ${keyword} has no place here: ${instead}`;
    expect(make({ dhcp4: { extra: { [keyword]: 1 } } })).toEqual({
      ok: false,
      problem: { reason: 'InvalidSpec', message },
    });
  });

  it('is not nested as deep as Kea cannot read it', () => {
    const deep = JSON.parse(`${'{"a":'.repeat(70)}1${'}'.repeat(70)}`) as object;
    expect(make({ dhcp4: { extra: deep } })).toMatchObject({
      problem: { message: 'spec.dhcp4.extra: it is nested too deep for Kea: nest it less deeply' },
    });
  });

  it.each([
    'interfaces-config',
    'control-sockets',
    'config-control',
    'hosts-databases',
    'lease-database',
    'multi-threading',
    'loggers',
    'user-context',
    'option-def',
  ])('leaves the operator its own: %s', (keyword) => {
    expect(make({ dhcp4: { extra: { [keyword]: {} } } })).toMatchObject({ ok: false });
    expect(dhcp4({})).toHaveProperty(keyword);
  });

  it('stays as a server has it where that of the specification is wrong, beside all else', () => {
    const former = make({ dhcp4: { extra: LATER } });
    if (!former.ok) throw new Error(former.problem.message);
    const made = make({ dhcp4: { validLifetime: 700, extra: { loggers: [] } } }, former.config);
    expect(made).toMatchObject({
      ok: true,
      config: { Dhcp4: { ...LATER, 'valid-lifetime': 700 } },
      problem: { reason: 'InvalidSpec' },
    });
  });

  it('goes when it is taken out', () => {
    const former = make({ dhcp4: { extra: LATER } });
    if (!former.ok) throw new Error(former.problem.message);
    expect(JSON.stringify(make({}, former.config))).not.toContain('adaptive');
  });
});

describe('globals', () => {
  it('renders maps and lists in Kea’s spelling too, with the members that are set', () => {
    expect(
      dhcp4({
        dhcp4: {
          expiredLeasesProcessing: { maxReclaimTime: 0, holdReclaimedTime: 60 },
          sanityChecks: { leaseChecks: 'fix-del' },
          compatibility: { excludeFirstLast24: true },
        },
      }),
    ).toMatchObject({
      'expired-leases-processing': { 'max-reclaim-time': 0, 'hold-reclaimed-time': 60 },
      'sanity-checks': { 'lease-checks': 'fix-del' },
      compatibility: { 'exclude-first-last-24': true },
    });
  });

  it('keeps no reservations in memory where several clients may have an address, which Kea’s cache does not take', () => {
    expect(JSON.stringify(dhcp4({ dhcp4: { ipReservationsUnique: false } }))).not.toContain('libdhcp_host_cache.so');
    expect(JSON.stringify(dhcp4({ dhcp4: { ipReservationsUnique: true } }))).toContain('libdhcp_host_cache.so');
  });

  it('logs as much at severity DEBUG as is asked for', () => {
    const loggers = [
      { name: 'leases', severity: 'DEBUG', debuglevel: 99 },
      { name: 'hosts', severity: 'DEBUG' },
    ];
    expect(dhcp4({ logSeverity: 'WARN', loggers }).loggers).toMatchObject([
      { severity: 'WARN' },
      { name: 'kea-dhcp4.leases', debuglevel: 99 },
      { name: 'kea-dhcp4.hosts', debuglevel: 40 },
    ]);
  });
});
