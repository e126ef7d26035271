import { describe, expect, it } from 'vitest';
import {
  compileWith,
  type Database,
  network,
  pair,
  reservation,
  sceneOf,
  subnet,
  TO_PAIR,
  verdictOf,
} from '../../test/support/objects.ts';
import { mac, OFFICE, PRINTER, printer } from '../../test/support/office.ts';
import { isDraining } from '../kea/draining.ts';
import type { Compiled, LeasesLeft } from './types.ts';

const whole = (policy: string, deleting = true) =>
  sceneOf({
    networks: [network('campus', TO_PAIR)],
    subnets: [
      subnet(
        'office',
        { sharedNetworkRef: { name: 'campus' }, cidr: '10.0.0.0/24', deletionPolicy: policy },
        { deleting },
      ),
    ],
    reservations: [printer()],
  });
const running: Database = { owned: compileWith(whole('Drain', false)).desired };

describe('Subnets that are drained', () => {
  const left = (leases: number, more: Partial<LeasesLeft> = {}) => new Map([[1, { leases, endless: 0, ...more }]]);
  const drain = (remaining?: ReadonlyMap<number, LeasesLeft>, database = running, policy = 'Drain') =>
    compileWith(whole(policy), database, remaining ? { remaining } : {});
  const draining: Database = { owned: drain(left(12)).desired };
  const told = (compiled: Compiled) => {
    const deletion = compiled.deletions.get(OFFICE);
    const message = deletion && 'message' in deletion ? deletion.message.split(':', 1)[0] : undefined;
    const body = compiled.desired.subnets.get(1)?.body;
    return { state: deletion?.state, serves: body && !isDraining(body), message };
  };

  it.each([
    {
      because: 'serve nobody, and stay with their reservations',
      of: drain(left(12, { last: 1_767_362_400 })),
      is: { state: 'draining', serves: false, message: '12 leases are left, and the last ends by 2026-01-02T14' },
    },
    {
      because: 'go with the last lease',
      of: drain(left(0), draining),
      is: { state: 'leaving', serves: undefined, message: undefined },
    },
    {
      because: 'do not wait for what never ends',
      of: drain(left(0, { endless: 3 }), draining),
      is: { state: 'leaving', serves: undefined, message: undefined },
    },
    {
      because: 'say what they do not wait for',
      of: drain(left(1, { endless: 1 })),
      is: {
        state: 'draining',
        serves: false,
        message:
          '1 lease is left, and it ends after the lease time at the latest (1 that never ends is not waited for)',
      },
    },
    {
      because: 'say no time where the database has none',
      of: drain(left(2, { last: 1e18 })),
      is: {
        state: 'draining',
        serves: false,
        message: '2 leases are left, and the last ends after the lease time at the latest',
      },
    },
    {
      because: 'do not begin while nobody can count',
      of: drain(),
      is: { state: 'held', serves: true, message: 'its active leases cannot be counted now' },
    },
    {
      because: 'go on once begun, whoever counts',
      of: drain(undefined, draining),
      is: { state: 'draining', serves: false, message: 'its leases cannot be counted now' },
    },
    {
      because: 'serve again where they are to be protected after all',
      of: compileWith(whole('Protect'), draining, { activeLeases: new Map([[1, 12]]) }),
      is: { state: 'held', serves: true, message: '12 leases are active' },
    },
    {
      because: 'serve again before they are let go of',
      of: drain(left(12), draining, 'Orphan'),
      is: { state: 'held', serves: true, message: 'it was being drained' },
    },
    {
      because: 'go at once where that is wanted after all',
      of: drain(left(12), draining, 'Delete'),
      is: { state: 'leaving', serves: undefined, message: undefined },
    },
    {
      because: 'go with their pair, as nobody is left to wait',
      of: compileWith({ ...whole('Drain'), pair: pair({}, { deleting: true }) }, draining, {
        remaining: left(12),
      }),
      is: { state: 'leaving', serves: undefined, message: undefined },
    },
  ])('$because', ({ of, is }) => {
    expect(told(of)).toEqual(is);
    expect(of.desired.hosts.size).toBe(is.serves === undefined ? 0 : 1);
  });

  it('refuse their reservations, old and new, and keep their network', () => {
    const compiled = drain(left(12), draining);
    expect([verdictOf(compiled, PRINTER), compiled.kept.has(PRINTER)]).toEqual(['RefNotFound', false]);
    expect(compiled.desired.networks.size).toBe(1);
    expect(drain(left(3), draining).desired.subnets.get(1)).toEqual(draining.owned?.subnets.get(1));
  });

  it('take a reservation of all Subnets its address once they are drained, and nothing else', () => {
    const scene = (deleting: boolean) => {
      const { networks, subnets } = whole('Drain', deleting);
      const everywhere = { ...TO_PAIR, ...mac('07'), ipAddress: '10.0.0.7', hostname: 'guard' };
      const reservations = [reservation('guard', everywhere)];
      return sceneOf({ networks, subnets, reservations }, pair({ dhcp4: { reservationsGlobal: true } }));
    };
    const guard = ({ desired }: Compiled) => [...desired.hosts.values()].map(({ body }) => body);
    const remaining = left(12);
    const serving = compileWith(scene(false));
    const begun = compileWith(scene(true), { owned: serving.desired }, { remaining });
    expect(guard(begun)).toEqual(guard(serving));
    const drainedOne = compileWith(scene(true), { owned: begun.desired }, { remaining });
    const GUARD = 'HostReservation/prod/guard';
    expect([verdictOf(begun, GUARD), verdictOf(drainedOne, GUARD)]).toEqual(['accepted', 'AddressOutsidePrefix']);
    expect(guard(drainedOne)).toEqual(guard(serving).map(({ 'ip-address': _, ...rest }) => rest));
  });

  it('have no other marker than protected ones: whoever knows no drain reads the row, and protects it', () => {
    expect(draining.owned?.subnets.get(1)?.marker).not.toHaveProperty('deletionPolicy');
  });
});
