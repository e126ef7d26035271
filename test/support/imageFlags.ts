import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './cluster.ts';

const PART_OF_LIMIT = '--max-old-space-size-percentage=';

/**
 * Flags of Node.js as the image has them (ENTRYPOINT of the Dockerfile): no container bounds a process of the tests.
 * @param limitMiB The memory limit of the container that it would run in: the old generation has its part of that.
 */
export const imageFlags = (limitMiB: number): readonly string[] => {
  const [, command = '[]'] = /^ENTRYPOINT (.*)$/m.exec(readFileSync(join(ROOT, 'Dockerfile'), 'utf8')) ?? [];
  const flags = (JSON.parse(command) as readonly string[]).filter((word) => word.startsWith('--'));
  const part = flags.find((flag) => flag.startsWith(PART_OF_LIMIT));
  if (part === undefined) throw new Error(`no ${PART_OF_LIMIT} in the ENTRYPOINT`);
  const heapMiB = Math.floor((limitMiB * Number(part.slice(PART_OF_LIMIT.length))) / 100);
  return [...flags.filter((flag) => flag !== part), `--max-old-space-size=${heapMiB}`];
};
