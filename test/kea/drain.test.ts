/** Clients of a Subnet that is drained, on real servers: they are refused, whoever they are, and go to the other Subnet of their link. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Compiled } from '../../src/compile/types.ts';
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import { DHCPV6 } from '../../src/kea/dhcpv6.ts';
import type { Family } from '../../src/kea/family.ts';
import { createControlLeases } from '../../src/leases/control.ts';
import type { LeaseSource } from '../../src/leases/source.ts';
import { createMemory } from '../../src/sync/memory.ts';
import { type Offer, openRelay, type TestRelay } from '../support/dhcp.ts';
import { openRelay6, REBIND, RENEW, REQUEST, SOLICIT, type TestRelay6 } from '../support/dhcp6.ts';
import type { KeaServer } from '../support/kea.ts';
import { useBench } from '../support/keaTier.ts';
import { compileWith, network, pair, reservation, sceneOf, subnet, TO_PAIR } from '../support/objects.ts';
import { openSession, takePass, type WatchedSession } from '../support/sync.ts';

const LEASE_TIME = 600;

/** A link with two Subnets, of which one is drained; it has the id 1. */
const useLink = (family: Family, dhcp: object, parts: Parameters<typeof sceneOf>[0], old: object) => {
  const bench = useBench(family);
  let server: KeaServer;
  let session: WatchedSession;
  let leases: LeaseSource;
  const memory = createMemory();
  let rows: Compiled | undefined;

  const pass = async (isDeleting: boolean): Promise<Compiled> => {
    const meta = isDeleting ? { deleting: true, finalizers: ['kea-operator.io/cleanup'] } : {};
    const subnets = [subnet('old', { ...old, subnetId: 1, validLifetime: LEASE_TIME, deletionPolicy: 'Drain' }, meta)];
    const scene = sceneOf({ ...parts, subnets: [...subnets, ...(parts.subnets ?? [])] }, pair(dhcp));
    const remaining = await leases.remaining([1]);
    rows = compileWith({ ...scene, family }, rows ? { owned: rows.desired } : {}, { remaining });
    const { networks, subnets: bodies, hosts } = rows.desired;
    const desired = { networks: [...networks.values()], subnets: [...bodies.values()], hosts: [...hosts.values()] };
    const { followed } = await takePass(bench.backend, [session], desired, memory);
    expect([...followed.values()]).toMatchObject([{ synchronized: true, drifted: 0 }]);
    return rows;
  };

  beforeEach(async () => {
    rows = undefined;
    server = await bench.server();
    session = openSession(server);
    leases = createControlLeases({ servers: [server.client], family });
    await pass(false);
  });
  afterEach(() => session.close());
  return {
    bench,
    /** Where clients reach the server. */
    to: () => (family.version === 4 ? server.address : server.address6),
    drain: () => pass(true),
    left: async () => (await leases.remaining([1])).get(1),
  };
};

