import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { haPairKind } from '../../../src/api/haPair.ts';
import { hostReservationKind } from '../../../src/api/hostReservation.ts';
import type { HAPair, HostReservation, SharedNetwork, Subnet } from '../../../src/api/index.ts';
import { ANNOTATIONS } from '../../../src/api/kind.ts';
import { TENANT_BOUNDS } from '../../../src/api/resources.ts';
import { sharedNetworkKind } from '../../../src/api/sharedNetwork.ts';
import { subnetKind } from '../../../src/api/subnet.ts';
import { unattachedVerdicts } from '../../../src/compile/attach.ts';
import { namespaceOf } from '../../../src/compile/namespace.ts';
import { reservationsIn } from '../../../src/compile/snapshot.ts';
import type { Compiled } from '../../../src/compile/types.ts';
import { splitUserContext, withMarker } from '../../../src/kea/digest.ts';
import { IP_FAMILIES, type IPFamily } from '../../../src/kea/families.ts';
import type { Family } from '../../../src/kea/family.ts';
import { liveNetwork, liveSubnet, preflightFragment } from '../../../src/kea/json.ts';
import type { ForeignRow } from '../../../src/kea/kinds.ts';
import { summarize } from '../../../src/plan/describe.ts';
import { readObject } from '../../../src/runtime/read.ts';
import { report, reportUnattached } from '../../../src/status/report.ts';
import type { Writes } from '../../../src/status/types.ts';
import { fuzz, isLine } from '../../support/fuzz.ts';
import { GOOD, GOOD_STATUS, nameOf, PAIR } from '../../support/goodObjects.ts';
import { type Change, changed, changes, garbage, hostileText } from '../../support/hostile.ts';
import {
  network,
  pair,
  reservation,
  type Scene as Stored,
  sceneOf,
  snapshotOf,
  subnet,
} from '../../support/objects.ts';
import { FINALIZERS, NOW, pass } from '../../support/passes.ts';
import { describePlan } from '../../support/plans.ts';

/** Of four kinds; a scene has some thirty. */
const OBJECTS = 100_000;
const SCENES = 3_300;

const KINDS = {
  HAPair: haPairKind,
  SharedNetwork: sharedNetworkKind,
  Subnet: subnetKind,
  HostReservation: hostReservationKind,
};

const WORDS = [
  '10.0.1.1',
  '10.0.1.64',
  '10.0.1.0/28',
  '-',
  ' ',
  '\n',
  '/24',
  "'",
  'true',
  'gold',
  's0',
  'n0',
  '02:',
  '5',
  'dhcp4',
  'HA_a',
  '2001:db8:1::1',
  '::/0',
  '/64',
];

interface Drawn {
  readonly spec: readonly Change[] | { readonly whole: unknown };
  readonly status: readonly Change[] | undefined;
  readonly age: number;
  readonly deleting: boolean;
  readonly annotations: Record<string, string> | undefined;
}

const rarely = <T, U>(often: T, value: fc.Arbitrary<U>, times = 8) =>
  fc.oneof({ weight: times, arbitrary: fc.constant(often) }, { weight: 1, arbitrary: value });
const annotation = fc
  .tuple(
    fc.constantFrom(ANNOTATIONS.adopt, ANNOTATIONS.allowRemoval, ANNOTATIONS.allowMassDeletion),
    fc.oneof(fc.constantFrom('true', '5,6,s0', '17'), hostileText(30_000)),
  )
  .map(([key, value]) => ({ [key]: value }));
const drawn: fc.Arbitrary<Drawn> = fc.record({
  spec: fc.oneof(
    { weight: 6, arbitrary: fc.constant<readonly Change[]>([]) },
    { weight: 12, arbitrary: changes(3, WORDS) },
    { weight: 1, arbitrary: garbage.map((whole) => ({ whole })) },
  ),
  status: rarely(undefined, changes(2), 2),
  age: fc.nat(3),
  deleting: rarely(false, fc.constant(true)),
  annotations: rarely(undefined, annotation),
});

