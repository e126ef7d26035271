import { expect, it } from 'vitest';
import { compileWith, network, pair, sceneOf, subnet, TO_PAIR } from '../../test/support/objects.ts';
import { OFFICE, office } from '../../test/support/office.ts';

const AGED = { cacheMaxAge: 60 };
const ALONE = { mode: 'Standalone', servers: [{ name: 'a', node: 'node1', interfaces: ['eth0'] }] };

it.each<readonly [because: string, of: object, spec: object, age: number | undefined, warned: boolean]>([
  ['servers that tell each other of leases write each of them', {}, AGED, undefined, true],
  ['0 is what they do anyway', {}, { cacheMaxAge: 0 }, 0, false],
  ['servers that share the lease tables may leave one as it is', { leaseStorage: 'PostgreSQL' }, AGED, 60, false],
  ['a server alone may, as nobody else has to hear of it', ALONE, AGED, 60, false],
])('%s', (_, of, spec, age, warned) => {
  const { desired, warnings } = compileWith(sceneOf({ subnets: [office(spec)] }, pair(of)));
  expect([...desired.subnets.values()].map(({ body }) => body['cache-max-age'])).toEqual([age]);
  expect(warnings.get(OFFICE)?.map(({ reason }) => reason)).toEqual(warned ? ['CacheMaxAgeLeftOut'] : undefined);
});

it('a SharedNetwork hands none down either', () => {
  const member = subnet('office', { sharedNetworkRef: { name: 'campus' }, cidr: '10.0.0.0/24' });
  const scene = sceneOf({ networks: [network('campus', { ...TO_PAIR, ...AGED })], subnets: [member] });
  const { desired, warnings } = compileWith(scene);
  expect([...desired.networks.values()].map(({ body }) => body['cache-max-age'])).toEqual([undefined]);
  expect([...warnings.keys()]).toEqual(['SharedNetwork/prod/campus']);
});
