import { describe, expect, it } from 'vitest';
import { unmarked } from '../../test/support/objects.ts';
import { state, subnet } from '../../test/support/rows.ts';
import { DHCPV4 } from '../kea/dhcpv4.ts';
import type { RunningKey, RunningObject } from '../kea/json.ts';
import { desiredRunning, type Running, stepsBetween, unexplained } from './steps.ts';

const running = (items: Partial<Record<RunningKey, RunningObject>>): Running =>
  new Map(Object.entries(items) as [RunningKey, RunningObject][]);

describe('stepsBetween', () => {
  const cases: readonly {
    readonly because: string;
    readonly runs: Running;
    readonly desired: Running;
    readonly steps: readonly string[];
  }[] = [
    {
      because: 'a server that runs everything has nothing to do',
      runs: running({ '4/subnet/1': { digest: 'a' }, '4/network/n': { digest: 'b' } }),
      desired: running({ '4/subnet/1': { digest: 'a' }, '4/network/n': { digest: 'b' } }),
      steps: [],
    },
    {
      because: 'a new network comes before the subnet that is its member',
      runs: running({}),
      desired: running({ '4/subnet/1': { digest: 'a', network: 'n' }, '4/network/n': { digest: 'b' } }),
      steps: ['add network n', 'add subnet 1 → n'],
    },
    {
      because: 'a network goes after its subnets',
      runs: running({ '4/network/n': { digest: 'b' }, '4/subnet/1': { digest: 'a', network: 'n' } }),
      desired: running({}),
      steps: ['remove subnet 1 n →', 'remove network n'],
    },
    {
      because: 'another digest is an update',
      runs: running({ '4/subnet/1': { digest: 'a' } }),
      desired: running({ '4/subnet/1': { digest: 'c' } }),
      steps: ['update subnet 1'],
    },
    {
      because: 'another membership is an update even where the digest is the same',
      runs: running({ '4/network/n': { digest: 'b' }, '4/subnet/1': { digest: 'a' } }),
      desired: running({ '4/network/n': { digest: 'b' }, '4/subnet/1': { digest: 'a', network: 'n' } }),
      steps: ['update subnet 1 → n'],
    },
    {
      because: 'definitions and classes come by a pull, with what else there is',
      runs: running({ '4/class/old': { digest: 'a' }, '4/option-def/dhcp4/222': { digest: 'b' } }),
      desired: running({
        '4/subnet/1': { digest: 'a' },
        '4/class/a/b': { digest: 'c' },
        '4/option-def/dhcp4/222': { digest: 'd' },
      }),
      steps: ['add class a/b', 'update option-def dhcp4/222', 'remove class old', 'add subnet 1'],
    },
    {
      because: "a class without a marker, and a definition of somebody else's, stay",
      runs: running({ '4/class/theirs': { digest: '' }, '4/option-def/dhcp4/222': { digest: 'b' } }),
      desired: running({ '4/option-def/dhcp4/222': { digest: '' }, '4/option-def/dhcp4/223': { digest: '' } }),
      steps: [],
    },
    {
      because: "what carries no marker is somebody else's and stays",
      runs: running({ '4/subnet/9': { digest: '' } }),
      desired: running({}),
      steps: [],
    },
    {
      because: 'a subnet that is let go of loses its marker and stays',
      runs: running({ '4/subnet/9': { digest: 'a' } }),
      desired: running({ '4/subnet/9': { digest: '' } }),
      steps: ['update subnet 9'],
    },
    {
      because: 'the subnet that goes may hold the prefix of the one that comes',
      runs: running({ '4/subnet/1': { digest: 'a' } }),
      desired: running({ '4/subnet/2': { digest: 'b' } }),
      steps: ['remove subnet 1', 'add subnet 2'],
    },
  ];
  it.each(cases)('$because', ({ runs, desired, steps }) => {
    expect(
      stepsBetween(runs, desired).map((step) => {
        const move =
          step.kind === 'subnet' && (step.from ?? step.to) !== undefined
            ? ` ${step.from ?? ''} → ${step.to ?? ''}`
            : '';
        return `${step.op} ${step.kind} ${step.key}${move}`.replaceAll(/ +/g, ' ').trim();
      }),
    ).toEqual(steps);
  });
});

describe('desiredRunning and unexplained', () => {
  const office = subnet(1, '192.0.2.0/24');
  const digest = office.marker?.digest ?? '';

  it('somebody else’s row is no step, but loses our marker where the server still has it', () => {
    const desired = desiredRunning(DHCPV4, state({}), { subnets: new Map([[1, unmarked(office)]]) });
    expect(stepsBetween(new Map(), desired)).toEqual([]);
    expect(stepsBetween(new Map([['4/subnet/1', { digest: '' }]]), desired)).toEqual([]);
    expect(stepsBetween(new Map([['4/subnet/1', { digest }]]), desired)).toMatchObject([{ op: 'update', key: 1 }]);
  });

  const cases: readonly [because: string, runs: Running, proven: Running, desired: Running, count: number][] = [
    [
      'what was lost by itself',
      running({}),
      running({ '4/subnet/1': { digest } }),
      running({ '4/subnet/1': { digest } }),
      1,
    ],
    ['what came by itself', running({ '4/subnet/1': { digest } }), running({}), running({}), 1],
    ['a new desired state is an explanation', running({}), running({}), running({ '4/subnet/1': { digest } }), 0],
    [
      'so is a changed one',
      running({}),
      running({ '4/subnet/1': { digest: 'old' } }),
      running({ '4/subnet/1': { digest } }),
      0,
    ],
    ['so is a removal', running({ '4/subnet/1': { digest } }), running({ '4/subnet/1': { digest } }), running({}), 0],
    [
      'another membership is another desired state',
      running({ '4/subnet/1': { digest } }),
      running({ '4/subnet/1': { digest } }),
      running({ '4/subnet/1': { digest, network: 'n' } }),
      0,
    ],
  ];
  it.each(cases)('%s', (_, runs, proven, desired, count) => {
    expect(unexplained(DHCPV4, stepsBetween(runs, desired), proven, desired)).toHaveLength(count);
  });
});
