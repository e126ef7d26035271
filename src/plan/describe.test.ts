import { describe, expect, it } from 'vitest';
import { clientClass, host, item, lines, plan, state } from '../../test/support/plans.ts';
import type { ClassBody, HostBody, Item } from '../kea/state.ts';
import { describeChanges, summarize } from './describe.ts';

describe('a reservation that is for another client', () => {
  /** The n-th object, for the client of another. */
  const of = (n: number, client: number, address: string, subnetId = 1) =>
    item<HostBody>(`HostReservation/prod/h${n}`, host(client, { 'ip-address': address }, subnetId).body);
  const mac = (n: number) => `00000000000${n}`;
  it.each<{
    because: string;
    was: Item<HostBody>[];
    is: Item<HostBody>[];
    rows: string[];
    says: string[];
    sum: string;
  }>([
    {
      because: 'gives its row up before it has another',
      was: [of(1, 1, '10.0.0.1')],
      is: [of(1, 2, '10.0.0.1')],
      rows: [`remove host 1/hw-address/${mac(1)}`, `create host 1/hw-address/${mac(2)}`],
      says: [
        `update HostReservation prod/h1 (10.0.0.1, hw-address ${mac(2)}, subnet id 1): identifier (hw-address ${mac(1)} before)`,
      ],
      sum: '1 reservation updated',
    },
    {
      because: 'may swap it with another',
      was: [of(1, 1, '10.0.0.1'), of(2, 2, '10.0.0.2')],
      is: [of(1, 2, '10.0.0.1'), of(2, 1, '10.0.0.2')],
      rows: [`update host 1/hw-address/${mac(2)}`, `update host 1/hw-address/${mac(1)}`],
      says: [
        `update HostReservation prod/h1 (10.0.0.1, hw-address ${mac(2)}, subnet id 1): identifier (hw-address ${mac(1)} before)`,
        `update HostReservation prod/h2 (10.0.0.2, hw-address ${mac(1)}, subnet id 1): identifier (hw-address ${mac(2)} before)`,
      ],
      sum: '2 reservations updated',
    },
    {
      because: 'may take the client that another gives up',
      was: [of(1, 1, '10.0.0.1'), of(2, 2, '10.0.0.2')],
      is: [of(1, 2, '10.0.0.1'), of(2, 3, '10.0.0.3')],
      rows: [
        `remove host 1/hw-address/${mac(1)}`,
        `update host 1/hw-address/${mac(2)}`,
        `create host 1/hw-address/${mac(3)}`,
      ],
      says: [
        `update HostReservation prod/h1 (10.0.0.1, hw-address ${mac(2)}, subnet id 1): identifier (hw-address ${mac(1)} before)`,
        `update HostReservation prod/h2 (10.0.0.3, hw-address ${mac(3)}, subnet id 1): identifier (hw-address ${mac(2)} before), ip-address`,
      ],
      sum: '2 reservations updated',
    },
    {
      because: 'takes that of one that goes',
      was: [of(1, 1, '10.0.0.1'), of(2, 2, '10.0.0.2')],
      is: [of(1, 2, '10.0.0.1')],
      rows: [`remove host 1/hw-address/${mac(1)}`, `update host 1/hw-address/${mac(2)}`],
      says: [
        `update HostReservation prod/h1 (10.0.0.1, hw-address ${mac(2)}, subnet id 1): identifier (hw-address ${mac(1)} before)`,
      ],
      sum: '1 reservation updated',
    },
    {
      because: 'is told of as one that came again in another subnet',
      was: [of(1, 1, '10.0.0.1')],
      is: [of(1, 1, '10.0.1.1', 2)],
      rows: [`remove host 1/hw-address/${mac(1)}`, `create host 2/hw-address/${mac(1)}`],
      says: [`update HostReservation prod/h1 (10.0.1.1, hw-address ${mac(1)}, subnet id 2): ip-address, subnet-id`],
      sum: '1 reservation updated',
    },
  ])('$because', ({ was, is, rows, says, sum }) => {
    const { changes } = plan(state(...is), state(...was));
    expect(lines(changes)).toEqual(rows);
    expect(describeChanges(changes)).toEqual(says);
    expect(summarize(changes)).toBe(sum);
  });
});

it('names what the operator makes itself by what it is for', () => {
  const half = item<ClassBody>('HAPair/prod/hq', { name: 'kea-operator/HA_a/boot', 'order-index': 2048 });
  expect(describeChanges(plan(state(clientClass('boot', 1024), half), state()).changes)).toEqual([
    'create ClientClass prod/boot (boot)',
    'create client class kea-operator/HA_a/boot (for divided pools of HAPair prod/hq)',
  ]);
});
