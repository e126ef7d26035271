/** Values that Kea takes and people's files have: every spelling comes to the same rows, and what may surprise is told. */
import { describe, expect, it } from 'vitest';
import {
  compileWith,
  EMPTY_STATE,
  network,
  pair,
  reservation,
  sceneOf,
  subnet,
  TO_PAIR,
  verdictOf,
} from '../../test/support/objects.ts';
import { inOffice, OFFICE, office, PRINTER, printer } from '../../test/support/office.ts';
import type { HostReservation } from '../api/index.ts';
import { withoutDerived } from '../kea/state.ts';

const bodyOf = (object: ReturnType<typeof office>) =>
  [...compileWith(sceneOf({ subnets: [object] })).desired.subnets.values()][0]?.body;

describe('spellings of the same', () => {
  it.each([
    [
      'a pool with blanks',
      { pools: [{ pool: ' 10.0.0.10 -\t10.0.0.20 ' }] },
      { pools: [{ pool: '10.0.0.10-10.0.0.20' }] },
    ],
    ['a prefix with blanks as a pool', { pools: [{ pool: ' 10.0.0.64 / 26' }] }, { pools: [{ pool: '10.0.0.64/26' }] }],
    [
      'an option by name and code',
      { optionData: [{ name: 'routers', code: 3, data: '10.0.0.1' }] },
      { optionData: [{ code: 3, data: '10.0.0.1' }] },
    ],
    [
      'empty texts and lists',
      { interface: '', nextServer: '', serverHostname: '', bootFileName: '', relay: { ipAddresses: [] } },
      {},
    ],
  ])('%s', (_what, given, plain) => {
    expect(bodyOf(office(given))).toEqual(bodyOf(office(plain)));
  });

  it('an empty text takes nothing away that is inherited', () => {
    const networks = [network('campus', { ...TO_PAIR, interface: 'lan0', bootFileName: 'pxe.0' })];
    const child = subnet('office', {
      sharedNetworkRef: { name: 'campus' },
      cidr: '10.0.0.0/24',
      interface: '',
      bootFileName: '',
    });
    const { verdicts, desired } = compileWith(sceneOf({ networks, subnets: [child] }));
    expect(verdicts.get(OFFICE)).toEqual({ accepted: true });
    expect([...desired.subnets.values()].map(withoutDerived)[0]).toEqual({
      id: 1,
      subnet: '10.0.0.0/24',
      'shared-network-name': 'campus',
    });
  });

  it('an interface is served where one of its addresses is', () => {
    const servers = [
      { name: 'a', node: 'node1', interfaces: ['lan0/10.0.0.2'] },
      { name: 'b', node: 'node2', interfaces: ['lan1', 'lan0/10.0.0.3'] },
    ];
    const compiled = compileWith(sceneOf({ subnets: [office({ interface: 'lan0' })] }, pair({ servers })));
    expect(verdictOf(compiled, OFFICE)).toBe('accepted');
  });

  it.each([
    ['hwAddress', '02:00:5e:10:00:02', '2:0:5E:10:0:2'],
    ['hwAddress', '02-00-5e-10-00-02', '0x02005e100002'],
    ['clientId', '01:aa:bb', '01 aa bb'],
    ['clientId', "'desk'", '64:65:73:6b'],
    ['circuitId', "'port-7'", "' port-7 '"],
  ])('a client is one client: %s %s and %s', (field, first, second) => {
    const by = (name: string, value: string, age: number): HostReservation =>
      reservation(name, { ...inOffice, identifier: { [field]: value } }, { age });
    const reservations = [by('printer', first, 1), by('again', second, 2)];
    const compiled = compileWith(sceneOf({ subnets: [office()], reservations }));
    expect(verdictOf(compiled, PRINTER)).toBe('accepted');
    expect(verdictOf(compiled, 'HostReservation/prod/again')).toBe('IdentifierConflict');
  });
});