describe('of IPv4', () => {
  const MAC = '02005e100001';
  const RESERVED = '02005e100002';
  const EVERYWHERE = '02005e100003';
  const identifier = (mac: string) => ({ identifier: { hwAddress: mac.replace(/..(?=.)/g, '$&:') } });
  const { bench, to, drain, left } = useLink(
    DHCPV4,
    {},
    {
      networks: [network('floor', TO_PAIR)],
      subnets: [
        subnet('beside', {
          sharedNetworkRef: { name: 'floor' },
          subnetId: 2,
          cidr: '192.0.3.0/24',
          reservationsGlobal: true,
          pools: [{ pool: '192.0.3.10-192.0.3.99' }],
        }),
      ],
      reservations: [
        reservation('printer', { subnetRef: { name: 'old' }, ...identifier(RESERVED), ipAddress: '192.0.2.200' }),
        reservation('guard', {
          ...TO_PAIR,
          ...identifier(EVERYWHERE),
          ipAddress: '192.0.2.201',
          bootFileName: 'guard.efi',
        }),
      ],
    },
    {
      sharedNetworkRef: { name: 'floor' },
      cidr: '192.0.2.0/24',
      pools: [{ pool: '192.0.2.10-192.0.2.99' }],
      allocator: 'flq',
      reservationsGlobal: true,
    },
  );
  let relay: TestRelay;
  beforeAll(async () => {
    relay = await openRelay(bench.lab.network.address);
  });
  afterAll(() => relay.close());
  const link = '192.0.2.1';
  const bytesOf = (address: string): Buffer => Buffer.from(address.split('.').map(Number));
  const kindOf = (offer: Offer | undefined) => offer?.options.get(53)?.[0];
  const REFUSED = 6;
  const lease = async (mac: string): Promise<string | undefined> => {
    const offer = await relay.discover(to(), { mac, link });
    const send = new Map([
      [50, bytesOf(offer?.address ?? '')],
      [54, offer?.options.get(54) ?? Buffer.of()],
    ]);
    return (await relay.request(to(), { mac, link, send }))?.address;
  };

  it('every client is refused at its next renewal, and gets an address of the other Subnet; strangers get one at once', async () => {
    const had = new Map<string, string>();
    for (const mac of [MAC, RESERVED, EVERYWHERE]) had.set(mac, (await lease(mac)) ?? '');
    expect([...had.values()]).toEqual([expect.stringMatching(/^192\.0\.2\./), '192.0.2.200', '192.0.2.201']);
    const before = await left();
    expect(before).toMatchObject({ leases: 3, endless: 0 });
    expect(Math.abs((before?.last ?? 0) - Date.now() / 1000 - LEASE_TIME)).toBeLessThan(60);

    expect((await drain()).deletions.get('Subnet/prod/old')?.state).toBe('draining');
    // The reservation of all Subnets gives up its address once the drain has begun.
    await drain();
    expect(await lease('02005e100009')).toMatch(/^192\.0\.3\./);
    for (const [mac, from] of had) {
      expect(kindOf(await relay.request(to(), { mac, link, from })), `${mac} renews`).toBe(REFUSED);
      const back = { mac, link, send: new Map([[50, bytesOf(from)]]) };
      expect(kindOf(await relay.request(to(), back)), `${mac} comes back`).toBe(REFUSED);
      expect(await lease(mac)).toMatch(/^192\.0\.3\./);
    }
    // What else is kept for a client of all Subnets it still gets, though the drained one is tried first.
    expect(await relay.discover(to(), { mac: EVERYWHERE, link })).toMatchObject({ bootFileName: 'guard.efi' });
    // What a client had before is given up with what it gets: nothing has to run out.
    expect(await left()).toEqual({ leases: 0, endless: 0 });
    expect((await drain()).deletions.get('Subnet/prod/old')?.state).toBe('leaving');
  });
});

describe('of IPv6', () => {
  const link = '2001:db8:1::1';
  const { bench, to, drain, left } = useLink(
    DHCPV6,
    { ipFamilies: ['IPv6'] },
    {
      networks: [network('floor', { ...TO_PAIR, ipFamily: 'IPv6' })],
      subnets: [
        subnet('beside', {
          sharedNetworkRef: { name: 'floor' },
          subnetId: 2,
          cidr: '2001:db8:2::/64',
          pools: [{ pool: '2001:db8:2::10-2001:db8:2::99' }],
          pdPools: [{ prefix: '2001:db8:b000::/48', delegatedLen: 56 }],
        }),
      ],
    },
    {
      sharedNetworkRef: { name: 'floor' },
      cidr: '2001:db8:1::/64',
      pools: [{ pool: '2001:db8:1::10-2001:db8:1::99' }],
      pdPools: [{ prefix: '2001:db8:a000::/48', delegatedLen: 56 }],
    },
  );
  let relay: TestRelay6;
  beforeAll(async () => {
    relay = await openRelay6(bench.lab.network.address6);
  });
  afterAll(() => relay.close());

  it.each([
    ['an address', false, /^2001:db8:2:/],
    ['a prefix', true, /^2001:db8:b000:.*\/56$/],
  ])(
    'who renews %s is told that it is valid no longer, and gets another of the other Subnet',
    async (_, delegated, other) => {
      const offer = await relay.address(to(), SOLICIT, { link, delegated });
      const [address = ''] = offer?.addresses.keys() ?? [];
      const had = { link, delegated, address };
      await relay.address(to(), REQUEST, { ...had, server: offer?.server ?? Buffer.of() });
      expect([address, await left()]).toMatchObject([
        expect.stringMatching(/^2001:db8:(1|a000):/),
        { leases: 1, endless: 0 },
      ]);

      expect((await drain()).deletions.get('Subnet/prod/old')?.state).toBe('draining');
      for (const [type, server] of [
        [RENEW, offer?.server],
        [REBIND, undefined],
      ] as const) {
        const answer = await relay.address(to(), type, { ...had, ...(server && { server }) });
        expect(answer?.addresses.get(address)).toBe(0);
        expect([...(answer?.addresses.keys() ?? [])].filter((one) => one !== address)).toEqual([
          expect.stringMatching(other),
        ]);
      }
      expect(await left()).toEqual({ leases: 0, endless: 0 });
    },
  );
});
