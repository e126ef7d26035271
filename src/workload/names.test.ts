import { describe, expect, it } from 'vitest';
import { DHCPV4 } from '../kea/dhcpv4.ts';
import { defaultDatabaseName, dnsLabel, pairNames, serverNames, serverTagOf } from './names.ts';

const LONG = 'a'.repeat(70);

describe('dnsLabel', () => {
  it.each([
    ['office', 'office'],
    ['a'.repeat(63), 'a'.repeat(63)],
    [LONG, `${'a'.repeat(54)}-`],
    ['office.example', 'office-example-'],
    [`${'a'.repeat(53)}-${'b'.repeat(20)}`, `${'a'.repeat(53)}-`],
  ])('%s begins with %s and is a label', (text, start) => {
    const label = dnsLabel(text);
    expect(label.startsWith(start)).toBe(true);
    expect(label).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
  });

  it('tells names apart that differ past the limit or in what a label cannot hold', () => {
    const names = [`${LONG}x`, `${LONG}y`, 'a.b', 'a-b', 'a..b'];
    expect(new Set(names.map((name) => dnsLabel(name))).size).toBe(names.length);
  });
});

describe('serverTagOf', () => {
  it.each([
    ['net', 'office', 'net.office'],
    ['net', 'o'.repeat(60), `net.${'o'.repeat(60)}`],
    ['net', 'o'.repeat(61), expect.stringMatching(/^net\.o{51}_[0-9a-f]{8}$/)],
  ])('%s/%s: %s', (namespace, name, tag) => {
    expect(serverTagOf(namespace, name)).toEqual(tag);
    expect(serverTagOf(namespace, name).length).toBeLessThanOrEqual(64);
  });
});

describe('defaultDatabaseName', () => {
  it.each([
    ['net', 'office', 'kea_net_office'],
    ['net', 'site.office', expect.stringMatching(/^kea_net_site\.office_[0-9a-f]{8}$/)],
    ['n'.repeat(63), 'o'.repeat(253), expect.stringMatching(/^kea_n{50}_[0-9a-f]{8}$/)],
  ])('%s/%s: %s', (namespace, name, database) => {
    expect(defaultDatabaseName(namespace, name)).toEqual(database);
    expect(defaultDatabaseName(namespace, name).length).toBeLessThanOrEqual(63);
  });
});

it('leaves room for the hash of a StatefulSet’s revision in the label of its pods', () => {
  const { workload, bootstrap, claim } = serverNames('p'.repeat(253), 's'.repeat(32), DHCPV4);
  expect(workload.length).toBeLessThanOrEqual(52);
  expect([bootstrap.length, claim.length].every((length) => length <= 63)).toBe(true);
  expect(serverNames('campus', 'a', DHCPV4).workload).toBe('campus-a');
});

it('gives a pair names that no server of it can have', () => {
  const names = Object.values({ ...pairNames('campus', DHCPV4) });
  const servers = ['ca', 'kea-ca', 'kea-control', 'kea', 'kea-database'].flatMap((server) => [
    serverNames('campus', server, DHCPV4).bootstrap,
    serverNames('campus', server, DHCPV4).claim,
  ]);
  expect(names.filter((name) => servers.includes(name))).toEqual([]);
});
