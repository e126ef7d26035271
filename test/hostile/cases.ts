/**
 * What a tenant does, each by itself. None of it is anything that the API server or its rights would keep from them. What they do by very many
 * objects is in many.test.ts.
 */
import { FINALIZER } from '../../src/api/kind.ts';
import { HAPAIRS, SHARED_NETWORKS, SUBNETS } from '../../src/api/resources.ts';
import type { KubeObject } from '../../src/runtime/object.ts';
import { conditionsOf } from '../../src/status/conditions.ts';
import { NAMESPACE } from '../support/install.ts';
import { until } from '../support/run.ts';
import { falseDatabases, falseServers } from './peers.ts';
import { textObjects } from './texts.ts';
import { EVIL, type World, write, type Written } from './world.ts';

export interface HostileCase {
  readonly because: string;
  /** Does it, and waits until it is there. */
  readonly bring: (world: World) => Promise<unknown>;
}

const subnetOf = (name: string, cidr: string, more: object = {}): Written => ({
  resource: SUBNETS,
  namespace: NAMESPACE,
  metadata: { name },
  spec: { haPairRef: { name: 'campus' }, cidr, deletionPolicy: 'Delete', ...more },
});
const unattachedObject = (name: string, cidr: string, more: object = {}): Written => ({
  resource: SUBNETS,
  namespace: EVIL,
  metadata: { name },
  spec: { haPairRef: { name: 'nobody' }, cidr, ...more },
});
const prefixOf = (n: number): string => `10.${128 + (n >> 8)}.${n & 255}.0/24`;
const times = <T>(count: number, make: (n: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, n) => make(n));

const nested = (levels: number): object => {
  let inner: object = {};
  for (let level = 1; level < levels; level++) inner = { inner };
  return inner;
};

/** Waits until the author is told what is wrong. */
const isTold = (
  { client }: World,
  { resource, namespace, metadata: { name } }: Written,
  type: string,
  reason: string,
): Promise<true> =>
  until(`${resource.kind} ${name} to be told ${type} ${reason}`, 60, async () => {
    const { status } = await client.get<KubeObject>(resource, { namespace, name });
    return conditionsOf(status).get(type)?.reason === reason ? true : undefined;
  });

const writeAll = async (world: World, objects: readonly Written[]): Promise<void> => {
  const written = await write(world, objects);
  if (written.length < objects.length) throw new Error(`${objects.length - written.length} objects were not taken`);
};

const writeTold = async (world: World, objects: readonly Written[], type: string, reason: string): Promise<void> => {
  await writeAll(world, objects);
  const last = objects.at(-1);
  if (last !== undefined) await isTold(world, last, type, reason);
};