describe('warnings of what Kea takes', () => {
  const NETWORK = 'SharedNetwork/prod/campus';
  const inCampus = (fields: object) =>
    subnet('office', { sharedNetworkRef: { name: 'campus' }, cidr: '10.0.0.0/24', ...fields });
  const messagesOf = (ofPair: object, ofNetwork: object, ofSubnet: object) => {
    const networks = [network('campus', { ...TO_PAIR, ...ofNetwork })];
    const { warnings } = compileWith(sceneOf({ networks, subnets: [inCampus(ofSubnet)] }, pair({ dhcp4: ofPair })));
    return [NETWORK, OFFICE].map((ref) =>
      warnings
        .get(ref as typeof OFFICE)
        ?.map(({ message }) => message)
        .join(),
    );
  };

  it('says which timer is left out, where it comes from, and what clients do', () => {
    expect(messagesOf({ rebindTimer: 2700 }, {}, { validLifetime: 900, renewTimer: 800 })).toEqual([
      undefined,
      'rebindTimer 2700 (from HAPair hq) is not less than validLifetime 900: Kea leaves T2 out. Clients then renew at times of their own (RFC 2131: T1 at a half, T2 at seven eighths of the lease). Set timers that fit, or calculateTeeTimes in their place',
    ]);
  });

  it.each<readonly [string, object, object, object, string | undefined, string | undefined]>([
    ['timers that fit', {}, { renewTimer: 900, rebindTimer: 1800 }, {}, undefined, undefined],
    [
      'T1 after T2',
      {},
      { rebindTimer: 1000 },
      { renewTimer: 2000 },
      undefined,
      'renewTimer 2000 is not less than rebindTimer 1000 (from SharedNetwork campus): Kea leaves T1 out',
    ],
    [
      'both after the lease',
      {},
      { renewTimer: 1000, rebindTimer: 2000, validLifetime: 50 },
      {},
      'renewTimer 1000 is not less than validLifetime 50: Kea leaves T1 out',
      undefined,
    ],
    [
      "a T2 beyond Kea's own lease time",
      {},
      {},
      { rebindTimer: 7200 },
      undefined,
      "validLifetime 7200 (Kea's default)",
    ],
    [
      'the object that sets one, not those below',
      { validLifetime: 600 },
      { rebindTimer: 600 },
      { minValidLifetime: 60 },
      'validLifetime 600 (from HAPair hq)',
      undefined,
    ],
  ])('%s', (_what, ofPair, ofNetwork, ofSubnet, network_, subnet_) => {
    const found = messagesOf(ofPair, ofNetwork, ofSubnet);
    for (const [index, says] of [network_, subnet_].entries()) {
      if (says === undefined) expect(found[index]).toBeUndefined();
      else expect(found[index]).toContain(says);
    }
  });

  it.each([
    ['02:00:5e:10:00:01', true],
    ['02005e100001', true],
    ['01:02:00:5e:10:00:01', false],
    ["'port-7'", false],
  ])('a clientId %s that lacks the type of the hardware: %s', (clientId, warned) => {
    const reservations = [reservation('printer', { ...inOffice, identifier: { clientId } })];
    const { warnings } = compileWith(sceneOf({ subnets: [office()], reservations }));
    expect(warnings.get(PRINTER)?.map(({ message }) => message)).toEqual(
      warned
        ? [
            'identifier.clientId: 02:00:5e:10:00:01 looks like a hardware address, and clients send the type before it: write clientId 01:02:00:5e:10:00:01, or hwAddress 02:00:5e:10:00:01',
          ]
        : undefined,
    );
  });
});

describe('host names that were accepted once', () => {
  it.each(['a..b', `${'x'.repeat(70)}.example.org`])('%s goes on serving, and is told', (hostname) => {
    const before = compileWith(sceneOf({ subnets: [office()], reservations: [printer({ hostname: 'right' })] }));
    const hosts = new Map(
      [...before.desired.hosts].map(([key, item]) => [key, { ...item, body: { ...item.body, hostname } }]),
    );
    const owned = { ...EMPTY_STATE, subnets: before.desired.subnets, hosts };
    const now = compileWith(sceneOf({ subnets: [office()], reservations: [printer({ hostname })] }), { owned });
    expect(verdictOf(now, PRINTER)).toBe('InvalidSpec');
    expect(now.kept.has(PRINTER)).toBe(true);
    expect([...now.desired.hosts.values()][0]?.body.hostname).toBe(hostname);
  });
});
