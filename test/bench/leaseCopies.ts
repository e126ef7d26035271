/** The other way to have leases as objects: a custom resource for each, in etcd, as many as it bears within a time. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { asError } from '../../src/runtime/errors.ts';
import type { KubeObject } from '../../src/runtime/object.ts';
import { parallelEach } from '../../src/runtime/parallel.ts';
import { collectionPath, type Resource } from '../../src/runtime/resource.ts';
import { CRDS } from '../support/crds.ts';
import { until } from '../support/run.ts';
import type { Asker } from './asker.ts';
import { IN, type LeaseLab } from './leaseLab.ts';
import { leasesOf } from './leaseReads.ts';
import { copyOf } from './leaseRows.ts';

export interface CopiesResult {
  /** So many were stored, and why it were no more; undefined: all leases are. */
  readonly stored: number;
  readonly ended: string | undefined;
  readonly seconds: number;
  /** What a lease takes of etcd's file, and of PostgreSQL's table and its indexes, bytes. */
  readonly etcdBytes: number;
  readonly rowBytes: number;
  /** To list a thousand of them whole, and a thousand leases, ms. */
  readonly listMs: number;
  readonly leasesMs: number;
}

const COPIES: Resource = {
  group: 'bench.kea-operator.io',
  version: 'v1',
  plural: 'leasecopies',
  kind: 'LeaseCopy',
  namespaced: true,
};

const DEFINITION = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${COPIES.plural}.${COPIES.group}` },
  spec: {
    group: COPIES.group,
    names: { plural: COPIES.plural, singular: 'leasecopy', kind: COPIES.kind, listKind: `${COPIES.kind}List` },
    scope: 'Namespaced',
    versions: [
      {
        name: COPIES.version,
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};

const AT_ONCE = 20;

export const measureCopies = async (
  { world, database }: LeaseLab,
  asker: Asker,
  { leases, seconds: patience }: { readonly leases: number; readonly seconds: number },
  say: (line: string) => void,
): Promise<CopiesResult> => {
  const namespace = IN.PostgreSQL;
  const client = world.server.newClient({ direct: true });
  await client.apply(CRDS, DEFINITION, { fieldManager: 'bench' });
  await until('the copies to be served', 30, async () => {
    await client.raw({ method: 'GET', path: collectionPath(COPIES, namespace) });
    return true;
  });
  const file = join(world.server.directory, 'etcd', 'member', 'snap', 'db');
  const before = (await stat(file)).size;
  const now = Math.floor(Date.now() / 1000);
  const begin = performance.now();
  const passed = (): number => (performance.now() - begin) / 1000;
  const so = { stored: 0, refused: false };
  const numbers = Array.from({ length: leases }, (_, n) => n);
  const failed = await parallelEach(numbers, AT_ONCE, async (n) => {
    if (so.refused || passed() >= patience) return;
    const copy = copyOf(n, `${COPIES.group}/${COPIES.version}`, COPIES.kind, namespace, now);
    try {
      await client.create(COPIES, copy satisfies KubeObject);
      so.stored++;
    } catch (error) {
      so.refused = true;
      throw error;
    }
  });
  const { stored } = so;
  const seconds = passed();
  say(`  ${stored} custom resources stored after ${seconds.toFixed(1)} s`);
  if (stored === 0) throw new Error('no custom resource was stored', { cause: failed[0] });
  const etcdBytes = ((await stat(file)).size - before) / stored;
  const [size] = await database.query<{ bytes: number }>(
    "SELECT pg_total_relation_size('lease4')::float8 / count(*) AS bytes FROM lease4",
  );
  const perThousand = async (path: string, count: number): Promise<number> =>
    (1000 * (await asker.time(path)).ms) / count;
  return {
    stored,
    ended: stored === leases ? undefined : failed.length > 0 ? asError(failed[0]).message : `${patience} s were over`,
    seconds,
    etcdBytes,
    rowBytes: size?.bytes ?? 0,
    listMs: await perThousand(collectionPath(COPIES, namespace), stored),
    leasesMs: await perThousand(leasesOf('PostgreSQL'), leases),
  };
};
