import { describe, expect, it } from 'vitest';
import {
  compileWith,
  type Database,
  messageOf,
  network,
  pair,
  reservation,
  type Scene,
  sceneOf,
  snapshotOf,
  subnet,
  TO_PAIR,
  verdictOf,
  witnesses,
} from '../../test/support/objects.ts';
import { inOffice, mac, OFFICE, office, printer } from '../../test/support/office.ts';
import { withPolicy } from '../kea/digest.ts';
import type { DeletionPolicy } from '../kea/state.ts';
import { assignSubnetIds } from './subnetIds.ts';
import type { ActiveLeases, Compiled } from './types.ts';
import { uncertainRows } from './vanished.ts';

const CAMPUS = { sharedNetworkRef: { name: 'campus' } };
const member = (more: object = {}, options = {}) =>
  subnet('office', { ...CAMPUS, cidr: '10.0.0.0/24', ...more }, options);
const campus = network('campus', TO_PAIR);
const whole = sceneOf({ networks: [campus], subnets: [member()], reservations: [printer()] });
const owned = compileWith(whole).desired;

/** @param row What its row says of its deletion; @param ledger What its Subnet said to an earlier version. */
const database = (row?: DeletionPolicy, ledger?: DeletionPolicy): Database => {
  const subnets = new Map(
    [...owned.subnets].map(([id, { body, marker }]) => [
      id,
      { body, ...(marker ? { marker: withPolicy(marker, row ?? 'Protect') } : {}) },
    ]),
  );
  const entry = { prefix: '10.0.0.0/24', object: OFFICE, ...(ledger ? { deletionPolicy: ledger } : {}) } as const;
  return { owned: { ...owned, subnets }, ledger: new Map([[1, entry]]) };
};
const compiled = (snapshot: Scene, leases: ActiveLeases, row?: DeletionPolicy, ledger?: DeletionPolicy): Compiled =>
  compileWith(snapshot, database(row, ledger), { activeLeases: new Map([[1, leases]]) });
const summary = ({ desired: { networks, subnets, hosts }, vanished, orphans, allowed }: Compiled) => ({
  rows: `${networks.size} ${subnets.size} ${hosts.size}`,
  vanished: vanished.size,
  orphaned: orphans.has(OFFICE),
  allowed: allowed.size,
});