const inPair: readonly HostileCase[] = [
  {
    because: 'writes a user context of 120 levels, and one of 3000, in Subnets of their pair',
    bring: (world) =>
      writeTold(
        world,
        [120, 3000].map((levels, n) => subnetOf(`nested-${levels}`, prefixOf(n), { userContext: nested(levels) })),
        'Accepted',
        'InvalidSpec',
      ),
  },
  {
    because: 'gives Subnets of their pair names, labels and annotations as long as may be',
    bring: (world) => {
      const labels = Object.fromEntries(times(60, (n) => [`${'l'.repeat(60)}${n}`, 'v'.repeat(63)]));
      const annotations = Object.fromEntries(
        times(24, (n) => [`kea-operator.io/${'a'.repeat(60)}${n}`, 'v'.repeat(10_000)]),
      );
      return writeAll(
        world,
        times(8, (n) => {
          const { metadata, ...subnet } = subnetOf(`${n}.${`${'n'.repeat(60)}.`.repeat(4)}n`, prefixOf(n));
          return { ...subnet, metadata: { ...metadata, labels, annotations } };
        }),
      );
    },
  },
  {
    because: 'writes texts that mean something to somebody wherever a spec may hold a text',
    bring: async (world) => {
      const objects = await textObjects();
      const written = await write(world, objects);
      process.stderr.write(`${objects.length} objects with hostile texts, ${written.length} taken by the API server\n`);
    },
  },
  {
    because: 'makes objects with the finalizers of others, and of ours, and has a status of their own written',
    bring: async (world) => {
      const finalizers = [FINALIZER, 'example.org/of-others'];
      const held = times(4, (n) => {
        const { metadata, ...subnet } = subnetOf(`held-${n}`, prefixOf(n));
        return { ...subnet, metadata: { ...metadata, finalizers } };
      });
      await writeAll(world, held);
      const office = await world.client.get<KubeObject>(SUBNETS, { namespace: NAMESPACE, name: 'office' });
      const id = (office.status as { subnetId?: number } | undefined)?.subnetId;
      const status = { subnetId: id, observedGeneration: 99, utilization: { total: -1, assigned: 1e15 } };
      for (const { metadata } of held) {
        const at = { namespace: NAMESPACE, name: metadata.name };
        await world.client.patch<KubeObject>(SUBNETS, at, { status }, { subresource: 'status' }).catch(() => undefined);
        await world.tenant.delete(SUBNETS, at);
      }
      // Nobody but those whose finalizers they are takes them off: here it is the end of the case.
      for (const { metadata } of held) {
        const at = { namespace: NAMESPACE, name: metadata.name };
        await until(`our finalizer on ${metadata.name} to be gone`, 60, async () => {
          const { metadata: now } = await world.client.get<KubeObject>(SUBNETS, at);
          return now.finalizers?.includes(FINALIZER) !== true;
        });
        await world.client.patch<KubeObject>(SUBNETS, at, { metadata: { finalizers: null } });
      }
    },
  },
  {
    because: 'writes specs without validation: of wrong types, with unknown fields, without what is required',
    bring: ({ cluster }) =>
      Promise.all(
        times(6, async (n) => {
          const spec = [
            {},
            { haPairRef: 'campus' },
            { cidr: 7 },
            { spec: {} },
            null,
            { haPairRef: { name: 'campus' }, cidr: prefixOf(n), nobodyKnows: { a: 1 } },
          ][n];
          const object = {
            apiVersion: 'kea-operator.io/v1alpha1',
            kind: 'Subnet',
            metadata: { name: `unchecked-${n}`, namespace: NAMESPACE, labels: { 'made-by': 'tenant' } },
            spec,
          };
          await cluster.tryKubectl(['apply', '--validate=false', '-f', '-'], { input: JSON.stringify(object) });
        }),
      ),
  },
];

const elsewhere: readonly HostileCase[] = [
  {
    because: 'makes eight Subnets of 1 MB in a namespace without a pair',
    bring: (world) =>
      writeTold(
        world,
        times(8, (n) =>
          unattachedObject(`large-${n}`, prefixOf(n), {
            userContext: { d: times(n % 2 === 0 ? 330_000 : 1, () => (n % 2 === 0 ? {} : 'x'.repeat(1_000_000))) },
          }),
        ),
        'Accepted',
        'InvalidSpec',
      ),
  },
  {
    because: 'claims every interface by a paused HAPair, and makes networks beside it',
    bring: async (world) => {
      const servers = [1, 2, 3].map((n) => ({
        name: `s${n}`,
        node: `node${n}`,
        role: n === 3 ? 'Backup' : n === 1 ? 'Primary' : 'Standby',
        interfaces: ['lan0'],
      }));
      await writeAll(world, [
        {
          resource: HAPAIRS,
          namespace: EVIL,
          metadata: { name: 'squatter' },
          spec: { mode: 'HotStandby', servers, paused: true },
        },
        {
          resource: SHARED_NETWORKS,
          namespace: EVIL,
          metadata: { name: 'net' },
          spec: { haPairRef: { name: 'squatter' } },
        },
      ]);
    },
  },
  {
    because: 'has pairs with databases that never answer, answer garbage, slowly, and without an end',
    bring: falseDatabases,
  },
  {
    because:
      'has a pair whose server never answers, answers garbage, a byte a second, and without an end, and reads its leases',
    bring: falseServers,
  },
];

export const CASES: readonly HostileCase[] = [...inPair, ...elsewhere];
