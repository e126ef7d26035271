import { describe, expect, it } from 'vitest';
import { pair } from '../../test/support/objects.ts';
import { conditionsIn, messageIn, pass, plain, server, SYNC } from '../../test/support/passes.ts';
import { haPairKind } from '../api/haPair.ts';
import { report } from './report.ts';
import type { Attempt } from './types.ts';

describe('who serves whom', () => {
  const servers = [
    { name: 'a', node: 'node1', interfaces: ['lan0'] },
    { name: 'b', node: 'node2', interfaces: ['lan0'] },
  ];
  const inMode = (mode: string) => ({ ...plain, pair: pair({ ...SYNC, mode, servers, haPort: 8001 }) });
  const message = (attempt: Attempt): string => messageIn(report(attempt), 'hq', 'WorkloadAvailable');

  it.each<readonly [string, string, Attempt['servers'], string, RegExp]>([
    [
      'a standby answers nobody and serves',
      'HotStandby',
      [server('a', { answers: ['a'] }), server('b', { answers: [] })],
      'True/WorkloadAvailable',
      /all clients are answered/,
    ],
    [
      'the primary has closed sockets, and nobody has its scope: its partner is not said to serve',
      'HotStandby',
      [server('a', { answers: [], serving: false, message: 'closed' }), server('b', { answers: [] })],
      'Unknown/WorkloadUnavailable',
      /^no client is answered: a \(closed\) does not serve$/,
    ],
    [
      'somebody else has the port of one of two that do not serve: that is the reason, and at once that of Ready',
      'HotStandby',
      [
        server('a', { answers: [], serving: false, portInUse: true, message: 'in use' }),
        server('b', { answers: [], serving: false, message: 'closed' }),
      ],
      'Unknown/PortInUse',
      /^no client is answered: a \(in use\), b \(closed\) do not serve$/,
    ],
    [
      'with load balancing too',
      'LoadBalancing',
      [
        server('a', { answers: ['a'] }),
        server('b', { answers: [], serving: false, portInUse: true, message: 'in use' }),
      ],
      'Unknown/PortInUse',
      /^the clients of b are not answered: b \(in use\) does not serve; the partner answers its own alone$/,
    ],
    [
      'where the partner answers all clients it is the partner that is down, whatever the cause',
      'HotStandby',
      [
        server('a', { answers: [], serving: false, portInUse: true, message: 'in use' }),
        server('b', { answers: ['a'] }),
      ],
      'Unknown/PartnerDown',
      /^a \(in use\) does not serve clients; b answers them all$/,
    ],
    [
      'the partner has its scope',
      'HotStandby',
      [server('a', { answers: [], serving: false, message: 'closed' }), server('b', { answers: ['a'] })],
      'Unknown/PartnerDown',
      /^a \(closed\) does not serve clients; b answers them all$/,
    ],
    [
      'with load balancing one half is not answered',
      'LoadBalancing',
      [server('a', { answers: ['a'] }), server('b', { answers: [], serving: false, message: 'closed' })],
      'Unknown/ScopeUnserved',
      /^the clients of b are not answered: b \(closed\) does not serve; the partner answers its own alone$/,
    ],
    [
      'neither hears the other: an error at once, with the way that is cut',
      'HotStandby',
      [
        server('a', { state: 'partner-down', answers: ['a'], address: '192.0.2.1' }),
        server('b', { state: 'partner-down', answers: ['a'], address: '192.0.2.2' }),
      ],
      'False/SplitBrain',
      /a \(192\.0\.2\.1:8001\) and b \(192\.0\.2\.2:8001\)/,
    ],
  ])('%s', (_case, mode, outcomes, says, expected) => {
    const attempt = pass(inMode(mode), { servers: outcomes });
    expect(conditionsIn(report(attempt), 'hq')).toMatchObject({ WorkloadAvailable: says });
    expect(message(attempt)).toMatch(expected);
  });

  it('has of a server in its status what the schema has, and nothing else', () => {
    const known = {
      answers: [],
      serving: false,
      stuck: true,
      portInUse: true,
      clockOffset: 1,
      unackedClients: 1,
    } as const;
    const { statuses } = report(pass(inMode('HotStandby'), { servers: [server('a', known), server('b')] }));
    const written = statuses.find(({ object }) => object.metadata.name === 'hq');
    const { servers: shown } = written?.status as { readonly servers: readonly object[] };
    expect(shown).toHaveLength(2);
    const fields = Object.keys(haPairKind.status.shape.servers.unwrap().element.shape);
    expect(shown.flatMap((one) => Object.keys(one).filter((field) => !fields.includes(field)))).toEqual([]);
  });

  it('names the way that is cut where a server does not hear its partner, though both answer', () => {
    const addressed = (name: string, n: number, cutOff: boolean) => server(name, { address: `2001:db8::${n}`, cutOff });
    const result = report(pass(inMode('HotStandby'), { servers: [addressed('a', 1, false), addressed('b', 2, true)] }));
    expect(conditionsIn(result, 'hq')).toMatchObject({
      WorkloadAvailable: 'True/WorkloadAvailable',
      Synchronized: 'Unknown/HACommunicationInterrupted',
      Ready: 'Unknown/HACommunicationInterrupted',
    });
    expect(messageIn(result, 'hq', 'Ready')).toBe(
      'b (2001:db8::2) gets no answer from a ([2001:db8::1]:8001): open the way between them',
    );
  });

  it.each<readonly [string, readonly number[], string, RegExp]>([
    [
      'clocks that are far apart',
      [90_000, 0],
      'False/ClockSkew',
      /the clock of a is 90 s ahead of that of b.*a and b did/,
    ],
    ['something else', [0, 0], 'False/HATerminated', /a and b ended the work together/],
  ])(
    'servers that ended their work together for %s say so at once, and answer their clients',
    (_case, offsets, says, expected) => {
      const outcomes = offsets.map((clockOffset, n) =>
        server(['a', 'b'][n] ?? '', { state: 'terminated', clockOffset }),
      );
      const result = report(pass(inMode('HotStandby'), { servers: outcomes }));
      expect(conditionsIn(result, 'hq')).toMatchObject({
        WorkloadAvailable: 'True/WorkloadAvailable',
        Synchronized: says,
      });
      expect(messageIn(result, 'hq', 'Synchronized')).toMatch(expected);
    },
  );
});
