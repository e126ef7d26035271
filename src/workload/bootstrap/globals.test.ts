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
