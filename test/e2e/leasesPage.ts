/** docs/leases.md is walked through: each of its commands on a real cluster prints what the page says. `PAGE_UPDATE=1` writes the page anew. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ROOT } from '../support/cluster.ts';
import { commandsOn, isAsOnPage, type PageCommand, withOutputs } from '../support/pageCommands.ts';
import { until } from '../support/run.ts';
import { kubectl } from './context.ts';
import { laptopComes, leaveShop, leftOfOffice, makeScene, removeScene } from './leasesScene.ts';
import { LEASES } from './leaseSteps.ts';
import { type Meanwhile, openShell } from './pageShell.ts';

const PAGE = join(ROOT, 'docs', 'leases.md');
const CTRL_C = '\u0003';

/** What people and clients do while a command runs; of all others nothing. */
const MEANWHILE: readonly (readonly [command: RegExp, meanwhile: Meanwhile])[] = [
  [
    /^kubectl kea release --subnet/,
    async (said, type) => {
      await said(/\[y\/N\] /);
      type('y\n');
    },
  ],
  [
    /^kubectl kea watch/,
    async (said, type) => {
      await said(/^Watching /m);
      await laptopComes();
      await said(/ \+ .* laptop /);
      await laptopComes('ann');
      await said(/ ~ .* ann /);
      await kubectl('create', '--raw', `${LEASES}/10.7.0.4/release`, '-f', '/dev/null');
      await said(/ - .* clock /);
      type(CTRL_C);
    },
  ],
];

/** A pair of which nothing is heard in time, as on a busy machine, is left alone for ten seconds. */
const isUnheard = (printed: string): boolean => /leases of HAPair \S+ cannot be read/.test(printed);
const REST_MS = 11_000;
const TRIES = 5;

/** The commands that print something else than the page says. */
const walkPage = async (page: string): Promise<ReadonlyMap<PageCommand, string>> => {
  const shell = await openShell('jane');
  const others = new Map<PageCommand, string>();
  for (const command of commandsOn(page)) {
    const [, meanwhile] = MEANWHILE.find(([pattern]) => pattern.test(command.command)) ?? [];
    let printed = await shell.run(command.command, meanwhile);
    for (let tries = 1; tries < TRIES && meanwhile === undefined && isUnheard(printed); tries++) {
      await pause(REST_MS);
      printed = await shell.run(command.command);
    }
    if (!isAsOnPage(command.output, printed)) others.set(command, printed);
  }
  await shell.close();
  return others;
};

export const leasesPage = (): void => {
  beforeAll(makeScene);
  afterAll(async () => {
    await removeScene();
    await leaveShop();
  });

  it('has the output of each of its commands', async () => {
    const page = await readFile(PAGE, 'utf8');
    const others = await walkPage(page);
    if (process.env.PAGE_UPDATE === '1') await writeFile(PAGE, withOutputs(page, others));
    else
      expect(
        [...others].map(([{ command, output }, printed]) => ({ command, output, printed: printed.split('\n') })),
      ).toEqual([]);
  });

  it('is of a pair of both families, of which nothing stays when it goes', async () => {
    expect((await leftOfOffice()).length).toBeGreaterThan(0);
    await removeScene();
    await until('all of it to be gone', 60, async () => (await leftOfOffice()).length === 0, 1000);
  });
};
