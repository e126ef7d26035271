/**
 * Objects that do not fit their schema: stored by an older one, or written past its rules. Each is the matter of its own pair; whoever else looks at it
 * goes on as if it were not there.
 */
import { describe, expect, it } from 'vitest';
import type { HAPair, HostReservation, SharedNetwork, Subnet } from '../../src/api/index.ts';
import { serversIn } from '../../src/api/stored.ts';
import { unattachedVerdicts } from '../../src/compile/attach.ts';
import { namespaceOf } from '../../src/compile/namespace.ts';
import { assignSubnetIds, prefixesUndesired, uncertainPrefixes } from '../../src/compile/subnetIds.ts';
import type { Children } from '../../src/compile/types.ts';
import { uncertainRows } from '../../src/compile/vanished.ts';
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import { countedIn, figuresOf, leaseStatuses } from '../../src/status/leaseStatuses.ts';
import { report, reportUnattached } from '../../src/status/report.ts';
import { poolsOf, sumOf } from '../../src/status/utilization.ts';
import { childPassOf, followChildren, gather, pairsBeside, pairsOn } from '../../src/sync/gather.ts';
import { notAllowed } from '../../src/workload/allowed.ts';
import { claimProblem } from '../../src/workload/claims.ts';
import {
  compileWith,
  network,
  pair,
  reservation,
  sceneOf,
  SERVER_TAG,
  snapshotOf,
  subnet,
  TO_PAIR,
  verdictOf,
  witnesses,
} from '../support/objects.ts';
import { cutShort, NOW, pass } from '../support/passes.ts';
import { randomFrom } from '../support/random.ts';
import { emptySources } from '../support/sources.ts';

const GOOD = {
  HAPair: {
    ...pair().spec,
    servers: [
      { name: 'x', node: 'node8', interfaces: ['lan0'] },
      { name: 'y', node: 'node9', interfaces: ['lan0'] },
    ],
    controlPort: 8000,
    haPort: 8001,
    dhcp4: { validLifetime: 600 },
    paused: false,
  },
  SharedNetwork: { ...TO_PAIR, interface: 'lan0', relay: { ipAddresses: ['10.9.9.9'] } },
  Subnet: { ...TO_PAIR, cidr: '10.9.0.0/24', subnetId: 9, pools: [{ pool: '10.9.0.10-10.9.0.20' }] },
  HostReservation: {
    ...TO_PAIR,
    subnetRef: { name: 'good' },
    identifier: { hwAddress: '02:00:5e:10:00:09' },
    ipAddress: '10.0.0.9',
  },
};
type Kind = keyof typeof GOOD;

/** The spec with every value within it replaced, or left where the answer is the value itself. */
const changed = (spec: unknown, replace: (value: unknown) => unknown): unknown => {
  if (typeof spec !== 'object' || spec === null) return replace(spec);
  const inner = Array.isArray(spec)
    ? spec.map((value) => changed(value, replace))
    : Object.fromEntries(Object.entries(spec).map(([key, value]) => [key, changed(value, replace)]));
  return replace(inner);
};
const spoiling: readonly (readonly [string, (good: object) => unknown])[] = [
  ['has no spec', () => undefined],
  ['has a spec of null', () => null],
  ['has an empty spec', () => ({})],
  ['has a text as its spec', () => 'spec'],
  ['has a list as its spec', () => [1, null, {}]],
  [
    'has maps where lists belong',
    (good) => changed(good, (value) => (Array.isArray(value) ? Object.assign({}, value) : value)),
  ],
  [
    'has lists where maps belong',
    (good) => Object.fromEntries(Object.entries(good).map(([key, value]) => [key, [value]])),
  ],
  ['has lists of nulls', (good) => changed(good, (value) => (Array.isArray(value) ? value.map(() => null) : value))],
  ['has lists of texts', (good) => changed(good, (value) => (Array.isArray(value) ? value.map(() => 'x') : value))],
  ['has texts for numbers', (good) => changed(good, (value) => (typeof value === 'number' ? String(value) : value))],
  ['has numbers for texts', (good) => changed(good, (value) => (typeof value === 'string' ? 7 : value))],
  ['has nulls for all its fields', (good) => Object.fromEntries(Object.keys(good).map((key) => [key, null]))],
  ['is its own parent', () => ({ sharedNetworkRef: { name: 'bad' }, subnetRef: { name: 'bad' } })],
];
const statuses: readonly unknown[] = [
  undefined,
  null,
  [],
  { conditions: { type: 'Ready' }, subnetId: '9', servers: {}, utilization: [] },
  { conditions: [null, 'x', { type: 7 }, { type: 'Ready' }], subnetId: -1, servers: [null] },
];

