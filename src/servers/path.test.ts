import { describe, expect, it } from 'vitest';
import { choosePath } from './path.ts';
import type { Step } from './steps.ts';

const subnets = (op: Step['op'], count: number): readonly Step[] =>
  Array.from({ length: count }, (_, key) => ({ kind: 'subnet', op, key }));

describe('choosePath', () => {
  const cases: readonly {
    readonly because: string;
    readonly steps: readonly Step[];
    readonly path: 'live' | 'pull';
  }[] = [
    { because: 'one changed subnet goes live', steps: subnets('update', 1), path: 'live' },
    { because: 'a handful goes live', steps: subnets('update', 10), path: 'live' },
    { because: 'additions cost half', steps: subnets('add', 25), path: 'live' },
    { because: 'many changes are one pull', steps: subnets('update', 100), path: 'pull' },
    { because: 'a new network goes live', steps: [{ kind: 'network', op: 'add', key: 'n' }], path: 'live' },
    {
      because: "a network's own values have no live command",
      steps: [{ kind: 'network', op: 'update', key: 'n' }, ...subnets('update', 1)],
      path: 'pull',
    },
    { because: 'a class changes by a pull', steps: [{ kind: 'class', op: 'add', key: 'gold' }], path: 'pull' },
    {
      because: 'so does a definition of an option, whatever else goes with it',
      steps: [{ kind: 'option-def', op: 'remove', key: 'dhcp4/222' }, ...subnets('update', 1)],
      path: 'pull',
    },
  ];
  it.each(cases)('$because', ({ steps, path }) => {
    expect(choosePath(steps, 5000)).toBe(path);
  });
});
