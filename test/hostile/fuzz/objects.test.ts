import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { at } from '../../../src/compile/objects.ts';
import { canonicalJson, equalBodies } from '../../../src/kea/canonical.ts';
import { isTooDeep } from '../../../src/kea/nesting.ts';
import { legible, legibleLines } from '../../../src/runtime/legible.ts';
import { createListReader } from '../../../src/runtime/listReader.ts';
import type { KubeObject, List } from '../../../src/runtime/object.ts';
import { readEvent, readObject } from '../../../src/runtime/read.ts';
import { fuzz, INPUTS, isLine } from '../../support/fuzz.ts';
import { changed, changes, garbage, hostileText } from '../../support/hostile.ts';

const BOUNDS = { bytes: 300, levels: 5, values: 20 };
const GOOD = {
  apiVersion: 'v1',
  kind: 'Widget',
  metadata: { name: 'ball', labels: { a: 'b' }, annotations: { c: 'd' }, managedFields: [{}], finalizers: ['x'] },
  spec: { ref: { name: 'a' }, list: [1, { a: 2 }], text: 'x' },
  status: { conditions: [{ type: 'Ready' }] },
};
const PIECES = [
  '{',
  '}',
  '[',
  ']',
  ':',
  ',',
  '"',
  '\\',
  '\\"',
  '\\u00',
  ' ',
  '\n',
  '"metadata"',
  '"spec":',
  '"items":[',
  '{}',
  '"a":1',
  'null',
  'tru',
  '1e9',
];

/** `undefined` has no text. */
const textOf = (value: unknown, space = 0): string => JSON.stringify(value ?? null, null, space);

const objectOf = (most: number) =>
  fc.tuple(changes(most), fc.constantFrom(0, 1)).map(([made, space]) => textOf(changed(GOOD, made), space));
const object = objectOf(4);
/** A document with a piece cut out, or another put in. */
const broken = (document: fc.Arbitrary<string>) =>
  fc
    .tuple(document, fc.nat(), fc.nat(20), fc.oneof(fc.constant(''), hostileText(64, PIECES)))
    .map(([text, place, length, put]) => {
      const at = place % (text.length + 1);
      return text.slice(0, at) + put + text.slice(at + length);
    });
const anyText = (document: fc.Arbitrary<string>) =>
  fc.oneof(
    { weight: 3, arbitrary: document },
    { weight: 3, arbitrary: broken(document) },
    { weight: 1, arbitrary: hostileText(1000, PIECES) },
  );
const bytesOf = (text: string): Buffer => Buffer.from(text);

/** Undefined where it is no JSON, which is all that a reader may say against it. */
const orBroken = <T>(read: () => T): T | undefined => {
  try {
    return read();
  } catch (error) {
    expect(error).toBeInstanceOf(SyntaxError);
    return undefined;
  }
};
const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Of a key that is there twice JSON.parse takes the last, and a reader may refuse the first. */
const isTwice = (text: string): boolean => text.split('"metadata"').length > 2;

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

const levelsOf = (value: unknown): number => {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Object.values(value).reduce((most: number, inner: unknown) => Math.max(most, levelsOf(inner)), 0);
};
const valuesOf = (value: unknown): number => {
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce((sum: number, inner: unknown) => sum + 1 + valuesOf(inner), 0);
};

const expectWithin = ({ metadata: _, unread: _unread, ...parts }: KubeObject): void => {
  for (const part of Object.values(parts)) {
    expect(levelsOf(part)).toBeLessThanOrEqual(BOUNDS.levels);
    expect(valuesOf(part)).toBeLessThanOrEqual(BOUNDS.values);
  }
};

/** The same bytes in pieces, which may each be empty. */
const inPieces = (bytes: Buffer, cuts: readonly number[]): readonly Buffer[] => {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
};

describe('an object', () => {
  it('is read within its bounds or is none, whatever the bytes are', () => {
    fuzz(INPUTS, anyText(object), (text) => {
      const read = orBroken(() => readObject(bytesOf(text), BOUNDS));
      if (read) expectWithin(read);
      else if (!isTwice(text)) expect(isObject(parsed(text)) && isObject(at(parsed(text), 'metadata'))).toBe(false);
    });
  });

  it('that has no bounds is what its JSON is, but for its metadata', () => {
    fuzz(INPUTS / 10, object, (text) => {
      const { metadata: _, ...whole } = (JSON.parse(text) ?? {}) as KubeObject;
      const {
        metadata: _read,
        unread: _unread,
        ...read
      } = orBroken(() => readObject(bytesOf(text))) ?? { ...whole, metadata: {} };
      expect(JSON.stringify(read)).toBe(JSON.stringify(whole));
    });
  });

  it('in an event is read as any other, or the event is none', () => {
    const event = fc
      .tuple(fc.constantFrom('ADDED', 'BOOKMARK', 'ERROR', 'x"'), object, changes(1))
      .map(([type, text, made]) => textOf(changed({ type, object: parsed(text) }, made)));
    fuzz(INPUTS / 10, anyText(event), (text) => {
      const read = orBroken(() => readEvent(bytesOf(text), BOUNDS));
      if (!read) return;
      expectWithin(read.object);
      expect(typeof read.type).toBe('string');
    });
  });
});

