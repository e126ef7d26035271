/**
 * What people read: of every reason that is not well the messages that the golden cases, the passes of test/support/unwell.ts and the pools of pressed.ts bring forth, in messages.md, for
 * review by a person. A reason without an example there has a message that nobody has read.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { reasons } from '../../src/api/reasons.ts';
import { halfReleased } from '../../src/release/carryOut.ts';
import { report } from '../../src/status/report.ts';
import { GOLDEN, goldenPasses, reportYaml, runGolden } from '../support/golden.ts';
import { PRESSED } from '../support/pressed.ts';
import { UNWELL } from '../support/unwell.ts';

const PAGE = join(GOLDEN, 'messages.md');

interface Status {
  readonly warnings?: readonly { readonly reason: string; readonly message: string }[];
}

/** Reason and message of every condition that is not True, and of every warning. */
function* toldIn(page: { readonly statuses: Readonly<Record<string, Status>> }): Generator<readonly [string, string]> {
  for (const status of Object.values(page.statuses)) {
    for (const value of Object.values(status)) {
      const [, reason, message] = /^(?:False|Unknown) (\w+): (.*)$/s.exec(String(value)) ?? [];
      if (reason !== undefined && message !== undefined) yield [reason, message];
    }
    for (const { reason, message } of status.warnings ?? []) yield [reason, message];
  }
}

it('every reason that is not well has messages that somebody has read', () => {
  const told = new Map<string, Set<string>>();
  const pages = [
    ...goldenPasses().map(([name, , family]) => parse(runGolden(name, family)['status.yaml']) as never),
    ...UNWELL.map((one) => reportYaml(report(one)) as never),
  ];
  for (const page of pages) {
    for (const [reason, message] of toldIn(page)) told.set(reason, (told.get(reason) ?? new Set()).add(message));
  }
  for (const { reason, message } of PRESSED) told.set(reason, (told.get(reason) ?? new Set()).add(message));
  const half = halfReleased('10.7.0.1', 'deleted from server a', 'server b does not answer any more');
  told.set('LeaseHalfReleased', new Set([half]));
  const failing = Object.entries(reasons).filter(([, explanation]) => 'remedy' in explanation);
  expect(failing.map(([reason]) => reason).filter((reason) => !told.has(reason))).toEqual([]);
  const sections = failing.map(
    ([reason]) => `## ${reason}\n\n${[...(told.get(reason) ?? [])].map((text) => `- ${text}`).join('\n')}\n`,
  );
  const text = `# What people read\n\nWritten anew by \`make golden\`.\n\n${sections.join('\n')}`;
  if (process.env.GOLDEN_UPDATE === '1') writeFileSync(PAGE, text);
  expect(text).toBe(readFileSync(PAGE, 'utf8'));
});
