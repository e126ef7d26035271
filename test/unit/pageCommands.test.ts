import { expect, it } from 'vitest';
import { commandsOn, isAsOnPage, withOutputs } from '../support/pageCommands.ts';

const PAGE = `# Page

    $ kubectl get leases
    ADDRESS    EXPIRES
    10.7.0.1   30m
    $ kubectl apply -f - <<'END'
    {"a": 1}
    END
    applied

    kind: NoCommand
`;

it('commands are found with their input and their output', () => {
  expect(commandsOn(PAGE)).toEqual([
    { at: 3, command: 'kubectl get leases', output: ['ADDRESS    EXPIRES', '10.7.0.1   30m'] },
    { at: 8, command: 'kubectl apply -f - <<\'END\'\n{"a": 1}\nEND', output: ['applied'] },
  ]);
});

it.each<[string[], string, boolean]>([
  [['10.7.0.1   30m', 'b'], '10.7.0.1   1h59m\nb\n', true],
  [['10.7.0.1   30m'], '10.7.0.2   30m\n', false],
  [['10.7.0.1   30m'], '10.7.0.1   30m\nb\n', false],
  [['A   5m2s ago   B'], 'A   11s ago    B', true],
  [['08:09:02   +   02:00:5e:10:00:05'], '12:00:00   +   02:00:5e:10:00:05', true],
  [['02:00:5e:10:00:05'], '02:00:5e:10:00:06', false],
  [
    ['  resourceVersion: "14"', '  at: 2026-11-28T08:38:49Z'],
    '  resourceVersion: "15"\n  at: 2027-01-01T00:00:00Z',
    true,
  ],
  [['{"a":1,…,"z":[2]}'], '{"a":1,"b":2,"z":[2]}', true],
  [['{"a":1,…,"z":[2]}'], '{"a":1,"b":2,"z":[3]}', false],
  [['2001:db8:8000::/56'], '2001:db8:8001::/56', false],
])('%j and %j: %j', (output, printed, expected) => {
  expect(isAsOnPage(output, printed)).toBe(expected);
});

it('what was printed takes the place of what was there', () => {
  const [first, second] = commandsOn(PAGE);
  if (first === undefined || second === undefined) throw new Error('no commands');
  const printed = new Map([
    [first, 'ADDRESS\n'],
    [second, 'unchanged\nor not'],
  ]);
  expect(withOutputs(PAGE, printed)).toBe(
    PAGE.replace('    ADDRESS    EXPIRES\n    10.7.0.1   30m\n', '    ADDRESS\n').replace(
      '    applied\n',
      '    unchanged\n    or not\n',
    ),
  );
});
