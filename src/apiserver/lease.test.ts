import { describe, expect, it } from 'vitest';
import { shownState } from '../leases/shownState.ts';
import { INFINITE_LIFETIME, type Lease } from '../leases/source.ts';
import { type FoundLease, leaseObject, listVersion, placeInName } from './lease.ts';
import { COLUMNS, duration, tableRow } from './table.ts';
import { createListWriter } from './write.ts';

const NOW = 1_800_000_000;
const found = (over: Partial<Lease> = {}, subnet: string | undefined = 'office-lan'): FoundLease => ({
  namespace: 'dhcp',
  pair: 'office',
  subnet,
  sharedNetwork: undefined,
  reservation: undefined,
  lease: {
    address: '192.0.2.10',
    subnetId: 7,
    hwAddress: '02:00:00:00:00:01',
    clientId: '01:02:00:00:00:00:01',
    hostname: 'printer',
    state: 'Active',
    cltt: NOW - 60,
    validLifetime: 3_600,
    ...over,
  },
});
const bare = {
  address: '192.0.2.11',
  subnetId: 8,
  state: 'Active',
  cltt: NOW,
  validLifetime: INFINITE_LIFETIME,
} as const;

describe('a lease as an object', () => {
  it('says what was leased, to whom, and until when', () => {
    expect(leaseObject(found(), NOW)).toEqual({
      apiVersion: 'state.kea-operator.io/v1alpha1',
      kind: 'Lease',
      metadata: {
        name: '192.0.2.10',
        namespace: 'dhcp',
        uid: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/) as string,
        labels: {
          'kea-operator.io/pair': 'office',
          'kea-operator.io/subnet': 'office-lan',
          'kea-operator.io/family': 'IPv4',
          'kea-operator.io/state': 'Active',
          'kea-operator.io/type': 'Address',
        },
        resourceVersion: String((NOW - 60) * 8),
      },
      spec: {
        ipFamily: 'IPv4',
        type: 'Address',
        address: '192.0.2.10',
        haPair: 'office',
        subnet: 'office-lan',
        subnetId: 7,
        hwAddress: '02:00:00:00:00:01',
        clientId: '01:02:00:00:00:00:01',
        hostname: 'printer',
        validLifetime: 3_600,
      },
      status: { state: 'Active', expires: '2027-01-15T08:59:00Z', lastTransaction: '2027-01-15T07:59:00Z' },
    });
  });

  it('leaves out what is not known, and the end of a lease for ever', () => {
    const { spec, status } = leaseObject({ ...found({}, undefined), subnet: undefined, lease: bare }, NOW);
    expect(JSON.parse(JSON.stringify(spec))).toEqual({
      ipFamily: 'IPv4',
      type: 'Address',
      address: '192.0.2.11',
      haPair: 'office',
      subnetId: 8,
      validLifetime: INFINITE_LIFETIME,
    });
    expect(status).toEqual({ state: 'Active', lastTransaction: '2027-01-15T08:00:00Z' });
  });

  it.each([
    [{ address: '2001:db8::10' }, 'Address', '2001:db8::10', '2001:db8::10'],
    [{ address: '2001:db8:8000::', prefixLength: 56 }, 'Prefix', '2001:db8:8000::-56', '2001:db8:8000::/56'],
  ])('of IPv6 says whose it is by DUID and IAID, and what: %j', (of, type, name, shown) => {
    const ipv6 = { ...bare, ...of, duid: '00:03:00:01:02', iaid: 7, preferredLifetime: 600 };
    const lease: FoundLease = { ...found(), subnet: 'lab', lease: ipv6 };
    const { metadata, spec } = leaseObject(lease, NOW);
    expect(metadata.name).toBe(name);
    expect(spec).toMatchObject({
      ipFamily: 'IPv6',
      type,
      ...of,
      duid: '00:03:00:01:02',
      iaid: 7,
      preferredLifetime: 600,
    });
    const { cells } = tableRow(lease, 'None', NOW);
    expect([cells[0], ...cells.slice(6, 10)]).toEqual([shown, 'IPv6', type, '00:03:00:01:02', '7']);
  });

  it('says what is known of it beside the store', () => {
    const userContext = { ISC: { 'relay-agent-info': { 'remote-id': '0A0B' } } };
    const more = { fqdnForward: true, fqdnReverse: false, remoteId: '0a:0b', userContext };
    const full = { ...found(more), sharedNetwork: 'campus', reservation: 'printer' };
    const { metadata, spec } = leaseObject(full, NOW);
    expect(spec).toMatchObject({ ...more, sharedNetwork: 'campus', reservation: 'printer' });
    expect(metadata.labels['kea-operator.io/shared-network']).toBe('campus');
    expect(tableRow(full, 'None', NOW).cells.slice(11, 13)).toEqual(['campus', 'printer']);
  });

  it('has no label of a name that is longer than a label may be', () => {
    const { metadata, spec } = leaseObject(found({}, 's'.repeat(64)), NOW);
    expect(metadata.labels).not.toHaveProperty('kea-operator.io/subnet');
    expect(spec.subnet).toHaveLength(64);
    expect(leaseObject(found({}, 's'.repeat(63)), NOW).metadata.labels).toHaveProperty('kea-operator.io/subnet');
  });

  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8::-56', '2001:db8::/56'],
    ['2001:DB8::', undefined],
    ['2001:db8:0::', undefined],
    ['2001:db8::-056', undefined],
    ['2001:db8::-56-56', undefined],
    ['192.0.2.01', undefined],
    ['printer', undefined],
    ['-'.repeat(10_000), undefined],
  ])('of the name %s is one of %s', (name, expected) => {
    const place = placeInName(name);
    const text = place?.of.format(place.address);
    expect(place?.prefixLength === undefined ? text : `${text ?? ''}/${place.prefixLength}`).toBe(expected);
  });

  it('has the same uid at every reading and another one in another pair', () => {
    const uid = (pair: string) => leaseObject({ ...found(), pair }, NOW).metadata.uid;
    expect(uid('office')).toBe(uid('office'));
    expect(uid('office')).not.toBe(uid('lab'));
  });

  it('has a resourceVersion that grows with a renewal and with a new state, never past the list', () => {
    const version = (over: Partial<Lease>, now = NOW) => Number(leaseObject(found(over), now).metadata.resourceVersion);
    expect(version({ cltt: NOW })).toBeGreaterThan(version({}));
    expect(version({ state: 'Reclaimed' })).toBeGreaterThan(version({}));
    expect(version({}, NOW + 7_200)).toBeGreaterThan(version({}));
    expect(version({ cltt: NOW, state: 'Released' })).toBeLessThanOrEqual(Number(listVersion(NOW)));
  });

  it.each([
    ['Active', 0, 'Active'],
    ['Active', 3_541, 'Expired'],
    ['Declined', 0, 'Declined'],
    ['Declined', 3_541, 'Expired'],
    ['Released', 3_541, 'Released'],
    ['Reclaimed', 3_541, 'Reclaimed'],
  ] as const)('in state %s shows after %i s as %s', (state, after, shown) => {
    expect(shownState(found({ state }).lease, NOW + after)).toBe(shown);
  });
});

