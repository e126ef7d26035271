/** What compile finds to be no mistake, and to surprise. */
import { describe, expect, it } from 'vitest';
import { office6, scene6 } from '../../test/support/ipv6.ts';
import {
  compileWith,
  network,
  pair,
  reservation,
  type Scene,
  sceneOf,
  subnet,
  TO_PAIR,
} from '../../test/support/objects.ts';
import type { Compiled } from './types.ts';

const office = (more: object = {}) => subnet('office', { ...TO_PAIR, cidr: '10.0.0.0/24', ...more });
const reasonsOf = ({ warnings }: Compiled): readonly string[] =>
  [...warnings.values()].flat().map(({ reason, field }) => `${reason} ${field}`);

describe('an identifier', () => {
  it.each<readonly [string, object, string | undefined]>([
    ['that is a hardware address', { hwAddress: '02:00:5e:10:00:01' }, undefined],
    ['of a group', { hwAddress: '01:00:5e:10:00:01' }, 'HwAddressOfNobody hwAddress'],
    ['of all', { hwAddress: 'ff-ff-ff-ff-ff-ff' }, 'HwAddressOfNobody hwAddress'],
    ['of none', { hwAddress: '00:00:00:00:00:00' }, 'HwAddressOfNobody hwAddress'],
    ['of another hardware', { hwAddress: '01:00:5e:10:00:01:00:02' }, undefined],
    ['of a client, with its type', { clientId: '01:02:00:5e:10:00:01' }, undefined],
    ['of a client, without it', { clientId: '02:00:5e:10:00:01' }, 'ClientIdWithoutType clientId'],
    ['of a client, six letters', { clientId: "'lobby1'" }, undefined],
    ['that is a DUID', { duid: '00:03:00:01:02:00:5e:10:00:01' }, undefined],
    ['that is a short DUID', { duid: '00:02:00:00:00:09' }, undefined],
    ['that is a hardware address in place of a DUID', { duid: '02:00:5e:10:00:01' }, 'DuidWithoutType duid'],
    ['that begins with no type', { duid: '00:00:5e:10:00:01' }, 'DuidWithoutType duid'],
    ['that is a DUID of letters', { duid: "'lobby1'" }, undefined],
  ])('%s', (_case, identifier, expected) => {
    const keep = reservation('r', { subnetRef: { name: 'office' }, identifier });
    const [reason, field] = expected?.split(' ') ?? [];
    const told = reasonsOf(compileWith(sceneOf({ subnets: [office()], reservations: [keep] })));
    expect(told).toEqual(reason === undefined ? [] : [`${reason} spec.identifier.${field}`]);
  });
});

describe('a lease time', () => {
  const forever = { validLifetime: 4_294_967_295 };
  const short = { validLifetime: 60 };
  const quick = pair({ ha: { heartbeatDelay: 1000, maxResponseDelay: 4000 } });
  const alone = pair({ mode: 'Standalone', servers: [{ name: 'a', node: 'node1', interfaces: ['lan0'] }] });
  it.each<readonly [string, Scene, string | undefined]>([
    ['of a Subnet, for ever', sceneOf({ subnets: [office(forever)] }), 'LeasesNeverEnd'],
    ['of one of IPv6', scene6({ subnets: [office6(forever)] }), 'LeasesNeverEnd'],
    ['of a SharedNetwork', sceneOf({ networks: [network('campus', { ...TO_PAIR, ...forever })] }), 'LeasesNeverEnd'],
    ['of a century', sceneOf({ subnets: [office({ validLifetime: 4_294_967_294 })] }), undefined],
    ['shorter than a failover', sceneOf({ subnets: [office(short)] }), 'LeasesEndInFailover'],
    ['as long as a quick one', sceneOf({ subnets: [office({ validLifetime: 4 })] }, quick), 'LeasesEndInFailover'],
    ['longer than that', sceneOf({ subnets: [office(short)] }, quick), undefined],
    ['where there is nobody to take over', sceneOf({ subnets: [office(short)] }, alone), undefined],
    ['that is inherited', sceneOf({ subnets: [office()] }, pair({ dhcp4: short })), undefined],
  ])('%s', (_case, scene, reason) => {
    expect(reasonsOf(compileWith(scene))).toEqual(reason === undefined ? [] : [`${reason} spec.validLifetime`]);
  });
});
