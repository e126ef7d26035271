import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GOLDEN, goldenCases, readDesired } from '../support/golden.ts';
import { serverState } from '../support/keaState.ts';
import { useBench } from '../support/keaTier.ts';
import { become } from '../support/rows.ts';

const bench = useBench();
const fragment = (name: string) =>
  JSON.parse(readFileSync(join(GOLDEN, name, 'kea.json'), 'utf8')) as {
    readonly Dhcp4: Readonly<Record<string, unknown>>;
  };

describe('golden cases', () => {
  it.each(goldenCases())('%s: a real server takes the configuration and pulls the rows', async (name) => {
    const { client } = await bench.server();
    const { networks, subnets, hosts } = readDesired(name);
    await client.call('config-test', fragment(name));
    await become(bench.backend, {
      networks: [...networks.values()],
      subnets: [...subnets.values()],
      hosts: [...hosts.values()],
    });
    await client.call('config-backend-pull', undefined);
    expect(await serverState(client)).toEqual({ networks, subnets });
  });
});
