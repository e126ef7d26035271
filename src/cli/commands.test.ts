import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type LeaseAnswers, leaseOf, startLeaseAnswers } from '../../test/support/leaseAnswers.ts';
import { createTestTerminal, testSession, type TestTerminal } from '../../test/support/terminal.ts';
import { runExport } from './export.ts';
import { runList } from './list.ts';
import { runReserve } from './reserve.ts';
import type { CliSession } from './session.ts';
import { runShow } from './show.ts';
import { runWatch } from './watch.ts';

const MAC = '02:00:5e:10:00:01';
const LIST = { output: 'name', headers: true } as const;

let api: LeaseAnswers;
let terminal: TestTerminal;
let session: CliSession;

beforeEach(async () => {
  api = await startLeaseAnswers();
  terminal = createTestTerminal();
  session = testSession(api.http.kubeConfig(), terminal);
  api.leases = [
    ...Array.from({ length: 2_500 }, (_, n) => leaseOf(`10.7.${n >> 8}.${n & 255}`, { subnet: 'desks' })),
    leaseOf('10.8.0.1', { hwAddress: MAC, hostname: 'phone', subnet: 'phones', reservation: 'phone' }),
    leaseOf('10.9.0.1', { namespace: 'branch', state: 'Declined', hwAddress: MAC }),
  ];
});
afterEach(async () => {
  await session.client.close();
  await api.close();
});

const lines = (): readonly string[] => terminal.written().trimEnd().split('\n');
const pagesAsked = (): number => api.http.seen.filter(({ query }) => query.limit === '1000').length;

describe('list', () => {
  it('is read in pages of a thousand', async () => {
    expect(await runList(session, LIST)).toBe(0);
    expect(lines()).toHaveLength(2_501);
    expect(pagesAsked()).toBe(3);
  });

  it('asks the API to choose', async () => {
    expect(await runList(session, { ...LIST, allNamespaces: true, state: 'declined,expired' })).toBe(0);
    expect(lines()).toEqual(['lease.state.kea-operator.io/10.9.0.1']);
  });

  it('ends at its limit', async () => {
    await runList(session, { ...LIST, limit: 1_200 });
    expect(lines()).toHaveLength(1_200);
    expect(pagesAsked()).toBe(2);
  });

  it('says that there are none', async () => {
    expect(await runList(session, { ...LIST, subnet: 'nothing' })).toBe(0);
    expect(terminal.said()).toEqual(['No leases found in the namespace dhcp.']);
  });
});

describe('show', () => {
  it('tells all that is known', async () => {
    const object = (kind: string, name: string, spec: object, status: object) => ({
      apiVersion: 'kea-operator.io/v1alpha1',
      kind,
      metadata: { name, namespace: 'dhcp' },
      spec,
      status,
    });
    const utilization = { total: 90, assigned: 12, declined: 1, outsidePools: 2, percent: 13 };
    api.others.set('subnets', [object('Subnet', 'phones', { cidr: '10.8.0.0/24' }, { utilization })]);
    const conditions = [{ type: 'Ready', status: 'False', reason: 'ServersDown' }];
    const servers = [
      { name: 'a', ipFamily: 'IPv4', state: 'hot-standby' },
      { name: 'b', ipFamily: 'IPv4' },
      // Those of the other family have states of their own.
      { name: 'a', ipFamily: 'IPv6', state: 'partner-down' },
    ];
    api.others.set('hapairs', [object('HAPair', 'office', { mode: 'HotStandby' }, { servers, conditions })]);
    api.forbidden.add('get hostreservations dhcp');
    expect(await runShow(session, '10.8.0.1')).toBe(0);
    expect(terminal.written()).toBe(`Lease 10.8.0.1 in the namespace dhcp
  State:          Active, until 2026-11-22T15:00:00Z (30m left)
  Last seen:      2026-11-22T14:00:00Z
  Given for:      1h
  HW address:     02:00:5e:10:00:01
  Host name:      phone
  Subnet:         phones, 10.8.0.0/24, Kea's id 7
  Utilisation:    12 of 90 addresses (13 %), 1 declined, 2 outside of the pools
  Reserved by:    phone (you may not read HostReservations)
  Pair:           office, HotStandby, a hot-standby, b of unknown state; not ready: ServersDown
`);
  });

  it('looks into other namespaces for what is not in its own', async () => {
    expect(await runShow(session, '10.9.0.1')).toBe(0);
    expect(lines()[0]).toBe('Lease 10.9.0.1 in the namespace branch');
  });

  it.each([
    ['printer', 'is no name of a lease'],
    ['10.7.255.255', 'There is no lease of 10.7.255.255 in any namespace.'],
  ])('%s: %s', async (given, words) => {
    await expect(runShow(session, given)).rejects.toThrow(words);
  });
});

