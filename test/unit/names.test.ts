/** A reader finds a file by its idea: what is exported has one name and one meaning, and a file of several exports says what it holds. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = join(import.meta.dirname, '../../src');
const EXPORT = /^export (?:abstract )?(?:const|function\*?|class|interface|type) (\w+)/gm;

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(
  (path) => path.endsWith('.ts') && !path.endsWith('.test.ts'),
);
const texts = new Map(files.map((path) => [path, readFileSync(join(SRC, path), 'utf8')]));
const exportsOf = (text: string): readonly string[] => [
  ...new Set([...text.matchAll(EXPORT)].map(([, name]) => name ?? '')),
];

describe('Names', () => {
  it('are exported by one file each', () => {
    const found = [...texts].flatMap(([path, text]) => exportsOf(text).map((name) => ({ name, path })));
    const twice = [...Map.groupBy(found, ({ name }) => name)].filter(([, places]) => places.length > 1);
    expect(twice.map(([name, places]) => `${name}: ${places.map(({ path }) => path).join(', ')}`)).toEqual([]);
    expect(found.length).toBeGreaterThan(1000);
  });

  it.each([...texts].filter(([, text]) => exportsOf(text).length > 1).map(([path]) => path))(
    '%s opens with what is in it',
    (path) => {
      expect(texts.get(path)?.startsWith('/**')).toBe(true);
    },
  );
});
