import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { equalBodies } from '../../src/kea/canonical.ts';
import { goldenFile, goldenPasses, readDesired, runGolden } from '../support/golden.ts';

/** `make golden` writes the results anew, for review by git diff. */
const update = process.env.GOLDEN_UPDATE === '1';

describe('golden', () => {
  it.each(goldenPasses())('%s, %s', (name, _, family) => {
    for (const [file, text] of Object.entries(runGolden(name, family))) {
      const path = goldenFile(name, file, family);
      if (update) writeFileSync(path, text);
      expect(text, file).toBe(readFileSync(path, 'utf8'));
    }
  });

  it.each(goldenPasses())('%s, %s: its rows can be read back', (name, _, family) => {
    const { networks, subnets, hosts } = readDesired(name, family);
    const again = JSON.parse(runGolden(name, family)['desired.json']) as unknown;
    const read = { networks: [...networks.values()], subnets: [...subnets.values()], hosts: [...hosts.values()] };
    expect(equalBodies(read, again)).toBe(true);
  });
});
