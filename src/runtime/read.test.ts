import { describe, expect, it } from 'vitest';
import { randomFrom } from '../../test/support/random.ts';
import { createListReader } from './listReader.ts';
import { readEvent, readObject } from './read.ts';
import type { Bounds } from './resource.ts';

const BOUNDS: Bounds = { bytes: 1000, levels: 5, values: 50 };
const OWNER = { managedFields: [{ manager: 'kubectl', fieldsV1: { 'f:spec': {} } }] };
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

const bytesOf = (value: unknown, space?: number): Buffer => Buffer.from(JSON.stringify(value, null, space));
const widget = (spec: unknown, metadata: object = {}, more: object = {}): unknown => ({
  metadata: { name: 'ball', ...OWNER, ...metadata },
  spec,
  ...more,
});
const nested = (levels: number): unknown => (levels === 0 ? 1 : { a: nested(levels - 1) });

describe('an object', () => {
  it.each<{ because: string; given: unknown; read: unknown }>([
    {
      because: 'without what nobody reads, and otherwise as it is',
      given: widget({ a: [1, 'ü\n"'] }, { annotations: { [LAST_APPLIED]: '{}', keep: 'me' } }),
      read: { metadata: { name: 'ball', annotations: { keep: 'me' } }, spec: { a: [1, 'ü\n"'] } },
    },
    {
      because: 'at the bounds as a whole',
      given: widget({ text: 'x'.repeat(989) }),
      read: { metadata: { name: 'ball' }, spec: { text: 'x'.repeat(989) } },
    },
    {
      because: 'that is too large without its largest member',
      given: widget({ ref: { name: 'a' }, free: { text: 'x'.repeat(1000) }, last: 1 }),
      read: {
        metadata: { name: 'ball' },
        spec: { ref: { name: 'a' }, last: 1 },
        unread: { part: 'spec', field: 'free', what: 'bytes', found: 1048, most: 1000 },
      },
    },
    {
      because: 'that is too deep without what is deep',
      given: widget({ a: nested(4), b: nested(5), c: nested(900) }),
      read: {
        metadata: { name: 'ball' },
        spec: { a: nested(4) },
        unread: { part: 'spec', field: 'b', what: 'levels', found: 901, most: 5 },
      },
    },
    {
      because: 'of too many values without what has most of them, though it is not the longest',
      given: widget({ text: 'x'.repeat(500), list: Array.from({ length: 60 }, () => ({})) }),
      read: {
        metadata: { name: 'ball' },
        spec: { text: 'x'.repeat(500) },
        unread: { part: 'spec', field: 'list', what: 'values', found: 62, most: 50 },
      },
    },
    {
      because: 'whose status is too large without a word: the spec means what it says',
      given: widget({}, {}, { status: { id: 3, text: 'x'.repeat(1000) } }),
      read: { metadata: { name: 'ball' }, spec: {}, status: { id: 3 } },
    },
    {
      because: 'with more labels than anybody reads without them',
      given: widget({}, { labels: { a: 'x'.repeat(33_000) }, annotations: { a: 'x'.repeat(33_000), b: 'y' } }),
      read: { metadata: { name: 'ball', annotations: { b: 'y' } }, spec: {} },
    },
    {
      because: 'whose finalizers are not all read, with a word: nobody can add his own to them',
      given: widget({}, { finalizers: ['x'.repeat(33_000)] }),
      read: {
        metadata: { name: 'ball' },
        spec: {},
        unread: { part: 'metadata', field: 'finalizers', what: 'bytes', found: 33_004, most: 32_768 },
      },
    },
    {
      because: 'whose part is no object, and too large, without it',
      given: { metadata: { name: 'ball' }, data: 'x'.repeat(1001) },
      read: { metadata: { name: 'ball' } },
    },
  ])('is read $because', ({ given, read }) => {
    expect(readObject(bytesOf(given), BOUNDS)).toEqual(read);
    expect(readObject(bytesOf(given, 1), { ...BOUNDS, bytes: 100_000 })).toMatchObject({ metadata: { name: 'ball' } });
  });

  it('of a great many fields is read as fast as one of few', () => {
    const spec = Object.fromEntries(Array.from({ length: 200_000 }, (_, index) => [`${index}`, 1]));
    expect(readObject(bytesOf(widget(spec)), BOUNDS).unread).toMatchObject({ what: 'bytes' });
  });

  it('may come in any order', () => {
    const spec = { free: 'x'.repeat(2000) };
    expect(readObject(bytesOf({ spec, metadata: { name: 'ball' } }), BOUNDS).unread).toMatchObject({ field: 'free' });
  });

  it('without bounds is whole but for its metadata: a Secret may have its MB', () => {
    const data = { a: 'x'.repeat(900_000) };
    expect(readObject(bytesOf({ ...(widget({}) as object), data }))).toEqual({
      metadata: { name: 'ball' },
      spec: {},
      data,
    });
  });

  it.each(['', 'null', '[]', '<html>', '{"metadata":{}', '{"metadata":{}]', '{"a" 1}', '{"a":tru}', '"{}"'])(
    'is not there in %j',
    (text) => {
      expect(() => readObject(Buffer.from(text), BOUNDS)).toThrow(SyntaxError);
    },
  );

  it('keeps a name that the prototype has as a field of its own', () => {
    const read = readObject(Buffer.from('{"spec":{"__proto__":{"a":1}}}'), BOUNDS);
    expect(Object.keys(read.spec ?? {})).toEqual(['__proto__']);
  });
});