describe('a Subnet that vanished', () => {
  const all = { rows: '1 1 1', vanished: 1, orphaned: false, allowed: 0 };
  const none = { rows: '0 0 0', vanished: 0, orphaned: false, allowed: 0 };
  /** Its network and its reservation are there or gone with it: either way their rows stay with its own, and for it alone. */
  const alone = sceneOf({ reservations: [printer()] });

  it.each<{ because: string; policy?: DeletionPolicy; ledger?: DeletionPolicy; leases: ActiveLeases; summary: object }>(
    [
      { because: 'stays with all that serves it while leases are active', policy: 'Protect', leases: 45, summary: all },
      { because: 'so it does where nobody can count them', policy: 'Protect', leases: 'unknown', summary: all },
      {
        because: 'so it does where neither the row nor the ledger of an earlier version says anything',
        leases: 1,
        summary: all,
      },
      { because: 'goes without leases', policy: 'Protect', leases: 0, summary: none },
      { because: 'goes where its policy was Delete', policy: 'Delete', leases: 45, summary: none },
      { because: 'so it does where an earlier version was told so', ledger: 'Delete', leases: 45, summary: none },
      {
        because: 'is let go of where its policy was Orphan, and its reservation stays',
        policy: 'Orphan',
        leases: 45,
        summary: { rows: '0 0 1', vanished: 0, orphaned: true, allowed: 0 },
      },
    ],
  )('$because', ({ policy, ledger, leases, summary: expected }) => {
    expect(summary(compiled(alone, leases, policy, ledger))).toEqual(expected);
  });

  it.each(['office', 'guests , office', '1', 'guests,1'])('goes where the HAPair names it: %s', (names) => {
    const annotations = { 'kea-operator.io/allow-removal': names };
    expect(summary(compiled({ ...alone, pair: pair({}, { annotations }) }, 45))).toEqual({ ...none, allowed: 1 });
  });

  it.each(['', 'off', '10', 'Subnet/prod/office'])('stays where it names another: "%s"', (names) => {
    const annotations = { 'kea-operator.io/allow-removal': names };
    expect(summary(compiled({ ...alone, pair: pair({}, { annotations }) }, 45))).toEqual(all);
  });

  it('goes with its pair', () => {
    expect(summary(compiled({ ...alone, pair: pair({}, { deleting: true }) }, 45))).toMatchObject({ vanished: 0 });
  });

  it('finds its row when it comes back, and so does another of its prefix', () => {
    const back = compiled(whole, 45);
    expect([back.desired, back.vanished.size]).toEqual([owned, 0]);
    const other = compiled(sceneOf({ subnets: [subnet('other', { ...TO_PAIR, cidr: '10.0.0.0/24' })] }), 45);
    expect(other.subnetIds.get('Subnet/prod/other')).toBe(1);
    expect(summary(other)).toMatchObject({ rows: '0 1 0', vanished: 0 });
  });

  it('keeps its prefix from those that overlap it, and its row from one of its prefix that is wrong itself', () => {
    const overlapping = compiled(sceneOf({ subnets: [subnet('half', { ...TO_PAIR, cidr: '10.0.0.0/25' })] }), 45);
    expect(verdictOf(overlapping, 'Subnet/prod/half')).toBe('PrefixOverlap');
    expect(messageOf(overlapping, 'Subnet/prod/half')).toContain('Subnet prod/office, which is gone');
    const wrong = subnet('other', { ...TO_PAIR, cidr: '10.0.0.0/24', pools: [{ pool: '10.9.0.0/24' }] });
    expect(summary(compiled(sceneOf({ subnets: [wrong] }), 45))).toMatchObject({ rows: '1 1 0', vanished: 1 });
  });

  it('was another one where one of its name has another prefix', () => {
    const again = compiled(sceneOf({ subnets: [office({ cidr: '10.7.0.0/24' })] }), 45);
    expect(again.subnetIds.get(OFFICE)).toBe(2);
    expect([...again.desired.subnets.keys()].sort()).toEqual([1, 2]);
    expect(again.vanished.get(1)).toEqual({ object: OFFICE, prefix: '10.0.0.0/24', leases: 45 });
  });

  it('is as good as gone where its network is, and it is deleted itself; not where it only waits for the network', () => {
    const waiting = compiled(sceneOf({ subnets: [member()] }), 45);
    expect(summary(waiting)).toMatchObject({ rows: '1 1 0', vanished: 0 });
    expect(summary(compiled(sceneOf({ subnets: [member({}, { deleting: true })] }), 45))).toMatchObject({
      vanished: 1,
    });
  });

  it('does not bring back reservations that were deleted', () => {
    expect(summary(compiled(sceneOf({}), 45))).toMatchObject({ rows: '1 1 0', vanished: 1 });
    const late = reservation('late', { ...inOffice, ...mac('07') });
    expect(summary(compiled(sceneOf({ reservations: [printer(), late] }), 45)).rows).toBe('1 1 1');
  });
});

describe('what is remembered for a Subnet that will have vanished', () => {
  it('is what each of those that are there says, accepted or not', () => {
    const said = compiled(
      sceneOf({
        networks: [campus],
        subnets: [
          member({ deletionPolicy: 'Orphan', pools: [{ pool: '10.9.0.0/24' }] }),
          subnet('lab', { ...TO_PAIR, cidr: '10.1.0.0/24', deletionPolicy: 'Delete' }),
        ],
      }),
      0,
    );
    const rows = [...said.desired.subnets].map(([id, { marker }]) => [id, marker?.deletionPolicy]);
    expect(rows).toEqual([
      [1, 'Orphan'],
      [2, 'Delete'],
    ]);
  });
});

describe('uncertainRows', () => {
  const uncertain = (scene: Scene, policy?: DeletionPolicy) => {
    const snapshot = snapshotOf(scene);
    const known = witnesses(database(policy));
    return uncertainRows(snapshot, known, assignSubnetIds(snapshot, known));
  };

  it.each<{ because: string; snapshot: Scene; policy?: DeletionPolicy; ids: number[] }>([
    { because: 'all is well', snapshot: whole, ids: [] },
    { because: 'it vanished', snapshot: sceneOf({}), policy: 'Protect', ids: [1] },
    { because: 'it vanished, and protected nothing', snapshot: sceneOf({}), policy: 'Delete', ids: [] },
    {
      because: 'it is being deleted and protected',
      snapshot: sceneOf({
        networks: [campus],
        subnets: [member({ deletionPolicy: 'Protect' }, { deleting: true })],
      }),
      ids: [1],
    },
    {
      because: 'it is being deleted and not protected',
      snapshot: sceneOf({ networks: [campus], subnets: [member({ deletionPolicy: 'Delete' }, { deleting: true })] }),
      ids: [],
    },
    { because: 'the pair goes', snapshot: sceneOf({}, pair({}, { deleting: true })), ids: [] },
  ])('asks for leases only where they decide: $because', ({ snapshot, policy, ids }) => {
    expect(uncertain(snapshot, policy)).toEqual(ids);
  });
});