describe('reserve', () => {
  it('prints a manifest', async () => {
    expect(await runReserve(session, '10.8.0.1', {})).toBe(0);
    expect(parse(terminal.written())).toEqual({
      apiVersion: 'kea-operator.io/v1alpha1',
      kind: 'HostReservation',
      metadata: { name: 'phone', namespace: 'dhcp' },
      spec: { subnetRef: { name: 'phones' }, identifier: { hwAddress: MAC }, ipAddress: '10.8.0.1' },
    });
    expect(terminal.said()).toEqual(['HostReservation phone keeps 10.8.0.1 for this very client already.']);
  });

  it('applies it, also twice, and never over that of another client', async () => {
    for (const _ of [1, 2]) expect(await runReserve(session, '10.8.0.1', { apply: true, hostname: 'p' })).toBe(0);
    const [made] = api.others.get('hostreservations') ?? [];
    expect(made).toMatchObject({ metadata: { name: 'phone' }, spec: { hostname: 'p', ipAddress: '10.8.0.1' } });
    const patch = api.http.seen.find(({ method }) => method === 'PATCH');
    expect(patch?.query).toMatchObject({ fieldManager: 'kubectl-kea', force: 'false' });
    api.leases.push(leaseOf('10.8.0.2', { hwAddress: '02:00:5e:10:00:02', subnet: 'phones' }));
    await expect(runReserve(session, '10.8.0.2', { apply: true, name: 'phone' })).rejects.toThrow(
      'The namespace dhcp has a HostReservation phone already, and it is for another client',
    );
  });

  it('says which right is missing', async () => {
    api.forbidden.add('patch hostreservations dhcp');
    await expect(runReserve(session, '10.8.0.1', { apply: true })).rejects.toThrow('verbs: [get, patch, create]');
  });
});

describe('export', () => {
  let directory: string;
  let file: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'export-'));
    file = join(directory, 'leases.csv');
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('has every lease, in a file for its owner alone', async () => {
    expect(await runExport(session, { output: 'csv', file })).toBe(0);
    expect((await readFile(file, 'utf8')).trimEnd().split('\r\n')).toHaveLength(2_502);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(directory)).toEqual(['leases.csv']);
    expect(terminal.said()).toEqual([`2501 leases are in ${file}.`]);
  });

  it('waits while the API cannot answer', async () => {
    api.failures = [0, 503, 503, 503, 503, 503];
    expect(await runExport(session, { output: 'jsonl' })).toBe(0);
    expect(lines()).toHaveLength(2_501);
    expect(terminal.said()).toEqual(['The lease API cannot answer at the moment: trying again.']);
  });

  it('begins anew where the list was forgotten before anything was written', async () => {
    api.pageSize = 0;
    api.failures = [0, 410];
    terminal.onProgress = () => (api.pageSize = 1_000);
    expect(await runExport(session, { output: 'jsonl' })).toBe(0);
    expect(lines()).toHaveLength(2_501);
  });

  it('says that it is not whole where the list was forgotten in the middle', async () => {
    api.failures = [0, 0, 410];
    await expect(runExport(session, { output: 'csv', file })).rejects.toThrow(
      'The list was cut short, as the lease API no longer knows where it was: run the command again. The 2000 leases that were written are not all.',
    );
    expect(await readdir(directory)).toEqual(['leases.csv.part']);
  });

  it('says that it is not whole where a pair could not be asked', async () => {
    api.warnings = ['leases of HAPair broken/lost cannot be read'];
    expect(await runExport(session, { output: 'jsonl' })).toBe(1);
    expect(terminal.said()).toEqual([
      'Warning: leases of HAPair broken/lost cannot be read',
      'The export is not whole: it lacks the leases of the pairs that the warnings name.',
    ]);
  });
});

describe('watch', () => {
  const FLAGS = { output: 'table', interval: 5, subnet: 'phones' } as const;

  /** What is different at each look after the first. */
  const looks = (...changes: readonly (() => void)[]): void => {
    let looked = 0;
    const { handler } = api.http;
    api.http.handler = (request, response) => {
      changes[looked++ - 1]?.();
      return handler(request, response);
    };
  };

  it('tells what comes, goes and changes', async () => {
    const phone = { subnet: 'phones', hwAddress: MAC };
    looks(
      () => (api.leases = [...api.leases, leaseOf('10.8.0.2', phone)]),
      () =>
        (api.leases = api.leases.map((l) =>
          l.spec.address === '10.8.0.2' ? leaseOf('10.8.0.2', { ...phone, state: 'Declined' }) : l,
        )),
      () => (api.leases = []),
    );
    expect(await runWatch(session, { ...FLAGS, count: 4 })).toBe(0);
    const [titles, ...told] = lines().map((line) => line.split(/ {2,}/));
    expect(titles).toEqual([
      'TIME',
      'NAMESPACE',
      'ADDRESS',
      'HW-ADDRESS',
      'HOSTNAME',
      'SUBNET',
      'STATE',
      'EXPIRES',
      'PAIR',
    ]);
    expect(told.map(([, mark, , address, , , , state]) => [mark, address, state])).toEqual([
      ['+', '10.8.0.2', 'Active'],
      ['~', '10.8.0.2', 'Declined'],
      ['-', '10.8.0.1', 'Active'],
      ['-', '10.8.0.2', 'Declined'],
    ]);
    expect(terminal.said()).toEqual(['Watching 1 lease, every 5 s. Ctrl-C ends it.']);
  });

  it('goes on through failures, and takes nothing for gone', async () => {
    api.failures = [0, 500, 500, 0];
    expect(await runWatch(session, { ...FLAGS, count: 4 })).toBe(0);
    expect(terminal.written()).toBe('');
    expect(terminal.said().at(-1)).toBe('The lease API answers again.');
  });

  it('does not begin where it could only fail', async () => {
    api.forbidden.add('list leases dhcp');
    await expect(runWatch(session, FLAGS)).rejects.toThrow('you may not list leases');
  });
});
