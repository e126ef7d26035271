import { describe, expect, it } from 'vitest';
import { DHCPV4 } from '../kea/dhcpv4.ts';
import { network, subnet } from '../../test/support/rows.ts';
import type { Change } from '../plan/plan.ts';
import { openDoubts } from './doubts.ts';
import { type Running, stepsBetween } from './running.ts';

const office = subnet(1, '192.0.2.0/24');
const digest = office.marker?.digest ?? '';
const tampered = { ...office, body: { ...office.body, 'renew-timer': 5 } };
const right: Running = new Map([['4/subnet/1', { digest }]]);
const restored: Change = { kind: 'subnet', op: 'update', key: 1, item: office, was: tampered, fields: [] };

describe('doubts', () => {
  it('a server that is known to run the right row may have read the wrong one', () => {
    const doubts = openDoubts(DHCPV4);
    doubts.writing([restored]);
    expect(stepsBetween(doubts.cast(right), right)).toMatchObject([{ op: 'update', key: 1 }]);
  });

  it('its marker deceives even when it is read again', () => {
    const doubts = openDoubts(DHCPV4);
    doubts.writing([restored]);
    doubts.read();
    expect(stepsBetween(doubts.cast(right), right)).toHaveLength(1);
    doubts.clear();
    expect(doubts.cast(right)).toBe(right);
  });

  it('a row that was gone and is back may be gone from a server, until it is read', () => {
    const doubts = openDoubts(DHCPV4);
    doubts.writing([{ kind: 'subnet', op: 'create', key: 1, item: office }]);
    expect(stepsBetween(doubts.cast(right), right)).toHaveLength(1);
    doubts.read();
    expect(stepsBetween(doubts.cast(right), right)).toEqual([]);
  });

  it('a row that came by hand and goes may be on a server that is known to lack it', () => {
    const doubts = openDoubts(DHCPV4);
    doubts.writing([{ kind: 'network', op: 'remove', key: 'n', was: network('n') }]);
    expect(stepsBetween(doubts.cast(right), right)).toEqual([{ kind: 'network', op: 'remove', key: 'n' }]);
    doubts.read();
    expect(stepsBetween(doubts.cast(right), right)).toEqual([]);
  });

  it('a new row adds no step to the one that brings it', () => {
    const doubts = openDoubts(DHCPV4);
    doubts.writing([{ kind: 'subnet', op: 'create', key: 1, item: office }]);
    expect(stepsBetween(doubts.cast(new Map()), right)).toEqual([{ kind: 'subnet', op: 'add', key: 1 }]);
  });
});
