/** Prometheus' own judge of rules. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { binary } from './postgres.ts';
import { type Ran, tryRun } from './run.ts';

/** Runs `promtool ARGS FILE` with a file of that content: JSON is YAML. */
export const promtool = async (args: readonly string[], content: object): Promise<Ran> => {
  const dir = await mkdtemp(join(tmpdir(), 'kea-operator-promtool-'));
  try {
    const file = join(dir, 'file.yaml');
    await writeFile(file, JSON.stringify(content));
    return await tryRun(await binary('promtool'), [...args, file], { timeoutMs: 60_000 });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
};
