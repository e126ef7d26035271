import { describe, expect, it } from 'vitest';
import {
  clientClass,
  network,
  pair,
  reservation,
  sceneOf,
  snapshotOf,
  subnet,
  TO_PAIR,
} from '../../test/support/objects.ts';
import { pass } from '../../test/support/passes.ts';
import type { Children } from '../compile/types.ts';
import { childWarnings } from './warnings.ts';

const pools = [{ pool: '10.0.0.10-10.0.0.99' }];
const office = (more: object = {}) => subnet('office', { ...TO_PAIR, cidr: '10.0.0.0/24', pools, ...more });

/** What is told of the class gold, which may have a name of its own. */
const toldOf = (spec: object, beside: Partial<Children> = {}, of = pair()) => {
  const gold = clientClass('gold', spec);
  const scene = sceneOf({ subnets: [office()], ...beside, classes: [gold, ...(beside.classes ?? [])] }, of);
  const child = snapshotOf(scene).find('ClientClass/prod/gold');
  return child ? childWarnings(pass(scene))(child, undefined) : [];
};
const reasonsOf = (...given: Parameters<typeof toldOf>) => toldOf(...given).map(({ reason }) => reason);

const test = { test: "option[60].hex == 'a'" };
const lifetime = { validLifetime: 600 };
const keep = (more: object) =>
  reservation('r', { subnetRef: { name: 'office' }, identifier: { hwAddress: '02:00:5e:10:00:01' }, ...more });

describe('a ClientClass that nobody is in', () => {
  const additional = { evaluateAdditionalClasses: ['gold'] };
  it.each<readonly [string, object, Partial<Children>, boolean]>([
    ['as it has no test', {}, {}, true],
    ['but for those of its test', test, {}, false],
    ['but for those of its template', { templateTest: 'option[60].text' }, {}, false],
    ['but for those that a reservation gives it', {}, { reservations: [keep({ clientClasses: ['gold'] })] }, false],
    ['but for those of a Subnet', {}, { subnets: [office(additional)] }, false],
    [
      'but for those of a pool',
      {},
      { subnets: [office({ pools: [{ pool: '10.0.0.10-10.0.0.99', ...additional }] })] },
      false,
    ],
    ['but for those of a SharedNetwork', {}, { networks: [network('campus', { ...TO_PAIR, ...additional })] }, false],
    [
      'but for those of a Subnet that is rejected',
      {},
      { subnets: [office({ ...additional, pools: [{ pool: '10.9.0.0/24' }] })] },
      false,
    ],
    ['though a Subnet is guarded by it', {}, { subnets: [office({ clientClasses: ['gold'] })] }, true],
    ['as nothing evaluates it', { ...test, onlyInAdditionalList: true }, {}, true],
    ['but where it is evaluated', { ...test, onlyInAdditionalList: true }, { subnets: [office(additional)] }, false],
    ['but those whom Kea puts into it', { name: 'VENDOR_CLASS_a' }, {}, false],
  ])('%s', (_case, spec, beside, warned) => {
    const told = reasonsOf({ ...lifetime, ...spec }, beside).filter((reason) => reason !== 'GuardNeverMet');
    expect(told).toEqual(warned ? ['ClassWithoutClients'] : []);
  });
});

describe('a ClientClass that gives nothing', () => {
  const guarded = { clientClasses: ['gold'] };
  const option = { name: 'domain-name', data: 'a', ...guarded };
  it.each<readonly [string, object, Partial<Children>, boolean]>([
    ['and that nothing names', test, {}, true],
    ['but an option', { ...test, optionData: [{ name: 'domain-name', data: 'a' }] }, {}, false],
    ['but a lifetime', { ...test, ...lifetime }, {}, false],
    ['but a file to boot', { ...test, bootFileName: 'a.efi' }, {}, false],
    ['but data for others', { ...test, userContext: { a: 1 } }, {}, false],
    ['and guards a Subnet', test, { subnets: [office(guarded)] }, false],
    ['and guards a pool', test, { subnets: [office({ pools: [{ pool: '10.0.0.10-10.0.0.99', ...guarded }] })] }, false],
    ['and guards an option', test, { subnets: [office({ optionData: [option] })] }, false],
    [
      'and guards an option of a class',
      test,
      { classes: [clientClass('b', { ...test, optionData: [option] })] },
      false,
    ],
    [
      'and that another asks for',
      test,
      { classes: [clientClass('b', { ...lifetime, test: "member('gold')" })] },
      false,
    ],
    ['and that a reservation gives', test, { reservations: [keep(guarded)] }, false],
    ['and drops its packets', { ...test, name: 'DROP' }, {}, false],
    [
      'and makes classes that guard',
      { templateTest: 'option[60].text' },
      { subnets: [office({ clientClasses: ['SPAWN_gold_a'] })] },
      false,
    ],
  ])('%s', (_case, spec, beside, warned) => {
    expect(reasonsOf(spec, beside)).toEqual(warned ? ['ClassWithoutEffect'] : []);
  });

  it('guards an option of the HAPair', () => {
    expect(reasonsOf(test, {}, pair({ dhcp4: { optionData: [option] } }))).toEqual([]);
  });
});

it('tells of each comparison that is never true, with what would be right', () => {
  const never = { test: "option[93].hex == '00:07' or substring(option[60].hex,0,3) == 'PXEClient'", ...lifetime };
  expect(toldOf(never)).toEqual([
    {
      reason: 'ComparisonNeverTrue',
      field: 'spec.test',
      message:
        "test: option[93].hex == '00:07' is never true, as option[93].hex is 2 bytes, or 2 more for each further value, and '00:07' 5 letters. Write 0x0007. substring(option[60].hex,0,3) == 'PXEClient' is never true, as substring(option[60].hex,0,3) is at most 3 bytes, and 'PXEClient' 9 letters. Compare as many bytes as there are",
    },
  ]);
});

it.each<readonly [string, object, readonly string[]]>([
  ['for ever', { validLifetime: 4_294_967_295 }, ['LeasesNeverEnd']],
  ['shorter than a failover', { validLifetime: 60 }, ['LeasesEndInFailover']],
  ['longer than that', { validLifetime: 61 }, []],
])('tells of leases of a class that are %s', (_case, spec, reasons) => {
  expect(reasonsOf({ ...test, ...spec })).toEqual(reasons);
});
