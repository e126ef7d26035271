/** Clients of other makers before the lease API: kubectl of two minor versions, and a program in Go. */
import { afterAll, beforeAll, describe } from 'vitest';
import type { TestDatabase } from '../support/postgres.ts';
import { furnish } from './leases/clientsWorld.ts';
import { goClientTests } from './leases/goClient.ts';
import { kubectlTests } from './leases/kubectls.ts';
import { startWorld, type World } from './leases/world.ts';

let world: World;
let database: TestDatabase;

beforeAll(async () => {
  world = await startWorld();
  database = await furnish(world);
  const managed = world.manage({});
  await world.available();
  await managed.stop();
});
afterAll(async () => {
  await database.drop();
  await world.stop();
});

describe('a program with client-go', () => {
  goClientTests(() => world);
});
describe('kubectl', () => {
  kubectlTests(() => world);
});