describe('a lease as a row', () => {
  it('has a cell for every column', () => {
    const { cells } = tableRow(found(), 'None', NOW);
    expect(Object.fromEntries(COLUMNS.map(({ name }, index) => [name, cells[index]]))).toEqual({
      Address: '192.0.2.10',
      'HW-Address': '02:00:00:00:00:01',
      Hostname: 'printer',
      Subnet: 'office-lan',
      State: 'Active',
      Expires: '59m',
      Family: 'IPv4',
      Type: 'Address',
      'Client-ID': '01:02:00:00:00:00:01',
      IAID: '<none>',
      Pair: 'office',
      'Shared-Network': '<none>',
      Reservation: '<none>',
      Lifetime: '1h',
      'Expires-At': '2027-01-15T08:59:00Z',
    });
  });

  it('shows what is missing, and the id where no Subnet has it', () => {
    const row = tableRow({ ...found(), subnet: undefined, lease: bare }, 'None', NOW);
    expect(row.cells).toEqual([
      ...['192.0.2.11', '<none>', '<none>', '#8', 'Active', 'never'],
      ...['IPv4', 'Address', '<none>', '<none>', 'office', '<none>', '<none>', 'infinite', 'never'],
    ]);
  });

  it('tells how long a lease is over', () => {
    expect(tableRow(found(), 'None', NOW + 3_540 + 90).cells.slice(4, 6)).toEqual(['Expired', '1m30s ago']);
    expect(tableRow(found(), 'None', NOW + 3_540).cells.slice(4, 6)).toEqual(['Expired', 'now']);
  });

  it('carries what the request includes', () => {
    expect(tableRow(found(), 'None', NOW)).not.toHaveProperty('object');
    expect(tableRow(found(), 'Metadata', NOW)).toHaveProperty('object.kind', 'PartialObjectMetadata');
    expect(tableRow(found(), 'Object', NOW)).toHaveProperty('object.spec.hostname', 'printer');
  });
});

describe('duration', () => {
  it.each([
    [0, '0s'],
    [0.4, '1s'],
    [59, '59s'],
    [60, '1m'],
    [3_600, '1h'],
    [3_601, '1h'],
    [5_400, '1h30m'],
    [86_400 * 3 + 3_600 * 4 + 61, '3d4h'],
    [86_400 * 3 + 61, '3d'],
  ])('%d s is %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });
});

describe('a list, put together from its pieces', () => {
  const list = (
    form: 'Object' | 'Table' | 'Metadata',
    batches: readonly (readonly FoundLease[])[],
    next?: string,
  ): unknown => {
    const writer = createListWriter({ form, include: 'Metadata', now: NOW });
    return JSON.parse(
      writer.head + batches.map((batch) => writer.batch(batch).toString()).join('') + writer.tail(next),
    );
  };

  it.each([
    ['none', []],
    ['two empty batches', [[], []]],
  ])('of %s is a list all the same', (_, batches) => {
    expect(list('Object', batches)).toEqual({
      kind: 'LeaseList',
      apiVersion: 'state.kea-operator.io/v1alpha1',
      items: [],
      metadata: { resourceVersion: listVersion(NOW) },
    });
  });

  it('has every lease of every batch, and says where it goes on', () => {
    const lease = found();
    expect(list('Table', [[lease, lease], [], [lease]], 'token')).toEqual({
      kind: 'Table',
      apiVersion: 'meta.k8s.io/v1',
      columnDefinitions: COLUMNS,
      rows: [1, 2, 3].map(() => tableRow(lease, 'Metadata', NOW)),
      metadata: { resourceVersion: listVersion(NOW), continue: 'token' },
    });
    expect(list('Metadata', [[lease]])).toHaveProperty('items.0.metadata.name', '192.0.2.10');
  });
});