interface Scene {
  readonly pair: Drawn;
  readonly networks: readonly Drawn[];
  readonly subnets: readonly Drawn[];
  readonly hosts: readonly Drawn[];
}
const some = (most: number) => fc.array(drawn, { maxLength: most, size: 'max' });
const scene: fc.Arbitrary<Scene> = fc.record({
  pair: drawn.map((given) => (given.age === 0 ? given : { ...given, spec: [] })),
  networks: some(4),
  subnets: some(12),
  hosts: some(16),
});

const made = <T extends { readonly metadata: object }>(
  given: Drawn,
  good: unknown,
  build: (spec: unknown, options: object) => T,
): T => {
  const spec = 'whole' in given.spec ? given.spec.whole : changed(good, given.spec);
  const object = build(spec, {
    ...given,
    finalizers: FINALIZERS,
    ...(given.status ? { status: changed(GOOD_STATUS, given.status) } : {}),
  });
  return { ...object, metadata: { ...object.metadata, uid: '9f0c1a52-7d1e-4c39-9f0e-2b6f5f1d8a11' } };
};

/** As the client reads it of the API server's bytes; what is raw comes past it, and may hold anything. */
const stored = <T extends object>(object: T): T => {
  // Go makes half a character a whole one.
  const text = JSON.stringify(object).replaceAll(/(?<!\\)((?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/g, '$1\\ufffd');
  return readObject(Buffer.from(text), TENANT_BOUNDS) as unknown as T;
};

const snapshotIn = (family: Family, { pair: of, networks, subnets, hosts }: Scene, isRaw: boolean): Stored => {
  const good = GOOD[family.version];
  const as = <T extends object>(object: T): T => (isRaw ? object : stored(object));
  const children = {
    networks: networks.map((given, index) =>
      as<SharedNetwork>(made(given, good.network(), (spec, options) => network(nameOf('n', index), spec, options))),
    ),
    subnets: subnets.map((given, index) =>
      as<Subnet>(made(given, good.subnet(index), (spec, options) => subnet(nameOf('s', index), spec, options))),
    ),
    reservations: hosts.map((given, index) =>
      as<HostReservation>(
        made(given, good.host(index), (spec, options) => reservation(nameOf('h', index), spec, options)),
      ),
    ),
  };
  const whole = made(
    of,
    of.age === 2 ? { ...PAIR, mode: 'LoadBalancing' } : PAIR,
    (spec, options) => ({ ...pair({}, options), spec }) as HAPair,
  );
  return { ...sceneOf(children, as<HAPair>(whole)), family };
};

const expectJudged = (scene: Stored, { verdicts, deletions }: Compiled): void => {
  const snapshot = snapshotOf(scene);
  const refs = [
    ...snapshot.networks,
    ...snapshot.subnets,
    ...[...reservationsIn(snapshot)].filter(({ isDeleting }) => !isDeleting),
  ].map(({ ref }) => ref);
  for (const ref of refs) expect(verdicts.has(ref) || deletions.has(ref), ref).toBe(true);
  for (const verdict of verdicts.values()) {
    if (!verdict.accepted) expect(isLine(verdict.message), verdict.message).toBe(true);
  }
};

const textsIn = (value: unknown): readonly string[] =>
  typeof value === 'string'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([key, inner]) => [key, ...textsIn(inner)])
      : [];

/** What Kea and its database get: JSON that says the same when it is read again, and that PostgreSQL can keep. */
const expectRenderable = (
  family: Family,
  { desired: { networks, subnets, hosts } }: Compiled,
  isRaw: boolean,
): void => {
  const fragment = preflightFragment(family, {
    networks: networks.values(),
    subnets: subnets.values(),
    hosts: hosts.values(),
  });
  const live = [
    ...subnets
      .values()
      .map((item) => liveSubnet(family, item, networks.get(item.body['shared-network-name'] ?? '')?.body)),
    ...networks.values().map(liveNetwork),
  ];
  for (const text of textsIn([fragment, live])) {
    if (text.includes('\0') || !(isRaw || text.isWellFormed())) expect.fail(`PostgreSQL cannot keep ${text}`);
  }
  for (const { body, marker } of [...subnets.values(), ...networks.values(), ...hosts.values()]) {
    const context = withMarker(body['user-context'], marker);
    const again = splitUserContext(JSON.parse(JSON.stringify(context ?? null)));
    expect(again.marker).toEqual(marker);
    expect(JSON.stringify(again.context)).toBe(JSON.stringify(body['user-context']));
  }
};

/** The API server takes it, and whoever reads it is told nothing that he cannot see. */
const expectSound = ({ statuses, events }: Writes): void => {
  for (const { object, status } of statuses) {
    const { success, error } = KINDS[object.kind as keyof typeof KINDS].status.safeParse(status);
    expect(success, `${object.kind}: ${error?.message}`).toBe(true);
    const { conditions = [], warnings = [] } = status as Subnet['status'] & object;
    for (const { message } of [...conditions, ...warnings]) expect(isLine(message, 32_768), message).toBe(true);
    for (const { lastTransitionTime } of conditions) expect(Date.parse(lastTransitionTime)).not.toBeNaN();
  }
  for (const { note } of events) expect(isLine(note), note).toBe(true);
};

const foreignOf = ({ desired: { networks, subnets, hosts } }: Compiled): readonly ForeignRow[] => {
  const serverTags = ['all'];
  return [
    ...networks.values().map((item) => ({ kind: 'network', item, serverTags }) as const),
    ...subnets.values().map((item) => ({ kind: 'subnet', item, serverTags }) as const),
    ...hosts.values().map((item) => ({ kind: 'host', item, serverTags }) as const),
  ];
};

let names: readonly string[];
beforeAll(() => {
  names = Object.getOwnPropertyNames(Object.prototype);
});

it('objects of all kinds are compiled, planned and told of, whatever they hold', () => {
  let objects = 0;
  const judge = (family: Family, from: Scene, isRaw: boolean, rows: Parameters<typeof pass>[1] & object): Compiled => {
    const snapshot = snapshotIn(family, from, isRaw);
    objects += 1 + snapshot.networks.length + snapshot.subnets.length + snapshot.reservations.length;
    const attempt = pass(snapshot, rows);
    const { compiled, plan } = attempt;
    if (!compiled || !plan) throw new Error('the pass has no end');
    expectJudged(snapshot, compiled);
    expectRenderable(family, compiled, isRaw);
    for (const line of [...describePlan(plan), summarize(plan.changes)]) expect(isLine(line), line).toBe(true);
    expectSound(report(attempt));
    const { compiled: _compiled, plan: _plan, ...cut } = attempt;
    expectSound(report({ ...cut, backendReachable: false }));
    expectSound(reportUnattached(NOW, { pairs: [snapshot.pair], children: namespaceOf(snapshot) }));
    unattachedVerdicts([], namespaceOf(snapshot));
    return compiled;
  };
  const input = fc.record({
    ipFamily: fc.constantFrom<IPFamily>('IPv4', 'IPv6'),
    before: scene,
    after: scene,
    isRaw: rarely(false, fc.constant(true)),
    isForeign: fc.boolean(),
    leases: fc.constantFrom(0, 3, 'unknown' as const),
  });
  fuzz(SCENES, input, ({ ipFamily, before, after, isRaw, isForeign, leases }) => {
    const family = IP_FAMILIES[ipFamily];
    const first = judge(family, before, isRaw, {});
    judge(family, after, isRaw, { leases, rows: isForeign ? { foreign: foreignOf(first) } : { owned: first.desired } });
  });
  expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(names);
  expect(objects).toBeGreaterThan(OBJECTS);
});
