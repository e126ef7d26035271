import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { GENERATED_FOLDERS, generatedFiles } from './files.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const files = generatedFiles();

test.each([...files])('%s is what `npm run generate` makes of the code', (path, content) => {
  expect(readFileSync(root + path, 'utf8')).toBe(content);
});

test.each(GENERATED_FOLDERS)('%s holds nothing that is no longer generated', (folder) => {
  expect(readdirSync(root + folder).filter((name) => !files.has(`${folder}/${name}`))).toEqual([]);
});

test('generating twice gives the same files', () => {
  expect([...generatedFiles()]).toEqual([...files]);
});