describe('whatever the objects hold', () => {
  const garbled = (seed: number): unknown => {
    const random = randomFrom(seed);
    return {
      kind: 'Widget',
      metadata: { name: `widget-${seed}` },
      spec: { a: random.garbage(8), b: random.garbage(8) },
    };
  };
  const seeds = Array.from({ length: 300 }, (_, index) => index + 1);

  it('one that is in bounds is what its JSON is', () => {
    for (const seed of seeds) {
      const bytes = bytesOf(garbled(seed), seed % 2);
      expect(readObject(bytes, { bytes: 1e6, levels: 100, values: 1e6 })).toEqual(JSON.parse(bytes.toString()));
    }
  });

  it('one that is not is what its JSON is without some fields, and within the bounds', () => {
    for (const seed of seeds) {
      const bounds = { bytes: 60, levels: 3, values: 5 };
      const bytes = bytesOf(garbled(seed));
      const { unread, ...read } = readObject(bytes, bounds);
      const whole = JSON.parse(bytes.toString()) as { spec: object };
      expect(whole).toMatchObject(read);
      expect(JSON.stringify(read.spec).length).toBeLessThanOrEqual(bounds.bytes);
      expect(unread === undefined).toBe(Object.keys(whole.spec).length === Object.keys(read.spec ?? {}).length);
    }
  });

  it('a list is its items, wherever it is cut', () => {
    const items = seeds.slice(0, 40).map(garbled);
    const metadata = { continue: 'x"]},{', resourceVersion: '5' };
    for (const list of [
      { kind: 'WidgetList', metadata, items },
      { items, metadata, kind: 'WidgetList' },
    ]) {
      for (const [seed, space] of [
        [1, 0],
        [2, 1],
        [3, 0],
      ] as const) {
        const bytes = bytesOf(list, space);
        const random = randomFrom(seed);
        const reader = createListReader((item) => readObject(item));
        for (let at = 0; at < bytes.length;) {
          const next = at + 1 + random.below(seed === 1 ? 1 : 3000);
          reader.write(bytes.subarray(at, next));
          at = next;
        }
        expect(reader.end()).toEqual({ metadata, items: JSON.parse(JSON.stringify(items)) as unknown });
      }
    }
  });
});

