/** Lease tables of servers that are none; what real ones answer is the contract suite's matter. */
import { afterEach, describe, expect, it } from 'vitest';
import {
  COMPLETE,
  description,
  type EndlessPostgres,
  type FalsePostgres,
  row,
  startEndlessPostgres,
  startFalsePostgres,
  TEXT,
} from '../../../test/support/falsePostgres.ts';
import { until } from '../../../test/support/run.ts';
import { DHCPV4 } from '../../kea/dhcpv4.ts';
import { openLeaseSource } from '../open.ts';
import { type LeaseSource, LeasesUnavailable } from '../source.ts';

/** In the order of the statement. */
const NAMES = [
  'address',
  'subnet_id',
  'hwaddr',
  'hostname',
  'fqdn_fwd',
  'fqdn_rev',
  'state',
  'expire',
  'valid_lifetime',
];
const COLUMNS = description(
  NAMES.map(() => TEXT),
  NAMES,
);
const lease = (address: string, hostname = 'printer', expire = '1000', hwaddr: string | null = null): Buffer =>
  row(address, '7', hwaddr, hostname, null, 'f', '0', expire, '600');

let server: FalsePostgres;
let source: LeaseSource;
afterEach(async () => {
  await source.close();
  await server.close();
});
const open = <T extends FalsePostgres>(started: T): T => {
  server = started;
  const database = {
    host: '127.0.0.1',
    port: started.port,
    name: 'kea',
    user: 'kea',
    password: 'x',
    sslMode: 'disable',
  } as const;
  const of = { namespace: 'evil', pair: 'x', ipFamily: 'IPv4', storage: 'PostgreSQL' } as const;
  source = openLeaseSource({ ...of, database }, DHCPV4, () => undefined);
  return started;
};
const answering = async (...rows: readonly Buffer[]): Promise<void> => {
  open(await startFalsePostgres('query', Buffer.concat([COLUMNS, ...rows, COMPLETE])));
};

describe('a page of leases', () => {
  it('is read', async () => {
    await answering(lease('192.0.2.1', 'printer', '1000', '0200ff'), lease('192.0.2.2'));
    const page = await source.page(1);
    expect(page.next).toBe('192.0.2.1');
    expect(page.leases).toEqual([
      {
        address: '192.0.2.1',
        subnetId: 7,
        hwAddress: '02:00:ff',
        hostname: 'printer',
        fqdnReverse: false,
        state: 'Active',
        cltt: 400,
        validLifetime: 600,
      },
    ]);
  });

  it('has names that can be shown, whatever clients call themselves', async () => {
    await answering(lease('192.0.2.1', '\u001b]0;owned\u0007'), lease('192.0.2.2', 'x'.repeat(1000)));
    const names = (await source.page(2)).leases.map(({ hostname }) => hostname);
    expect(names).toEqual(['\\u{1b}]0;owned\\u{7}', `${'x'.repeat(254)}…`]);
  });

  it('tells no bytes where there are none', async () => {
    await answering(lease('192.0.2.1', '', '1000', ''), lease('192.0.2.2', '', '1000', '"0200'));
    const { leases } = await source.page(2);
    expect(leases.map(({ hwAddress, hostname }) => [hwAddress, hostname])).toEqual([
      [undefined, undefined],
      [undefined, undefined],
    ]);
  });

  it.each([
    ['it has no more than an address', row('192.0.2.3'), /what is said to be a lease is none: of 192\.0\.2\.3/],
    ['it has nothing', row(), /what is said to be a lease is none: of /],
    ['it goes back', lease('192.0.2.1'), /not in the order of their addresses: 192\.0\.2\.1 again/],
    ['it is of no address', lease('nowhere'), /what is said to be a lease is none: of nowhere/],
    ['it is of no time', lease('192.0.2.3', '', 'NaN'), /what is said to be a lease is none: of 192\.0\.2\.3/],
  ])('is none where %s', async (_, wrong, says) => {
    await answering(lease('192.0.2.2'), wrong);
    const error: unknown = await source.page(10).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(LeasesUnavailable);
    expect(String(error)).toMatch(says);
  });
});

describe('a database that sends without end', () => {
  const endless = async (): Promise<EndlessPostgres> =>
    open(await startEndlessPostgres('query', COLUMNS, lease('192.0.2.1')));

  it('costs four readers at once no more than a few megabytes', async () => {
    const peer = await endless();
    const reads = await Promise.allSettled([1, 2, 3, 4].map(() => source.page(1_000)));
    for (const read of reads) {
      expect(read).toMatchObject({
        status: 'rejected',
        reason: new LeasesUnavailable('PostgreSQL: an answer that takes more than 4 MiB'),
      });
    }
    await until('the end of each', 5, () => Promise.resolve(peer.ended === 4), 10);
    expect(peer.sent).toBeLessThan(64 * 1024 * 1024);
  });

  it.each([
    ['one lease', () => source.get('192.0.2.1'), '1 MiB'],
    ['statistics', () => source.usage(() => undefined), '48 MiB'],
    ['the leases of addresses', () => source.ofAddresses(['192.0.2.1']), '1 MiB'],
    ['active leases', () => source.countActive([1, 2]), '1 MiB'],
  ])('is cut off where it is asked for %s', async (_, ask, most) => {
    await endless();
    await expect(ask()).rejects.toThrow(`PostgreSQL: an answer that takes more than ${most}`);
  });
});
