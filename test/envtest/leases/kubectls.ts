/** kubectl of the cluster's minor version and of the one before, which many have. */
import { beforeAll, describe, expect, it } from 'vitest';
import { binary } from '../../support/postgres.ts';
import { linesOf } from './asking.ts';
import { LEASES, NAMES, NAMESPACE, SELECTIONS } from './clientsWorld.ts';
import type { World } from './world.ts';

const PROGRAMS = ['kubectl', 'older-kubectl'] as const;

interface Version {
  readonly clientVersion: { readonly minor: string };
}

const asNames = (names: readonly string[]): string =>
  names.map((name) => `lease.state.kea-operator.io/${name}\n`).join('');

export const kubectlTests = (world: () => World): void => {
  const minors = new Map<string, string>();

  describe.each(PROGRAMS)('%s', (name) => {
    let program: string;
    beforeAll(async () => {
      program = await binary(name);
      const { stdout } = await world().kubectl(['version', '--client', '-o', 'json'], { program });
      minors.set(name, (JSON.parse(stdout) as Version).clientVersion.minor);
    });
    /** What it printed, without a word of warning. */
    const get = async (...args: readonly string[]): Promise<string> => {
      const ran = await world().kubectl(['get', ...args, '-n', NAMESPACE], { program });
      expect(ran).toMatchObject({ code: 0, stderr: '' });
      return ran.stdout;
    };

    it('lists leases as a table', async () => {
      const [head, ...rows] = linesOf(await get('leases'));
      expect(head?.[0]).toBe('ADDRESS');
      expect(rows.map(([address]) => address)).toEqual(NAMES);
      const [wide] = linesOf(await get('leases', '-o', 'wide'));
      expect(wide?.length).toBeGreaterThan(head?.length ?? 0);
    });

    it.each([
      ['one by its name', ['lease', '10.7.0.5', '-o', 'name'], asNames(['10.7.0.5'])],
      ['the names of all', ['leases', '-o', 'name'], asNames(NAMES)],
      ['the names of all, page by page', ['dl', '-o', 'name', '--chunk-size=3'], asNames(NAMES)],
      ['all in one request', ['leases', '-o', 'name', '--chunk-size=0'], asNames(NAMES)],
      [
        'columns of its own',
        ['dhcpleases', '--no-headers', '-o', 'custom-columns=A:.spec.address,S:.status.state', '--chunk-size=0'],
        NAMES.map((address) => {
          const state = address === LEASES.expired ? 'Expired' : address === LEASES.declined ? 'Declined' : 'Active';
          return `${address.padEnd(13)}${state}\n`;
        }).join(''),
      ],
    ])('gets %s', async (_, args, printed) => {
      expect(await get(...args)).toBe(printed);
    });

    it('sorts them', async () => {
      const [, ...rows] = linesOf(await get('leases', '--sort-by=.spec.hwAddress'));
      expect(rows.map(([address]) => address).slice(0, 3)).toEqual(['10.7.0.1', '10.7.0.2', '10.7.0.3']);
      expect(rows).toHaveLength(NAMES.length);
    });

    it('says in words what there is not', async () => {
      const missing = await world().kubectl(['get', 'lease', '10.7.99.99', '-n', NAMESPACE], { program });
      const message = 'Error from server (NotFound): leases.state.kea-operator.io "10.7.99.99" not found\n';
      expect(missing).toMatchObject({ code: 1, stderr: message });
    });

    it.each(SELECTIONS.map((selection) => ({ labels: '', fields: '', ...selection })))(
      'selects by labels "$labels" and fields "$fields"',
      async ({ labels, fields, names }) => {
        const by = [`--selector=${labels}`, `--field-selector=${fields}`];
        expect(await get('leases', ...by, '-o', 'name', '--chunk-size=4')).toBe(asNames(names));
      },
    );
  });

  it('are of two minor versions', () => {
    expect(new Set(minors.values()).size).toBe(PROGRAMS.length);
  });
};
