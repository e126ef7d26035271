import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../support/cluster.ts';
import { caseNamed, CASES } from './cases.ts';
import { table, withTable } from './page.ts';
import { STANDARD } from './shapes.ts';

const PAGE = readFileSync(join(ROOT, 'docs', 'reliability.md'), 'utf8');

describe('the page', () => {
  it('has every case of the table, and no other', () => {
    const rows = [...PAGE.matchAll(/^\| `([a-zA-Z0-9-]+)` \|/gm)].map(([, name]) => name);
    expect(rows.toSorted()).toEqual(CASES.map(({ name }) => name).toSorted());
  });

  it('shows what is allowed, what was measured, and what went another way', () => {
    const one = caseNamed('kill-primary');
    expect(table([one], undefined)).toContain(
      '| `kill-primary` | SIGKILL to primary | (8) | (8) | (8) | (8) | (12) | (12) |',
    );
    const figures = [{ name: one.name, shape: STANDARD, silence: 9.5, problems: ['silent for 9.5 s'] }];
    const text = table([one], { commit: 'abc', cpus: 2, figures });
    expect(text).toContain('| 9.5 (8) **✗** | (8) |');
    expect(text).toContain('- `kill-primary`, HotStandby Memfile: silent for 9.5 s');
    expect(text).toContain('1 trials, 0 as they should be, 1 not');
  });

  it('is written again between its markers, and is not without them', () => {
    const page = withTable(PAGE, 'NEW');
    expect(page).toContain('NEW');
    expect(page).not.toContain('kill-primary');
    expect(withTable(page, 'NEW')).toBe(page);
    expect(() => withTable('nothing', 'NEW')).toThrow(/lost its lines/);
  });
});
