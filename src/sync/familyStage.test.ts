import { describe, expect, it } from 'vitest';
import { makePair } from '../../test/support/pair.ts';
import { DHCPV4 } from '../kea/dhcpv4.ts';
import { DHCPV6 } from '../kea/dhcpv6.ts';
import type { Family } from '../kea/family.ts';
import { familyStageOf } from './familyStage.ts';

const server = (ipFamily?: string) => ({ servers: [{ name: 'a', ...(ipFamily && { ipFamily }) }] });

describe('a family of a pair', () => {
  it.each<[because: string, ipFamilies: unknown, status: object, family: Family, hasPods: boolean, stage: string]>([
    ['is served where the specification names it', ['IPv4', 'IPv6'], {}, DHCPV6, false, 'served'],
    ['is not where it names another one alone', ['IPv6'], {}, DHCPV4, false, 'unserved'],
    ['of a specification that names none is IPv4', undefined, {}, DHCPV4, false, 'served'],
    ['of a specification that names none is not IPv6', undefined, {}, DHCPV6, false, 'unserved'],
    ['leaves where the status knows servers of it', ['IPv4'], server('IPv6'), DHCPV6, false, 'leaving'],
    ['leaves where pods of it are there that no status knows', ['IPv4'], {}, DHCPV6, true, 'leaving'],
    ['is IPv4 in a status of an earlier version', ['IPv6'], server(), DHCPV4, false, 'leaving'],
    ['is not there by servers of another one', ['IPv4'], server('IPv4'), DHCPV6, false, 'unserved'],
  ])('%s', (_, ipFamilies, status, family, hasPods, stage) => {
    const pair = makePair();
    const spec = { ...pair.spec, ipFamilies } as typeof pair.spec;
    expect(familyStageOf({ ...pair, spec, status }, family, hasPods)).toBe(stage);
  });
});
