import { describe, expect, it } from 'vitest';
import { changedBeyondStatus, createCache } from './cache.ts';
import type { KubeObject } from './object.ts';

interface Widget extends KubeObject<{ owner?: string; tags?: string[] }> {
  spec: { owner?: string; tags?: string[] };
}

const widget = (
  name: string,
  version: string,
  spec: Widget['spec'] = {},
  more: Partial<Widget['metadata']> = {},
): Widget => ({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name, namespace: 'nursery', uid: `uid-${name}`, resourceVersion: version, generation: 1, ...more },
  spec,
});

const setup = () => {
  const cache = createCache<Widget>({
    indexes: {
      owner: ({ spec }) => (spec.owner === undefined ? [] : [spec.owner]),
      tag: ({ spec }) => spec.tags ?? [],
    },
  });
  const seen: string[] = [];
  cache.onChange((before, after) => {
    const version = (object: Widget | undefined): string => object?.metadata.resourceVersion ?? '-';
    seen.push(`${(after ?? before)?.metadata.name ?? ''} ${version(before)}→${version(after)}`);
  });
  return { cache, seen };
};

const names = (widgets: readonly Widget[]): string[] => widgets.map(({ metadata }) => metadata.name).sort();

describe('the list that a cache is given', () => {
  it('is asked for again where the resource is not served; what was there is kept meanwhile', () => {
    const { cache, seen } = setup();
    cache.replace([widget('ball', '1')]);
    expect(cache.isServed()).toBe(true);
    cache.unserved();
    expect([cache.isServed(), cache.hasSynced, cache.size]).toEqual([false, true, 1]);
    cache.replace([]);
    expect([cache.isServed(), cache.size, seen]).toEqual([true, 0, ['ball -→1', 'ball 1→-']]);
  });

  it('of one namespace after another makes it complete, and each replaces what is there alone', () => {
    const { cache } = setup();
    const [here, there] = cache.parts(['nursery', 'attic']);
    here?.replace([widget('ball', '1')]);
    expect([cache.hasSynced, names(cache.list())]).toEqual([false, ['ball']]);
    there?.replace([widget('kite', '2', {}, { namespace: 'attic' })]);
    expect([cache.hasSynced, names(cache.list())]).toEqual([true, ['ball', 'kite']]);
    here?.replace([]);
    expect(names(cache.list())).toEqual(['kite']);
  });

  it('is not waited for of a namespace that is refused; what is there is not known until it comes', () => {
    const { cache } = setup();
    const [here, there] = cache.parts(['nursery', 'attic']);
    there?.unserved();
    here?.replace([]);
    expect([cache.hasSynced, cache.isServed('nursery'), cache.isServed('attic')]).toEqual([true, true, false]);
    there?.replace([]);
    expect(cache.isServed('attic')).toBe(true);
  });

  it('makes it complete', async () => {
    const { cache } = setup();
    expect(cache.hasSynced).toBe(false);
    cache.replace([]);
    await cache.synced;
    expect(cache.hasSynced).toBe(true);
  });

  it('tells what is new, changed and gone, and nothing of what is as before', () => {
    const { cache, seen } = setup();
    cache.replace([widget('ball', '1'), widget('bear', '2'), widget('kite', '3')]);
    seen.length = 0;
    cache.replace([widget('ball', '1'), widget('bear', '8'), widget('yoyo', '9')]);
    expect(seen).toEqual(['kite 3→-', 'bear 2→8', 'yoyo -→9']);
    expect(cache.size).toBe(3);
  });
});

