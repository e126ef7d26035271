import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LeaseAnswers, leaseOf, startLeaseAnswers } from '../../test/support/leaseAnswers.ts';
import { createTestTerminal, testSession, type TestTerminal } from '../../test/support/terminal.ts';
import { runFind } from './find.ts';
import type { CliSession } from './session.ts';

const MAC = '02:00:5e:10:00:01';
const FLAGS = { output: 'name', headers: true, scan: 100_000 } as const;

let api: LeaseAnswers;
let terminal: TestTerminal;
let session: CliSession;

beforeEach(async () => {
  api = await startLeaseAnswers();
  terminal = createTestTerminal();
  session = testSession(api.http.kubeConfig(), terminal);
  api.leases = [
    leaseOf('10.7.0.1', { hwAddress: MAC, hostname: 'hp-printer', subnet: 'desks' }),
    leaseOf('10.7.0.2', { hostname: 'printer-2', subnet: 'desks' }),
    leaseOf('10.8.0.1', { hwAddress: MAC, hostname: 'phone', namespace: 'branch', haPair: 'memory' }),
    leaseOf('2001:db8:8000::', { prefixLength: 56, duid: `00:03:00:01:${MAC}`, haPair: 'six' }),
  ];
  api.others.set('hostreservations', [
    {
      apiVersion: 'kea-operator.io/v1alpha1',
      kind: 'HostReservation',
      metadata: { name: 'spare', namespace: 'dhcp' },
      spec: { subnetRef: { name: 'desks' }, identifier: { hwAddress: MAC }, ipAddress: '10.7.0.9' },
      status: { use: 'Unused' },
    },
  ]);
});
afterEach(async () => {
  await session.client.close();
  await api.close();
});

const names = (): readonly string[] =>
  terminal
    .written()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/^.*\//, ''));

describe('find', () => {
  it.each([
    ['an address', ['10.7.0.2'], ['10.7.0.2']],
    ['a MAC address, in all namespaces and reservations', ['0200.5e10.0001'], ['10.7.0.1', '10.8.0.1', 'spare']],
    ['a DUID', [`00030001${MAC.replaceAll(':', '')}`], ['2001:db8:8000::-56']],
    ['an address in a delegated prefix', ['2001:db8:8000:1::5'], ['2001:db8:8000::-56']],
    ['all in a prefix', ['10.7.0.0/16'], ['10.7.0.1', '10.7.0.2', 'spare']],
    ['a Subnet', ['desks'], ['10.7.0.1', '10.7.0.2', 'spare']],
    ['the start of a host name', ['print'], ['10.7.0.2']],
    ['a part of a host name, where none begins so', ['rinte'], ['10.7.0.1', '10.7.0.2']],
    ['several things, each lease once', ['desks', '10.7.0.1', MAC], ['10.7.0.1', '10.7.0.2', '10.8.0.1', 'spare']],
  ])('%s', async (_because, given, expected) => {
    expect(await runFind(session, given, FLAGS)).toBe(0);
    expect(names()).toEqual(expected);
    expect(terminal.said()).toEqual([]);
  });

  it('is one table', async () => {
    await runFind(session, [MAC], { ...FLAGS, output: 'table' });
    expect(terminal.written().split('\n')).toEqual([
      'NAMESPACE   ADDRESS    HW-ADDRESS          HOSTNAME     SUBNET   STATE    EXPIRES   PAIR',
      'dhcp        10.7.0.1   02:00:5e:10:00:01   hp-printer   desks    Active   30m       office',
      'branch      10.8.0.1   02:00:5e:10:00:01   phone        #7       Active   30m       memory',
      'dhcp        10.7.0.9   02:00:5e:10:00:01   <none>       desks    Reserved   -         <none>',
      '',
    ]);
  });

  it('nothing has an exit code of its own', async () => {
    expect(await runFind(session, ['nobody'], FLAGS)).toBe(3);
    expect(terminal.said()).toEqual(['Nothing found for nobody in any namespace.']);
  });

  it('nothing, while a pair cannot be asked, is a failure', async () => {
    api.warnings = ['leases of HAPair broken/lost cannot be read'];
    expect(await runFind(session, ['10.9.9.9'], FLAGS)).toBe(1);
    expect(terminal.said()[0]).toBe('Warning: leases of HAPair broken/lost cannot be read');
  });

  it('who may not look into all namespaces looks into that of the context', async () => {
    api.forbidden.add('list leases *').add('list hostreservations *');
    expect(await runFind(session, [MAC], FLAGS)).toBe(0);
    expect(names()).toEqual(['10.7.0.1', 'spare']);
    expect(terminal.said()).toEqual([
      'You may not list the leases of all namespaces: only the namespace dhcp is searched. Name another with -n.',
    ]);
  });

  it('who may see neither is told the rule that is missing', async () => {
    api.forbidden.add('list leases *').add('list leases dhcp');
    await expect(runFind(session, [MAC], FLAGS)).rejects.toThrow(
      'In the namespace dhcp you may not list leases. It takes a Role with this rule, bound to you:\n    - apiGroups: [state.kea-operator.io]\n      resources: [leases]\n      verbs: [list]',
    );
  });

  it('who may not see reservations still finds leases', async () => {
    api.forbidden.add('list hostreservations *');
    expect(await runFind(session, [MAC], FLAGS)).toBe(0);
    expect(names()).toEqual(['10.7.0.1', '10.8.0.1']);
    expect(terminal.said()).toEqual(['Reservations that nobody uses are not shown, as you may not list them.']);
  });

  it('a namespace that is named is the only one', async () => {
    await session.client.close();
    session = testSession(api.http.kubeConfig(), terminal, { namespace: 'branch' });
    expect(await runFind(session, [MAC], FLAGS)).toBe(0);
    expect(names()).toEqual(['10.8.0.1']);
  });

  it('looks through host names as far as it may, and says so', async () => {
    api.pageSize = 1;
    const seen: string[] = [];
    terminal.onProgress = (text) => seen.push(text);
    expect(await runFind(session, ['hone'], { ...FLAGS, scan: 2 })).toBe(3);
    expect(seen[0]).toBe('looked through 1 lease for host names with "hone" …');
    expect(terminal.said()[0]).toBe(
      'Only the first 2 leases were looked through for host names with "hone" within them: --scan all looks through every one.',
    );
    expect(await runFind(session, ['hone'], { ...FLAGS, scan: Infinity })).toBe(0);
    expect(names()).toEqual(['10.8.0.1']);
  });

  it('a cluster without the lease API says what is missing', async () => {
    api.isServed = false;
    await expect(runFind(session, [MAC], FLAGS)).rejects.toThrow(
      'there is no APIService v1alpha1.state.kea-operator.io',
    );
  });
});
