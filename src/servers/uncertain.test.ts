import { describe, expect, it } from 'vitest';
import { network, subnet } from '../../test/support/rows.ts';
import { DHCPV4 } from '../kea/dhcpv4.ts';
import { withPolicy } from '../kea/digest.ts';
import type { Change } from '../plan/plan.ts';
import { type Running, stepsBetween } from './steps.ts';
import { openUncertainty } from './uncertain.ts';

const office = subnet(1, '192.0.2.0/24');
const digest = office.marker?.digest ?? '';
const tampered = { ...office, body: { ...office.body, 'renew-timer': 5 } };
const right: Running = new Map([['4/subnet/1', { digest }]]);
const restored: Change = { kind: 'subnet', op: 'update', key: 1, item: office, was: tampered, fields: ['renew-timer'] };

describe('uncertainty', () => {
  it('a server that is known to run the right row may have read the wrong one', () => {
    const uncertainty = openUncertainty(DHCPV4);
    uncertainty.writing([restored]);
    expect(stepsBetween(uncertainty.cast(right), right)).toMatchObject([{ op: 'update', key: 1 }]);
  });

  it('a row that says only something else of its deletion leaves a server as it is', () => {
    const uncertainty = openUncertainty(DHCPV4);
    const said = office.marker ? { ...office, marker: withPolicy(office.marker, 'Orphan') } : office;
    uncertainty.writing([{ kind: 'subnet', op: 'update', key: 1, item: said, was: office, fields: [] }]);
    expect(uncertainty.cast(right)).toBe(right);
  });

  it('its marker deceives even when it is read again', () => {
    const uncertainty = openUncertainty(DHCPV4);
    uncertainty.writing([restored]);
    uncertainty.read();
    expect(stepsBetween(uncertainty.cast(right), right)).toHaveLength(1);
    uncertainty.clear();
    expect(uncertainty.cast(right)).toBe(right);
  });

  it('a row that was gone and is back may be gone from a server, until it is read', () => {
    const uncertainty = openUncertainty(DHCPV4);
    uncertainty.writing([{ kind: 'subnet', op: 'create', key: 1, item: office }]);
    expect(stepsBetween(uncertainty.cast(right), right)).toHaveLength(1);
    uncertainty.read();
    expect(stepsBetween(uncertainty.cast(right), right)).toEqual([]);
  });

  it('a row that came by hand and goes may be on a server that is known to lack it', () => {
    const uncertainty = openUncertainty(DHCPV4);
    uncertainty.writing([{ kind: 'network', op: 'remove', key: 'n', was: network('n') }]);
    expect(stepsBetween(uncertainty.cast(right), right)).toEqual([{ kind: 'network', op: 'remove', key: 'n' }]);
    uncertainty.read();
    expect(stepsBetween(uncertainty.cast(right), right)).toEqual([]);
  });

  it('a new row adds no step to the one that brings it', () => {
    const uncertainty = openUncertainty(DHCPV4);
    uncertainty.writing([{ kind: 'subnet', op: 'create', key: 1, item: office }]);
    expect(stepsBetween(uncertainty.cast(new Map()), right)).toEqual([{ kind: 'subnet', op: 'add', key: 1 }]);
  });
});
