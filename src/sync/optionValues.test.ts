import { expect, it } from 'vitest';
import { clientClass, host, network, optionDef, state, subnet } from '../../test/support/rows.ts';
import type { AnyRow } from '../kea/kinds.ts';
import { valuesFor } from './optionValues.ts';

it('values of an option are found wherever they are, each once, but not where a class defines it itself', () => {
  const option = (code: number, data: string, csv = true) => ({ code, space: 'dhcp4', data, 'csv-format': csv });
  const own = { space: 'dhcp4', code: 230, name: 'mine', type: 'string' } as const;
  const site: AnyRow = { kind: 'option-def', item: optionDef('site', 230) };
  const office = subnet(1, '192.0.2.0/24', {
    'option-data': [option(230, 'a'), option(6, '192.0.2.1')],
    pools: [{ pool: '192.0.2.1-192.0.2.9', 'option-data': [option(230, 'b')] }],
  });
  const desired = state({
    optionDefs: [site.item, optionDef('other', 231)],
    classes: [
      clientClass('asks', 1, { 'option-data': [{ ...option(230, 'c'), 'always-send': true }] }),
      clientClass('defines', 2, { 'option-data': [option(230, 'd')], 'option-def': [own] }),
    ],
    networks: [network('campus', { 'option-data': [option(230, 'a')] })],
    subnets: [office],
    hosts: [host(1, '02005e100001', { 'option-data': [option(230, '61', false)] })],
  });
  expect(valuesFor(site, desired)).toEqual([
    option(230, 'c'),
    option(230, 'a'),
    option(230, 'b'),
    option(230, '61', false),
  ]);
  expect(valuesFor({ kind: 'subnet', item: office }, desired)).toEqual([]);
  expect(valuesFor({ kind: 'option-def', item: optionDef('gone', 239) }, desired)).toEqual([]);
});
