/** Life and end of objects, of a namespace, of the operator and of its version before, in one order: each part goes on from what the former left. */
import { beforeAll, describe, expect } from 'vitest';
import { RESERVATIONS } from '../demo/campus.ts';
import { installCheckout, waitCondition } from '../support/install.ts';
import { bringUpCampus, cluster } from './context.ts';
import { leasesPage } from './leasesPage.ts';
import { end, lifecycle } from './lifecycle.ts';
import { namespaces } from './namespaces.ts';
import { upgrade } from './upgrade.ts';

beforeAll(() => installCheckout(cluster));

describe('the page of leases', leasesPage);
describe('life and end of objects', () => {
  beforeAll(async () => {
    await bringUpCampus();
    await cluster.apply(RESERVATIONS);
    await waitCondition(cluster, 'hostreservation/printer', 'Ready', { status: 'True' });
    expect((await cluster.dora('laptop')).ip).toMatch(/^198\.51\.100\./);
  });
  lifecycle();
});
describe('a namespace that is deleted', namespaces);
describe('the end of the operator', end);
describe('the version that landed before, upgraded', upgrade);
