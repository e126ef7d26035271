import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { equalBodies } from '../../src/kea/canonical.ts';
import { GOLDEN, goldenCases, readDesired, runGolden } from '../support/golden.ts';

/** `make golden` writes the results anew, for review by git diff. */
const update = process.env.GOLDEN_UPDATE === '1';

describe('golden', () => {
  it.each(goldenCases())('%s', (name) => {
    for (const [file, text] of Object.entries(runGolden(name))) {
      const path = join(GOLDEN, name, file);
      if (update) writeFileSync(path, text);
      expect(text, file).toBe(readFileSync(path, 'utf8'));
    }
  });

  it.each(goldenCases())('%s: its rows can be read back', (name) => {
    const { networks, subnets, hosts } = readDesired(name);
    const again = JSON.parse(runGolden(name)['desired.json']) as unknown;
    const read = { networks: [...networks.values()], subnets: [...subnets.values()], hosts: [...hosts.values()] };
    expect(equalBodies(read, again)).toBe(true);
  });
});