/** As the API server gives it, at the least: it sets a name and nothing else by force. */
const withLittle = <T extends { metadata: { name: string; namespace?: string } }>(object: T): T => ({
  ...object,
  metadata: { name: object.metadata.name, namespace: object.metadata.namespace },
});

const BUILD = {
  HAPair: (spec: unknown, status: unknown) =>
    ({ ...pair({}, { status }), metadata: { ...pair().metadata, name: 'bad' }, spec }) as HAPair,
  SharedNetwork: (spec: unknown, status: unknown) => network('bad', spec, { status }),
  Subnet: (spec: unknown, status: unknown) => subnet('bad', spec, { status }),
  HostReservation: (spec: unknown, status: unknown) => reservation('bad', spec, { status }),
};

/** A namespace with a pair and its objects in good order, and a malformed one beside them. */
interface Scene {
  readonly bad: HAPair | SharedNetwork | Subnet | HostReservation;
  readonly pairs: readonly HAPair[];
  readonly children: Children;
}

const hq = pair();
const good = subnet('good', { ...TO_PAIR, cidr: '10.0.0.0/24', subnetId: 1 }, { age: 5 });
const desk = reservation(
  'desk',
  { subnetRef: { name: 'good' }, identifier: { hwAddress: '02:00:5e:10:00:01' } },
  { age: 5 },
);
const floors = network('floors', TO_PAIR, { age: 5 });
const sceneWith = (kind: Kind, bad: Scene['bad']): Scene => ({
  bad,
  pairs: kind === 'HAPair' ? [bad as HAPair, hq] : [hq],
  children: {
    networks: kind === 'SharedNetwork' ? [bad as SharedNetwork, floors] : [floors],
    subnets: kind === 'Subnet' ? [bad as Subnet, good] : [good],
    reservations: kind === 'HostReservation' ? [bad as HostReservation, desk] : [desk],
  },
});

const cachesOf = ({ pairs, children }: Scene) => {
  const caches = emptySources();
  caches.pairs.replace(pairs);
  caches.networks.replace(children.networks);
  caches.subnets.replace(children.subnets);
  caches.reservations.replace(children.reservations);
  return followChildren(caches);
};

/** Nothing. */
const ALLOWED = { hostPaths: [], images: [], servers: [], priorityClasses: [] };
const isAllowed = (pair: HAPair): boolean => notAllowed(pair, ALLOWED) === undefined;

const NODES = new Map([['node1', { internalIPs: ['10.0.0.1'] }]]);
const owned = compileWith(sceneOf({ networks: [floors], subnets: [good], reservations: [desk] }, hq)).desired;

/** Where the pair hq looks at objects that are not its own, or not alone its own. */
const looks: readonly (readonly [string, (scene: Scene) => unknown])[] = [
  ['claimProblem', ({ pairs }) => claimProblem(hq, DHCPV4, pairs, NODES, isAllowed)],
  ['the pairs on a node', (scene) => pairsOn(cachesOf(scene), 'node1').includes('prod/hq')],
  ['the pairs beside it', (scene) => pairsBeside(cachesOf(scene), hq).includes('prod/hq')],
  ['gather', (scene) => gather(cachesOf(scene), 'prod/hq').pair],
  ['the keys of its objects', (scene) => [good, desk, floors].map((child) => childPassOf(cachesOf(scene), child))],
  [
    'who belongs to the pair',
    ({ children }) => snapshotOf(sceneOf(children, hq)).subnets.some(({ object }) => object === good),
  ],
  [
    'unattachedVerdicts',
    ({ pairs, children }) =>
      unattachedVerdicts(
        pairs.map(({ metadata }) => metadata.name),
        namespaceOf(children),
      ).get('Subnet/prod/good'),
  ],
  [
    'the ids of its Subnets',
    ({ children }) =>
      assignSubnetIds(snapshotOf(sceneOf(children, hq)), witnesses({ owned })).ids.get('Subnet/prod/good'),
  ],
  [
    'compile',
    ({ children }) => {
      const compiled = compileWith(sceneOf(children, hq), { owned });
      return ['Subnet/prod/good', 'HostReservation/prod/desk', 'SharedNetwork/prod/floors'].map((ref) =>
        verdictOf(compiled, ref as never),
      );
    },
  ],
  [
    'the report of its pass',
    ({ children }) =>
      report(pass(sceneOf(children, hq))).statuses.filter(({ object }) => object === good || object === desk),
  ],
];

