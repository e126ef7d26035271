import { describe, expect, it } from 'vitest';
import { ApiFailure } from './failure.ts';
import { meets, parseLabelSelector, type Requirement } from './labelSelector.ts';

const at = (key: string, operator: Requirement['operator'], ...values: string[]): Requirement => ({
  key,
  operator,
  values,
});

describe('a label selector', () => {
  it.each<[string, readonly Requirement[], string]>([
    ['', [], 'nothing selects everything'],
    [' \t\n', [], 'space is nothing'],
    ['a=b', [at('a', 'In', 'b')], 'equality'],
    ['a==b', [at('a', 'In', 'b')], 'equality by its other sign'],
    ['a!=b', [at('a', 'NotIn', 'b')], 'inequality'],
    ['a=', [at('a', 'In', '')], 'the empty value'],
    ['a=,b', [at('a', 'In', ''), at('b', 'Exists')], 'the empty value before a comma'],
    ['a', [at('a', 'Exists')], 'existence'],
    ['!a', [at('a', 'DoesNotExist')], 'absence'],
    ['! a , b', [at('a', 'DoesNotExist'), at('b', 'Exists')], 'space does not count'],
    ['a in (b)', [at('a', 'In', 'b')], 'a set of one'],
    ['a in (b, c ,d),e notin(f)', [at('a', 'In', 'b', 'c', 'd'), at('e', 'NotIn', 'f')], 'sets'],
    ['a in (b,,b)', [at('a', 'In', 'b', '')], 'a value twice, and the empty one'],
    ['a in ()', [at('a', 'In', '')], 'no value is the empty one'],
    ['example.org/a=b', [at('example.org/a', 'In', 'b')], 'a key with a prefix'],
    ['a=in', [at('a', 'In', 'in')], 'an operator as a value'],
    ['a=1.2_x-Y', [at('a', 'In', '1.2_x-Y')], 'every character of a value'],
  ])('%j is understood: %#', (text, expected, because) => {
    expect(parseLabelSelector(text), because).toEqual(expected);
  });

  it.each([
    ['a,', 'the key of a label is expected, and the end is found'],
    [',a', 'the key of a label is expected, and "," is found'],
    ['a b', '=, ==, !=, in or notin is expected, and "b" is found'],
    ['a=b c', '"," or the end is expected, and "c" is found'],
    ['a in b', '"(" is expected, and "b" is found'],
    ['a in (b', '"," or ")" is expected, and the end is found'],
    ['a in (b c)', '"," or ")" is expected, and "c" is found'],
    ['a>1', '=, ==, !=, in or notin is expected, and ">" is found'],
    ['a<1', '=, ==, !=, in or notin is expected, and "<" is found'],
    ['!', 'the key of a label is expected, and the end is found'],
    ['=b', 'the key of a label is expected, and "=" is found'],
    ['a="b"', '""b"" is no value of a label'],
    ["a='b'", '"\'b\'" is no value of a label'],
    ['-a=b', '"-a" is no key of a label'],
    ['a/b/c=d', '"a/b/c" is no key of a label'],
    ['/a=b', '"/a" is no key of a label'],
    ['A.b/c', '"A.b/c" is no key of a label'],
    [`a=${'b'.repeat(64)}`, 'is no value of a label'],
    [`a=${'\u001b'.repeat(64)}`, 'is no value of a label'],
  ])('%j is refused', (text, message) => {
    expect(() => parseLabelSelector(text)).toThrow(ApiFailure);
    expect(() => parseLabelSelector(text)).toThrow(message);
  });

  // Time that grows with the square of the length would be felt here: a million characters are read at once.
  it.each(['a'.repeat(1e6), '!'.repeat(1e6), '('.repeat(1e6), ' '.repeat(1e6) + '=', `${'a-.'.repeat(3e5)}/b`])(
    'of a million characters is judged at once: %#',
    (text) => {
      expect(() => parseLabelSelector(text)).toThrow(/^the label selector cannot be read: .{0,300}$/);
    },
  );

  it('of many values is understood', () => {
    const values = Array.from({ length: 50_000 }, (_, n) => `v${n}`);
    expect(parseLabelSelector(`a in (${values.join(',')})`)).toEqual([at('a', 'In', ...values)]);
  });
});

describe('a requirement', () => {
  it.each<[Requirement, string | undefined, boolean]>([
    [at('a', 'In', 'b'), 'b', true],
    [at('a', 'In', 'b'), 'c', false],
    [at('a', 'In', ''), undefined, false],
    [at('a', 'NotIn', 'b'), 'b', false],
    [at('a', 'NotIn', 'b'), 'c', true],
    [at('a', 'NotIn', 'b'), undefined, true],
    [at('a', 'Exists'), '', true],
    [at('a', 'Exists'), undefined, false],
    [at('a', 'DoesNotExist'), '', false],
    [at('a', 'DoesNotExist'), undefined, true],
  ])('%j is met by %j: %s', (requirement, value, met) => {
    expect(meets(requirement, value)).toBe(met);
  });
});
