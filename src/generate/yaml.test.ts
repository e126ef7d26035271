import { expect, test } from 'vitest';
import { toYaml } from './yaml.ts';

test.each([
  { because: 'a key that YAML 1.1 takes for false is quoted', value: { n: 1, off: 2 }, yaml: '"n": 1\n"off": 2\n' },
  {
    because: 'a value that YAML 1.1 takes for true is quoted',
    value: { mode: 'on', y: 'yes' },
    yaml: 'mode: "on"\n"y": "yes"\n',
  },
  {
    because: 'a value that YAML 1.1 takes for a number of base 60 is quoted',
    value: ['12:30:00'],
    yaml: '- "12:30:00"\n',
  },
  { because: 'a value that YAML 1.1 takes for a date is quoted', value: ['2026-01-02'], yaml: '- "2026-01-02"\n' },
  { because: 'real booleans and numbers stay what they are', value: [true, 5], yaml: '- true\n- 5\n' },
  {
    because: 'what occurs twice is written twice, without anchors',
    value: ((a) => [a, a])({ k: 1 }),
    yaml: '- k: 1\n- k: 1\n',
  },
])('$because', ({ value, yaml }) => {
  expect(toYaml(value)).toBe(yaml);
});

test('a long line stays one line', () => {
  expect(toYaml({ rule: 'a '.repeat(200).trim() }).split('\n')).toHaveLength(2);
});