/** What is asked of the malformed object itself: an answer of any kind. */
const own: readonly (readonly [string, (scene: Scene) => unknown])[] = [
  ['claimProblem', ({ bad }) => bad.kind === 'HAPair' && claimProblem(bad as HAPair, DHCPV4, [hq], NODES, isAllowed)],
  ['what it asks of the nodes', ({ bad }) => bad.kind === 'HAPair' && notAllowed(bad as HAPair, ALLOWED)],
  ['its servers', ({ bad }) => serversIn(bad.spec)],
  ['the pairs beside it', (scene) => scene.bad.kind === 'HAPair' && pairsBeside(cachesOf(scene), scene.bad as HAPair)],
  ['its key', (scene) => scene.bad.kind !== 'HAPair' && childPassOf(cachesOf(scene), scene.bad as Subnet)],
  [
    'the report on unattached objects',
    ({ pairs, children }) => reportUnattached(NOW, { pairs: pairs.slice(1), children: namespaceOf(children) }),
  ],
  [
    'ids and rows in doubt',
    ({ pairs: [first = hq], children }) => {
      const snapshot = snapshotOf(sceneOf(children, first));
      const ids = assignSubnetIds(snapshot, witnesses({ owned }));
      return [
        prefixesUndesired(snapshot),
        uncertainPrefixes(snapshot, witnesses()),
        uncertainRows(snapshot, { owned, foreign: [], ledger: new Map() }, ids),
      ];
    },
  ],
  [
    'compile and the report',
    ({ pairs: [first = hq], children }) => report(pass(sceneOf(children, first), { rows: { owned } })),
  ],
  [
    'the report of a pass that was cut short',
    ({ pairs: [first = hq], children }) => report(cutShort(sceneOf(children, first), { servers: [] })),
  ],
  [
    'its figures',
    ({ pairs: [first = hq], children }) => {
      const snapshot = snapshotOf(sceneOf(children, first));
      const counted = countedIn(snapshot);
      const figures = figuresOf(counted, new Map());
      const news = leaseStatuses(snapshot, figures, () => sumOf([...figures.values()]), new Map(), NOW);
      return [[...counted.values()].map(poolsOf), [...news]];
    },
  ],
];

const cases = (Object.keys(GOOD) as Kind[]).flatMap((kind) =>
  spoiling.map(([because, spoil]) => ({ kind, because, spoil })),
);
/** The object with each of the statuses, and with as little metadata as there may be. */
const variants = ({ kind, spoil }: (typeof cases)[number]): readonly Scene[] =>
  statuses
    .map((status) => BUILD[kind](spoil(GOOD[kind]), status))
    .flatMap((bad) => [bad, withLittle(bad)])
    .map((bad) => sceneWith(kind, bad));

describe.each(cases)('where a $kind $because', (spoiled) => {
  const without: Scene = { ...sceneWith('HAPair', BUILD.HAPair({ servers: [] }, undefined)), pairs: [hq] };

  it('whoever looks at others finds what is in good order', () => {
    for (const scene of variants(spoiled)) {
      for (const [what, look] of looks) expect(look(scene), what).toEqual(look(without));
    }
  });

  it('whoever looks at it has an answer', () => {
    for (const scene of variants(spoiled)) {
      for (const [what, ask] of own) expect(() => ask(scene), what).not.toThrow();
    }
  });
});

it('a pair that does not fit its schema keeps what it says that it has', () => {
  const earlier = BUILD.HAPair(
    { servers: [null, { name: 'x', node: 'node1', interfaces: ['lan0', 7] }], controlPort: '8000', haPort: 8001 },
    undefined,
  );
  const older = { ...earlier, metadata: { ...earlier.metadata, creationTimestamp: '2020-01-01T00:00:00Z' } };
  expect(claimProblem(hq, DHCPV4, [older, hq], NODES, isAllowed)?.message).toContain(
    'interface lan0 of node node1, as server x of the earlier HAPair prod/bad does',
  );
});

it('whatever a pair holds, the others get their passes', () => {
  for (let seed = 0; seed < 500; seed++) {
    const random = randomFrom(seed);
    const bad = BUILD.HAPair(
      changed(GOOD.HAPair, (value) => (random.chance(0.1) ? random.garbage() : value)),
      random.garbage(),
    );
    const scene = sceneWith('HAPair', bad);
    claimProblem(hq, DHCPV4, scene.pairs, NODES, isAllowed);
    expect(pairsOn(cachesOf(scene), 'node1')).toContain('prod/hq');
    report(cutShort(sceneOf(scene.children, bad), { serverTag: SERVER_TAG }));
  }
});
