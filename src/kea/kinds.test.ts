import { describe, expect, it } from 'vitest';
import { clientClass, host, network, optionDef, state, subnet } from '../../test/support/rows.ts';
import {
  ancestorsOf,
  type AnyRow,
  claimsOfRow,
  emptyState,
  keyOfRow,
  openClaims,
  ROW_KINDS,
  sizeOf,
  withRows,
} from './kinds.ts';

const campus: AnyRow = { kind: 'network', item: network('campus') };
const office: AnyRow = { kind: 'subnet', item: subnet(7, '192.0.2.0/24', { 'shared-network-name': 'campus' }) };
const printer: AnyRow = { kind: 'host', item: host(7, '02005e100001', { 'ip-address': '192.0.2.9' }) };
const remote: AnyRow = {
  kind: 'subnet',
  item: subnet(9, '2001:db8:1::/64', {
    'pd-pools': [{ prefix: '2001:db8:8000::', 'prefix-len': 48, 'delegated-len': 56 }],
  }),
};
const rows = state({ networks: [campus.item], subnets: [office.item], hosts: [printer.item] });

describe('Kinds of rows', () => {
  it('have their parents before them', () => {
    for (const row of [campus, office, printer]) {
      const before = ROW_KINDS.slice(0, ROW_KINDS.indexOf(row.kind));
      for (const { kind } of ancestorsOf(row, rows)) expect(before).toContain(kind);
    }
  });

  it('know the rows that one hangs on, the nearest first', () => {
    expect(ancestorsOf(printer, rows)).toEqual([office, campus]);
    expect(ancestorsOf(printer, state({ networks: [campus.item] }))).toEqual([]);
    expect(ancestorsOf({ kind: 'host', item: host(0, '02005e100001') }, rows)).toEqual([]);
  });

  it('know the definitions and the classes that one hangs on, whatever they hang on themselves', () => {
    const option = (code: number) => ({ code, space: 'dhcp4', data: '1', 'csv-format': true });
    const all = state({
      optionDefs: [optionDef('site', 222), optionDef('other', 223)],
      classes: [
        clientClass('Gold', 1024, { 'option-data': [option(222)] }),
        clientClass('Best', 2048, { test: "member('Gold') and not member('KNOWN')" }),
        clientClass('round', 3072, { test: "member('about')" }),
        clientClass('about', 4096, { test: "member('round')" }),
      ],
      networks: [network('campus', { 'evaluate-additional-classes': ['Best'] })],
    });
    const names = (row: AnyRow) => ancestorsOf(row, all).map((parent) => `${parent.kind} ${keyOfRow(parent)}`);
    const pools = [
      { pool: '192.0.2.1-192.0.2.9', 'client-classes': ['Best', 'nowhere'], 'option-data': [option(223)] },
    ];
    const guarded = subnet(1, '192.0.2.0/24', { 'shared-network-name': 'campus', pools });
    expect(names({ kind: 'subnet', item: guarded })).toEqual([
      'network campus',
      'class Best',
      'class Gold',
      'option-def dhcp4/222',
      'option-def dhcp4/223',
    ]);
    expect(names({ kind: 'host', item: host(0, '02005e100001', { 'option-data': [option(223)] }) })).toEqual([
      'option-def dhcp4/223',
    ]);
    expect(names({ kind: 'host', item: host(0, '02005e100001', { 'client-classes': ['Gold'] }) })).toEqual([]);
    const optional = { ...option(6), 'client-classes': ['Gold'] };
    expect(names({ kind: 'network', item: network('lab', { 'option-data': [optional] }) })).toEqual([
      'class Gold',
      'option-def dhcp4/222',
    ]);
    expect(names({ kind: 'class', item: clientClass('round', 1, { test: "member('about')" }) })).toEqual([
      'class about',
      'class round',
    ]);
  });

  it('have keys by which a state has them', () => {
    expect([campus, office, printer].map(keyOfRow)).toEqual([
      [...rows.networks.keys()][0],
      [...rows.subnets.keys()][0],
      [...rows.hosts.keys()][0],
    ]);
  });

  it('are all in an empty state and in one with a row less, which is another one', () => {
    expect(emptyState()).toEqual(state({}));
    const copy = withRows(rows, []);
    expect([copy, sizeOf(copy)]).toEqual([rows, 3]);
    const [key] = rows.hosts.keys();
    expect(key).toBeDefined();
    const less = key === undefined ? rows : withRows(rows, [{ kind: 'host', key }]);
    expect([sizeOf(less), sizeOf(rows)]).toEqual([2, 3]);
  });
});

describe('What rows cannot both have', () => {
  const claims = openClaims<string>();
  for (const [row, name] of [
    [office, 'office'],
    [printer, 'printer'],
    [remote, 'remote'],
  ] as const) {
    claims.add(claimsOfRow(row), name);
  }
  const holderOf = (row: AnyRow): string | undefined => claims.holderOf(claimsOfRow(row));

  it.each<[what: string, row: AnyRow, holder: string | undefined]>([
    ['a part of a prefix', { kind: 'subnet', item: subnet(8, '192.0.2.64/26') }, 'office'],
    ['a prefix that a subnet delegates', { kind: 'subnet', item: subnet(8, '2001:db8:8000:7::/64') }, 'remote'],
    [
      'a prefix that two delegate',
      {
        kind: 'subnet',
        item: subnet(8, '2001:db8:2::/64', {
          'pd-pools': [{ prefix: '2001:db8:8000:100::', 'prefix-len': 56, 'delegated-len': 60 }],
        }),
      },
      'remote',
    ],
    ['an address in its subnet', { kind: 'host', item: host(7, '0a', { 'ip-address': '192.0.2.9' }) }, 'printer'],
    ['not an address in another', { kind: 'host', item: host(8, '0a', { 'ip-address': '192.0.2.9' }) }, undefined],
    ['not another prefix', { kind: 'subnet', item: subnet(8, '198.51.100.0/24') }, undefined],
    ['nothing of a network', campus, undefined],
    ['nothing of a reservation without an address', { kind: 'host', item: host(7, '0a') }, undefined],
  ])('%s', (_, row, holder) => {
    expect(holderOf(row)).toBe(holder);
  });
});