describe('an object', () => {
  it('that was deleted and created again under its name is told as gone and as new', () => {
    const { cache, seen } = setup();
    cache.put(widget('ball', '1'));
    cache.put(widget('ball', '7', {}, { uid: 'another' }));
    expect(seen).toEqual(['ball -→1', 'ball 1→-', 'ball -→7']);
  });

  it('is told as the cache held it when it goes', () => {
    const { cache, seen } = setup();
    cache.put(widget('ball', '1'));
    cache.remove(widget('ball', '5'));
    expect(seen).toEqual(['ball -→1', 'ball 1→-']);
  });

  it('that nobody knew is not told as gone', () => {
    const { cache, seen } = setup();
    cache.remove(widget('ball', '5'));
    expect(seen).toEqual([]);
  });

  it('is found by its key and in its namespace', () => {
    const { cache } = setup();
    cache.replace([widget('ball', '1'), widget('bear', '2', {}, { namespace: 'attic' })]);
    expect(cache.get('attic/bear')?.metadata.name).toBe('bear');
    expect(cache.get('attic/ball')).toBeUndefined();
    expect(names(cache.list('nursery'))).toEqual(['ball']);
    expect(names(cache.list('cellar'))).toEqual([]);
    expect(names(cache.list())).toEqual(['ball', 'bear']);
  });

  it('of no namespace has a key that says so', () => {
    const cache = createCache();
    cache.put({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1', resourceVersion: '1' } });
    expect(cache.get('/n1')?.kind).toBe('Node');
  });
});

describe('an index', () => {
  it('follows an object that moves from value to value', () => {
    const { cache } = setup();
    cache.put(widget('ball', '1', { owner: 'ada', tags: ['red', 'round'] }));
    cache.put(widget('bear', '2', { owner: 'ada' }));
    expect(names(cache.by('owner', 'ada'))).toEqual(['ball', 'bear']);
    cache.put(widget('ball', '3', { owner: 'bob', tags: ['round'] }));
    expect(names(cache.by('owner', 'ada'))).toEqual(['bear']);
    expect(names(cache.by('owner', 'bob'))).toEqual(['ball']);
    expect(names(cache.by('tag', 'red'))).toEqual([]);
    expect(cache.by('tag', 'round')[0]?.metadata.resourceVersion).toBe('3');
    cache.remove(widget('ball', '4', { tags: ['blue'] }));
    expect(names(cache.by('tag', 'round'))).toEqual([]);
  });

  it('that was not declared is a mistake of the program', () => {
    expect(() => setup().cache.by('colour', 'red')).toThrow(/no index "colour"/);
  });
});

describe('a listener', () => {
  it('that throws keeps nobody from hearing', () => {
    const { cache, seen } = setup();
    const cutOff = cache.onChange(() => {
      throw new Error('boom');
    });
    const late: string[] = [];
    cache.onChange((_, after) => late.push(after?.metadata.name ?? ''));
    cache.put(widget('ball', '1'));
    cutOff();
    cache.put(widget('bear', '2'));
    expect(late).toEqual(['ball', 'bear']);
    expect(seen).toHaveLength(2);
  });

  it('sees the cache as it is after the change', () => {
    const { cache } = setup();
    const sizes: number[] = [];
    cache.onChange(() => sizes.push(cache.size));
    cache.put(widget('ball', '1'));
    cache.remove(widget('ball', '1'));
    expect(sizes).toEqual([1, 0]);
  });
});

describe('a change beyond the status', () => {
  const base = widget('ball', '1');
  const cases: { because: string; after: Widget | undefined; beyond: boolean }[] = [
    {
      because: 'a new status leaves the generation',
      after: { ...widget('ball', '2'), status: { ready: true } },
      beyond: false,
    },
    { because: 'a new spec raises the generation', after: widget('ball', '2', {}, { generation: 2 }), beyond: true },
    {
      because: 'an annotation may steer',
      after: widget('ball', '2', {}, { annotations: { adopt: 'true' } }),
      beyond: true,
    },
    { because: 'a label may steer', after: widget('ball', '2', {}, { labels: { a: 'b' } }), beyond: true },
    { because: 'a finalizer came', after: widget('ball', '2', {}, { finalizers: ['a/b'] }), beyond: true },
    { because: 'deletion was asked for', after: widget('ball', '2', {}, { deletionTimestamp: 'now' }), beyond: true },
    { because: 'it is another object', after: widget('ball', '2', {}, { uid: 'another' }), beyond: true },
    { because: 'it is gone', after: undefined, beyond: true },
  ];
  it.each(cases)('$because: $beyond', ({ after, beyond }) => {
    expect(changedBeyondStatus(base, after)).toBe(beyond);
  });

  it('cannot be told from a kind without generations, so it counts', () => {
    const { generation: _, ...metadata } = base.metadata;
    const secret = { ...base, metadata };
    expect(changedBeyondStatus(secret, secret)).toBe(true);
  });
});
