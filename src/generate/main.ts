/**
 * `npm run generate`: writes the generated files where they differ, and removes leftovers beside them. With `--check` it
 * writes nothing, says what differs, and fails.
 */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ARGOCD_CONFIG, argocdConfig, HEALTH_SCRIPT } from './argocdConfig.ts';
import { GENERATED_FOLDERS, generatedFiles } from './files.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const present = (path: string): Promise<string | undefined> =>
  readFile(join(root, path), 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });

const check = process.argv.includes('--check');
const tell = (what: string, path: string): void => {
  process.stdout.write(check ? `${path} is not up to date: run 'make generate'\n` : `${what} ${path}\n`);
  if (check) process.exitCode = 1;
};

const files = new Map([
  ...generatedFiles(),
  [ARGOCD_CONFIG, argocdConfig(await readFile(join(root, HEALTH_SCRIPT), 'utf8'))],
]);
for (const [path, content] of files) {
  if ((await present(path)) === content) continue;
  tell('wrote', path);
  if (check) continue;
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), content);
}
for (const folder of GENERATED_FOLDERS) {
  for (const name of await readdir(join(root, folder))) {
    const path = `${folder}/${name}`;
    if (files.has(path)) continue;
    tell('removed', path);
    if (!check) await rm(join(root, path), { recursive: true });
  }
}