describe('a list', () => {
  const list = fc
    .tuple(fc.array(objectOf(1).map(parsed), { maxLength: 3 }), changes(2), fc.constantFrom(0, 1))
    .map(([items, made, space]) =>
      textOf(changed({ kind: 'WidgetList', metadata: { resourceVersion: '5' }, items }, made), space),
    );
  const readIn = (pieces: readonly Buffer[]): List<KubeObject> => {
    const reader = createListReader((item) => readObject(item, BOUNDS), 100);
    for (const piece of pieces) reader.write(piece);
    return reader.end();
  };

  it('is the same wherever it is cut, or broken wherever it is cut', () => {
    const cuts = fc.array(fc.nat(), { maxLength: 6, size: 'max' });
    fuzz(INPUTS / 4, fc.tuple(anyText(list), cuts), ([text, places]) => {
      const bytes = bytesOf(text);
      const whole = orBroken(() => readIn([bytes]));
      const again = orBroken(() => readIn(inPieces(bytes, places)));
      expect(JSON.stringify(again)).toBe(JSON.stringify(whole));
      for (const item of whole?.items ?? []) expectWithin(item);
      if (whole) expect(typeof whole.metadata.resourceVersion).toBe('string');
    });
  });

  it('is its items, in order', () => {
    fuzz(INPUTS / 10, list, (text) => {
      const read = orBroken(() => readIn([bytesOf(text)]));
      const items = at(parsed(text), 'items');
      if (read) expect(read.items).toHaveLength(Array.isArray(items) ? items.filter(isObject).length : 0);
    });
  });

  it('with a great deal beside its items takes no longer than its length', () => {
    const run = fc.tuple(fc.constantFrom(',"a":[]', ',"a":{}', ',[]', '"items"', ' ', '"items":', '['), fc.nat(9000));
    const text = fc
      .array(run, { maxLength: 4, size: 'max' })
      .map((runs) => runs.map(([what, times]) => what.repeat(times)).join(''));
    fuzz(INPUTS / 400, text, (given) => {
      orBroken(() => readIn([bytesOf(`{"b":1${given}`)]));
    });
  });
});

describe('text of others', () => {
  /** Not the pattern of legible.ts: ranges that anybody can look up. */
  const UNSEEN: readonly (readonly [number, number])[] = [
    [0x00, 0x1f],
    [0x7f, 0x9f],
    [0xad, 0xad],
    [0x61c, 0x61c],
    [0x200b, 0x200f],
    [0x2028, 0x202e],
    [0x2060, 0x206f],
    [0xd800, 0xdfff],
    [0xfeff, 0xfeff],
    [0xe0000, 0xe0fff],
  ];
  const unseenIn = (text: string): readonly number[] =>
    Array.from(text, (character) => character.codePointAt(0) ?? 0).filter((code) =>
      UNSEEN.some(([from, to]) => from <= code && code <= to),
    );
  const given = fc.tuple(hostileText(5000), fc.oneof(fc.constant(undefined), fc.integer({ min: 1, max: 3000 })));

  it('becomes one line that a terminal shows as it is, of at most so many characters', () => {
    fuzz(INPUTS, given, ([text, longest]) => {
      const line = legible(text, longest);
      expect(unseenIn(line)).toEqual([]);
      expect(line.length).toBeLessThanOrEqual(longest ?? 2000);
      expect(isLine(line)).toBe(line.length <= 2000);
      // What is legible already stays.
      expect(legible(line, longest)).toBe(line);
    });
  });

  it('of several lines keeps them, and nothing else that is not seen', () => {
    fuzz(INPUTS, given, ([text, longest]) => {
      const lines = legibleLines(text, longest);
      expect(unseenIn(lines.replaceAll('\n', ''))).toEqual([]);
      expect(lines.length).toBeLessThanOrEqual(longest ?? 2000);
    });
  });
});

it('two JSON values are equal where their canonical text is', () => {
  const value = garbage.filter((inner) => !isTooDeep(inner)).map((inner) => parsed(textOf(inner)));
  const pair = fc.oneof(
    fc.tuple(value, value),
    fc.tuple(value, changes(1)).map(([one, made]) => [one, parsed(textOf(changed(one, made)))] as const),
  );
  fuzz(INPUTS / 2, pair, ([a, b]) => {
    if (isTooDeep(b)) return;
    expect(equalBodies(a, b)).toBe(canonicalJson(a) === canonicalJson(b));
    expect(equalBodies(a, structuredClone(a))).toBe(true);
  });
});
