import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './cluster.ts';

const PART_OF_LIMIT = '--max-old-space-size-percentage=';

/**
 * Flags of Node.js as the image has them (ENTRYPOINT of the Dockerfile): no container bounds a process of the tests.
 * @param heapMb What the old generation may have instead of its part of the container's limit, MB.
 */
export const imageFlags = (heapMb: number): readonly string[] => {
  const [, command = '[]'] = /^ENTRYPOINT (.*)$/m.exec(readFileSync(join(ROOT, 'Dockerfile'), 'utf8')) ?? [];
  const flags = (JSON.parse(command) as readonly string[]).filter((word) => word.startsWith('--'));
  if (!flags.some((flag) => flag.startsWith(PART_OF_LIMIT))) throw new Error(`no ${PART_OF_LIMIT} in the ENTRYPOINT`);
  return flags.map((flag) => (flag.startsWith(PART_OF_LIMIT) ? `--max-old-space-size=${heapMb}` : flag));
};
