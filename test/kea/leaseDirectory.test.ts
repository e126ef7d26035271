/** What the init container of a server gives away on its node: run by the programs of the server image, as root with CAP_CHOWN alone. */
import { chmod, chown, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { giveAway, KEA_ID } from '../../src/workload/podTemplate.ts';
import { binary } from '../support/postgres.ts';
import { type Ran, tryRun } from '../support/run.ts';

const NOBODY = 65_534;

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kea-operator-leases-'));
  await chmod(directory, 0o755);
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** chroot(2) takes a capability of its own. */
const start = async (): Promise<Ran> => {
  const script = `mount --bind "$0" "$1/var/lib/kea" && exec setpriv --bounding-set=-all,+chown,+sys_chroot chroot "$1" sh -ec "$2"`;
  const root = await binary('kea-rootfs');
  return tryRun('unshare', ['--mount', 'sh', '-ec', script, directory, root, giveAway('/var/lib/kea')]);
};

const fill = async (name: string, owner: number): Promise<void> => {
  const file = join(directory, name);
  await writeFile(file, '');
  await chown(file, owner, owner);
};
const nothing = (): Promise<void> => Promise.resolve();

it.each<[string, () => Promise<void>]>([
  ['that the kubelet has just made', nothing],
  ['that is a file system of its own', () => mkdir(join(directory, 'lost+found'), 0o700)],
  ['that holds leases of a server, as after a restored backup', () => fill('kea-leases4.csv', KEA_ID)],
])('gives a directory of root’s to the server %s', async (_, prepare) => {
  await prepare();
  expect(await start()).toMatchObject({ code: 0 });
  const { uid, gid, mode } = await stat(directory);
  expect([uid, gid, mode & 0o7777]).toEqual([KEA_ID, KEA_ID, 0o750]);
});

it('leaves a directory that the server has as it is', async () => {
  await fill('anything', 0);
  await chown(directory, KEA_ID, KEA_ID);
  expect(await start()).toMatchObject({ code: 0, stderr: '' });
  expect((await stat(directory)).mode & 0o7777).toBe(0o755);
});

it.each<[string, string, () => Promise<void>]>([
  ['of root’s that holds something of root’s', 'belongs to user 0 and holds shadow', () => fill('shadow', 0)],
  ['of root’s that holds something of a user’s', 'belongs to user 0 and holds mail', () => fill('mail', NOBODY)],
  ['of another user’s', `belongs to user ${NOBODY}`, () => chown(directory, NOBODY, NOBODY)],
])('gives away no directory %s, and says why', async (_, says, prepare) => {
  await prepare();
  const { uid: owner } = await stat(directory);
  const { code, stderr } = await start();
  expect(code).toBe(1);
  expect(stderr).toBe(
    `the directory for leases on the node ${says}: only an empty one of root's is given to the server\n`,
  );
  const { uid, mode } = await stat(directory);
  expect([uid, mode & 0o7777]).toEqual([owner, 0o755]);
});
