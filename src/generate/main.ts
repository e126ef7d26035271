/** `npm run generate`: writes the generated files where they differ, and removes leftovers beside them. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GENERATED_FOLDERS, generatedFiles } from './files.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const present = (path: string): Promise<string | undefined> =>
  readFile(join(root, path), 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });

const files = generatedFiles();
for (const [path, content] of files) {
  if ((await present(path)) === content) continue;
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), content);
  process.stdout.write(`wrote ${path}\n`);
}
for (const folder of GENERATED_FOLDERS) {
  for (const name of await readdir(join(root, folder))) {
    const path = `${folder}/${name}`;
    if (files.has(path)) continue;
    await rm(join(root, path), { recursive: true });
    process.stdout.write(`removed ${path}\n`);
  }
}
