import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FAMILIES } from '../../src/kea/families.ts';
import { goldenCases, goldenFile, readDesired } from '../support/golden.ts';
import { expected, runningOn } from '../support/keaClasses.ts';
import { serverState } from '../support/keaState.ts';
import { useBench } from '../support/keaTier.ts';
import { become } from '../support/rows.ts';

describe.each(FAMILIES)('golden cases of $daemon', (family) => {
  const bench = useBench(family);
  const fragment = (name: string) =>
    JSON.parse(readFileSync(goldenFile(name, 'kea.json', family), 'utf8')) as Readonly<
      Record<string, Readonly<Record<string, unknown>>>
    >;

  it.each(goldenCases(family))('%s: a real server takes the configuration and pulls the rows', async (name) => {
    const { client } = await bench.server();
    const { optionDefs, classes, networks, subnets, hosts } = readDesired(name, family);
    await client.call('config-test', fragment(name));
    const named = { optionDefs: [...optionDefs.values()], classes: [...classes.values()] };
    await become(bench.backend, {
      ...named,
      networks: [...networks.values()],
      subnets: [...subnets.values()],
      hosts: [...hosts.values()],
    });
    await client.call('config-backend-pull', undefined);
    expect(await serverState(client)).toEqual({ networks, subnets });
    expect(await runningOn(client)).toEqual(expected(named));
  });
});
