import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LeaseAnswers, leaseOf, startLeaseAnswers } from '../../test/support/leaseAnswers.ts';
import { createTestTerminal, testSession, type TestTerminal } from '../../test/support/terminal.ts';
import { runRelease } from './release.ts';
import type { CliSession } from './session.ts';

const MAC = '02:00:5e:10:00:01';

let api: LeaseAnswers;
let terminal: TestTerminal;
let session: CliSession;

beforeEach(async () => {
  api = await startLeaseAnswers();
  terminal = createTestTerminal();
  session = testSession(api.http.kubeConfig(), terminal);
  api.leases = [
    leaseOf('10.7.0.1', { hwAddress: MAC, clientId: `01:${MAC}`, subnet: 'desks' }),
    leaseOf('10.7.0.2', { state: 'Declined', subnet: 'desks' }),
    leaseOf('2001:db8:8000::', { prefixLength: 56, duid: `00:03:00:01:${MAC}` }),
  ];
});
afterEach(async () => {
  await session.client.close();
  await api.close();
});

const released = (): readonly string[] => api.released.map(({ name }) => name).sort();
const YES = { yes: true };

describe('release', () => {
  it('shows the leases, asks, and says of which client each must still be', async () => {
    terminal.answers.push('y');
    expect(await runRelease(session, ['10.7.0.1', '2001:DB8:8000::/56'], {})).toBe(0);
    expect(terminal.written().split('\n')).toEqual([
      'NAMESPACE   ADDRESS              HW-ADDRESS          HOSTNAME   SUBNET   STATE    EXPIRES   PAIR',
      'dhcp        10.7.0.1             02:00:5e:10:00:01   <none>     desks    Active   30m       office',
      'dhcp        2001:db8:8000::/56   <none>              <none>     #7       Active   30m       office',
      expect.stringMatching(/^lease.state.kea-operator.io\/.* released$/),
      expect.stringMatching(/^lease.state.kea-operator.io\/.* released$/),
      '',
    ]);
    expect(api.released.find(({ name }) => name === '10.7.0.1')?.body).toEqual({
      apiVersion: 'state.kea-operator.io/v1alpha1',
      kind: 'LeaseRelease',
      spec: { hwAddress: MAC, clientId: `01:${MAC}` },
    });
    expect(terminal.said()).toEqual(['2 of 2 leases released, 0 failed.']);
  });

  it.each([
    ['by what they have in common', [], { subnet: 'desks', ...YES }, 0, ['10.7.0.1', '10.7.0.2']],
    ['by their state', [], { state: 'Declined', ...YES }, 0, ['10.7.0.2']],
    ['of a name that there is not the others', ['10.7.0.1', '10.7.0.99'], YES, 1, ['10.7.0.1']],
    ['none where none is meant', [], { subnet: 'nothing', ...YES }, 0, []],
    ['none where it is only tried', ['10.7.0.1'], { dryRun: true }, 0, []],
  ] as const)('%s', async (_because, given, flags, exit, expected) => {
    expect(await runRelease(session, given, flags)).toBe(exit);
    expect(released()).toEqual(expected);
  });

  it.each(['n', '', 'maybe'])('nothing after the answer %j', async (answer) => {
    terminal.answers.push(answer);
    expect(await runRelease(session, ['10.7.0.1'], {})).toBe(1);
    expect(released()).toEqual([]);
  });

  it.each([
    ['nobody is there to be asked', ['10.7.0.1'], {}, 'give --yes'],
    ['nothing is said', [], YES, 'Say which leases'],
    ['names and options are given', ['10.7.0.1'], { subnet: 'desks', ...YES }, 'not both'],
    ['a name is none', ['printer'], YES, 'is no name of a lease'],
  ])('is refused where %s', async (_because, given, flags, words) => {
    await expect(runRelease(session, given, flags)).rejects.toThrow(words);
    expect(released()).toEqual([]);
  });

  it('leaves alone what another client has by now', async () => {
    const { handler } = api.http;
    api.http.handler = (request, response) => {
      if (request.method === 'POST')
        api.leases = api.leases.map((lease) =>
          lease.spec.address === '10.7.0.1' ? leaseOf('10.7.0.1', { hwAddress: '02:00:5e:10:00:02' }) : lease,
        );
      return handler(request, response);
    };
    expect(await runRelease(session, ['10.7.0.1', '10.7.0.2'], YES)).toBe(1);
    expect(released()).toEqual(['10.7.0.2']);
    expect(terminal.said()).toEqual([
      '10.7.0.1 was not released: lease 10.7.0.1 is of another client by now',
      '1 of 2 leases released, 1 failed.',
    ]);
  });

  it('says the rule that is missing', async () => {
    api.forbidden.add('post leases/release dhcp');
    expect(await runRelease(session, ['10.7.0.1'], YES)).toBe(1);
    expect(terminal.said()[0]).toContain('resources: [leases/release]\n      verbs: [create]');
  });

  it('tells the first of many failures, and counts them', async () => {
    api.leases = Array.from({ length: 100 }, (_, n) => leaseOf(`10.7.1.${n}`, { subnet: 'desks' }));
    api.forbidden.add('post leases/release dhcp');
    expect(await runRelease(session, [], { subnet: 'desks', ...YES })).toBe(1);
    expect(terminal.said().filter((line) => line.includes('was not released'))).toHaveLength(20);
    expect(terminal.said().at(-1)).toBe('0 of 100 leases released, 100 failed.');
    expect(terminal.written()).toContain('… and 80 more\n');
  });

  it('is not tried on an API that knows no release', async () => {
    const { handler } = api.http;
    api.http.handler = (request, response) => {
      if (request.method === 'POST') api.isServed = false;
      return handler(request, response);
    };
    expect(await runRelease(session, [], { subnet: 'desks', ...YES })).toBe(1);
    expect(released()).toEqual([]);
    expect(terminal.said()[0]).toContain('knows no release');
  });

  it('ends when it is interrupted', async () => {
    terminal.onProgress = () => {
      terminal.interrupt();
    };
    await expect(runRelease(session, ['10.7.0.1'], YES)).resolves.toBe(0);
    await expect(runRelease(session, ['10.7.0.2'], YES)).rejects.toThrow('interrupted');
    expect(released()).toEqual(['10.7.0.1']);
  });
});