describe('a list', () => {
  const readAll = (text: string, most?: number) => {
    const reader = createListReader((item) => readObject(item, BOUNDS), most);
    reader.write(Buffer.from(text));
    return reader.end();
  };

  it.each([
    ['{"metadata":{"resourceVersion":"1"},"items":[]}', 0, 'may be empty'],
    ['{"metadata":{"resourceVersion":"1"},"items":null}', 0, 'of Go may be null'],
    [
      '{"items" : [ {"metadata":{"items":[1]}} , {"metadata":{}} ] ,"metadata":{"resourceVersion":"1"}}',
      2,
      'in any order',
    ],
    [
      '{"x":{"items":[1]},"metadata":{"resourceVersion":"1"},"items":[{"a":"items\\":["}]}',
      1,
      'has its items at the top',
    ],
    ['{"items":{"a":{}},"metadata":{"resourceVersion":"1"}}', 0, 'where they are a list'],
    [
      '{"x\\"items":[{}],"metadata":{"resourceVersion":"1"},"items":[{}]}',
      1,
      'also beside a key that ends like theirs',
    ],
  ])('%s: %i items, %s', (text, count) => {
    const { metadata, items } = readAll(text);
    expect(items).toHaveLength(count);
    expect(metadata).toEqual({ resourceVersion: '1' });
  });

  it.each([
    ['', 'nothing'],
    ['<html>', 'another thing'],
    ['null', 'no object'],
    ['[{"items":[]}]', 'a list of lists'],
    ['{"metadata":{},"items":[{"a":1},', 'one that breaks off between items'],
    ['{"metadata":{},"items":[{"a":', 'one that breaks off in an item'],
    ['{"metadata":{},"items":[{"a" 1}]}', 'one with an item that is broken'],
    [`{"metadata":{"a":"${'x'.repeat(70_000)}"},"items":[]}`, 'more beside the items than there can be'],
    [`{"items":[{"a":"${'x'.repeat(5_000_000)}"}]}`, 'an item larger than there can be'],
  ])('is not %#: %s', (text) => {
    expect(() => readAll(text)).toThrow(SyntaxError);
  });

  it('that does not say its version has none', () => {
    expect(readAll('{"metadata":{"continue":"x"},"items":[]}').metadata).toEqual({
      resourceVersion: '',
      continue: 'x',
    });
  });

  it('ends where it has more items than its reader expects', () => {
    expect(readAll('{"items":[{},{}]}', 2).items).toHaveLength(2);
    expect(() => readAll('{"items":[{},{},{}]}', 2)).toThrow('more than 2 items');
  });
});

describe('an event', () => {
  it('has a type, and an object that is read as any other', () => {
    const event = { type: 'MODIFIED', object: widget({ free: 'x'.repeat(2000), last: 1 }) };
    expect(readEvent(bytesOf(event), BOUNDS)).toMatchObject({ type: 'MODIFIED', object: { spec: { last: 1 } } });
  });

  it.each([
    '{}',
    '{"type":"ADDED"}',
    '{"type":["ADDED"],"object":{}}',
    '{"object":{}}',
    '{"type":"ADDED","object":[]}',
    '',
  ])('is not %j', (text) => {
    expect(() => readEvent(Buffer.from(text))).toThrow(SyntaxError);
  });
});

describe('conditions, whose texts are kept once', () => {
  it.each<{ because: string; status: unknown }>([
    { because: 'as they are', status: { conditions: [{ type: 'Ready', status: 'True', message: 'in every server' }] } },
    {
      because: 'that say the same',
      status: { conditions: [{ message: 'in every server' }, { message: 'in every server' }] },
    },
    { because: 'that are none', status: { conditions: [null, 7, 'text', [], { message: null, more: { a: 1 } }] } },
    { because: 'that are no list', status: { conditions: { type: 'Ready' } } },
    { because: 'of a status that is none', status: 'Ready' },
    { because: 'of no status', status: null },
  ])('are read $because', ({ status }) => {
    expect(readObject(bytesOf({ metadata: { name: 'ball' }, status }))).toEqual({ metadata: { name: 'ball' }, status });
  });
});
