import { describe, expect, it } from 'vitest';
import { randomFrom } from '../../test/support/random.ts';
import { isBuiltIn, isGenerated, needsNoDefinition, orderClasses, placesFor } from './classOrder.ts';

const test = (...members: readonly string[]): string => members.map((name) => `member('${name}')`).join(' or ');

describe('names', () => {
  it.each([
    ['ALL', true, true],
    ['KNOWN', true, true],
    ['UNKNOWN', true, true],
    ['BOOTP', true, true],
    ['DROP', false, true],
    ['SKIP_DDNS', false, true],
    ['VENDOR_CLASS_docsis3.0', false, true],
    ['HA_server1', false, true],
    ['AFTER_lunch', false, true],
    ['EXTERNAL_x', false, true],
    ['SPAWN_template_x', false, true],
    ['HA_', false, false],
    ['known', false, false],
    ['gold', false, false],
  ])('%s: built in %s, without a definition %s', (name, builtIn, free) => {
    expect([isBuiltIn(name), needsNoDefinition(name)]).toEqual([builtIn, free]);
  });

  it('are of nobody where only the beginning is Kea’s', () => {
    expect(['VENDOR_CLASS_', 'VENDOR_CLASS_a', 'MY_HA_a'].map(isGenerated)).toEqual([false, true, false]);
  });
});

describe('the order of classes', () => {
  it('is by what they ask for, then by order, then by name', () => {
    const { names } = orderClasses([
      { name: 'b' },
      { name: 'late', order: 9 },
      { name: 'a' },
      { name: 'early', order: -1, test: test('late') },
      { name: 'c', test: test('b') },
      { name: 'B' },
    ]);
    expect(names).toEqual(['B', 'a', 'b', 'c', 'late', 'early']);
  });

  it('has every class after all that it asks for, whatever they are', () => {
    for (let seed = 0; seed < 200; seed++) {
      const random = randomFrom(seed);
      const classes = Array.from({ length: 12 }, (_, n) => {
        const asked = Array.from({ length: random.below(3) }, () => random.below(12)).filter((one) => one < n);
        return {
          name: `c${(n * 7) % 12}`,
          test: test(...asked.map((one) => `c${(one * 7) % 12}`)),
          order: random.below(3),
        };
      });
      const { names, cycles, unknown } = orderClasses(classes);
      expect([names.length, cycles.size, unknown.size]).toEqual([12, 0, 0]);
      for (const one of classes) {
        for (const [, asked = ''] of one.test.matchAll(/'(.*?)'/g))
          expect(names.indexOf(asked)).toBeLessThan(names.indexOf(one.name));
      }
    }
  });

  it('cannot be where they ask for one another, and says how', () => {
    const { names, cycles } = orderClasses([
      { name: 'a', test: test('b') },
      { name: 'b', test: test('c', 'free') },
      { name: 'c', test: test('a') },
      { name: 'self', test: test('self') },
      { name: 'behind', test: test('c') },
      { name: 'free' },
    ]);
    expect(names).toEqual(['free']);
    expect([...cycles.keys()].sort()).toEqual(['a', 'b', 'behind', 'c', 'self']);
    expect(cycles.get('a')).toEqual(['a', 'b', 'c']);
    expect(cycles.get('behind')).toEqual(['c', 'a', 'b']);
    expect(cycles.get('self')).toEqual(['self']);
  });

  it('finds classes that are nowhere', () => {
    const { unknown } = orderClasses([
      { name: 'a', test: test('b', 'gone', 'HA_s1', 'DROP', 'KNOWN') },
      { name: 'b', test: 'not an expression' },
    ]);
    expect([...unknown]).toEqual([['a', ['gone']]]);
  });

  it('finds those that hang on whether there is a reservation, by others too', () => {
    const { dependOnKnown } = orderClasses(
      [
        { name: 'direct', test: "member('UNKNOWN')" },
        { name: 'indirect', test: "not member('direct')" },
        { name: 'farther', test: "member('indirect') and member('free')" },
        { name: 'reserved' },
        { name: 'by-reservation', test: "member('reserved')" },
        { name: 'free', test: "option[60].text == 'KNOWN'" },
      ],
      new Set(['reserved']),
    );
    expect([...dependOnKnown].sort()).toEqual(['by-reservation', 'direct', 'farther', 'indirect']);
  });
});

describe('places', () => {
  const places = (...entries: readonly (readonly [string, number])[]) => new Map(entries);
  const listed = (names: readonly string[], ...more: readonly [ReadonlyMap<string, number>?, ReadonlySet<number>?]) =>
    [...placesFor(names, ...more)].map(([name, place]) => `${name}=${place}`).join(' ');

  it('have room between them', () => {
    expect(listed(['a', 'b', 'c'])).toBe('a=1024 b=2048 c=3072');
  });

  it('stay where they are right, and go where a class goes', () => {
    const known = places(['a', 1024], ['b', 2048], ['c', 3072]);
    expect(listed(['a', 'b', 'c'], known)).toBe('a=1024 b=2048 c=3072');
    expect(listed(['a', 'c'], known)).toBe('a=1024 c=3072');
  });

  it('change for the class alone that comes, or moves', () => {
    const known = places(['a', 1024], ['b', 2048], ['c', 3072]);
    expect(listed(['new', 'a', 'b', 'c'], known)).toBe('new=512 a=1024 b=2048 c=3072');
    expect(listed(['a', 'new', 'b', 'c'], known)).toBe('a=1024 new=1536 b=2048 c=3072');
    expect(listed(['a', 'b', 'c', 'new'], known)).toBe('a=1024 b=2048 c=3072 new=4096');
    expect(listed(['c', 'a', 'b'], known)).toBe('c=512 a=1024 b=2048');
    expect(listed(['b', 'c', 'a'], known)).toBe('b=2048 c=3072 a=4096');
  });

  it('are new for all where there is no room left', () => {
    expect(listed(['a', 'new', 'b'], places(['a', 7], ['b', 8]))).toBe('a=1024 new=2048 b=3072');
  });

  it('are never those of others, nor one for two', () => {
    expect(listed(['a', 'b'], places(['a', 1024], ['b', 1024]), new Set([2048]))).toBe('a=512 b=1024');
    expect(listed(['a', 'b'], places(['a', 1024]), new Set([1024]))).toBe('a=1025 b=2049');
  });

  it('ascend, each once, whatever they were', () => {
    for (let seed = 0; seed < 500; seed++) {
      const random = randomFrom(seed);
      const names = Array.from({ length: random.below(9) }, (_, n) => `c${n}`);
      const known = new Map(names.flatMap((name) => (random.below(3) ? [[name, random.below(20)] as const] : [])));
      const taken = new Set(Array.from({ length: random.below(5) }, () => random.below(20)));
      const found = [...placesFor(names, known, taken).values()];
      expect(found).toHaveLength(names.length);
      expect(found).toEqual(found.toSorted((a, b) => a - b));
      expect(new Set(found).size).toBe(found.length);
      expect(found.filter((place) => taken.has(place) || place < 1)).toEqual([]);
    }
  });
});
