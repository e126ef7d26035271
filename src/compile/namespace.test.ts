import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { network, pair, reservation, subnet, TO_PAIR } from '../../test/support/objects.ts';
import type { HostReservation, SharedNetwork, Subnet } from '../api/index.ts';
import { DHCPV4 } from '../kea/dhcpv4.ts';
import { FAMILIES } from '../kea/families.ts';
import type { Family } from '../kea/family.ts';
import type { Child } from './child.ts';
import { createNamespace, type Namespace, namespaceOf } from './namespace.ts';
import { takeSnapshot } from './snapshot.ts';

type Stored = SharedNetwork | Subnet | HostReservation;

const parents = [TO_PAIR, { haPairRef: { name: 'other' } }, {}];
const subnetParents = [...parents, { sharedNetworkRef: { name: 'n0' } }, { sharedNetworkRef: { name: 'n1' } }];
const hostParents = [...parents, { subnetRef: { name: 's0' } }, { subnetRef: { name: 's1' } }];
const families = fc.constantFrom({}, { ipFamily: 'IPv4' }, { ipFamily: 'IPv6' });
const links = fc.constantFrom({}, { cidr: '10.0.0.0/24' }, { cidr: '2001:db8::/64' });
const age = { age: 0 };
const object: fc.Arbitrary<Stored> = fc.oneof(
  fc
    .record({ name: fc.constantFrom('n0', 'n1'), spec: fc.constantFrom(...parents), of: families, age: fc.nat(2) })
    .map(({ name, spec, of, ...meta }) => network(name, { ...spec, ...of }, meta)),
  fc
    .record({
      name: fc.constantFrom('s0', 's1', 's2'),
      spec: fc.constantFrom(...subnetParents),
      of: links,
      age: fc.nat(2),
    })
    .map(({ name, spec, of, ...meta }) => subnet(name, { ...spec, ...of }, meta)),
  fc
    .record({
      name: fc.constantFrom('r0', 'r1', 'r2', 'r3'),
      spec: fc.constantFrom(...hostParents),
      of: families,
      age: fc.nat(2),
    })
    .map(({ name, spec, of, ...meta }) => reservation(name, { ...spec, ...of }, meta)),
);
const edits = fc.array(fc.record({ object, op: fc.constantFrom('put', 'put', 'remove', 'look') }), { maxLength: 40 });

const keyOf = ({ kind, metadata }: Stored): string => `${kind}/${metadata.name}`;

/** What a pair finds in a namespace, of each family. */
const found = (namespace: Namespace): unknown => FAMILIES.map((family) => foundOf(family, namespace));
const foundOf = (family: Family, namespace: Namespace): unknown => {
  const { networks, subnets, reservations, globals, elsewhere, unattached } = takeSnapshot(pair(), family, namespace);
  const objects = (children: readonly Pick<Child, 'object'>[]) => children.map((child) => child.object);
  return [
    objects(networks),
    objects(subnets),
    reservations.map(objects),
    objects(globals),
    objects(elsewhere),
    new Set(objects(unattached)),
  ];
};

describe('a namespace that follows its objects', () => {
  it('is as one made of them', () => {
    fc.assert(
      fc.property(edits, (steps) => {
        const namespace = createNamespace();
        const present = new Map<string, Stored>();
        for (const step of steps) {
          if (step.op === 'look') found(namespace);
          else if (step.op === 'put') {
            namespace.put(step.object);
            present.set(keyOf(step.object), step.object);
          } else {
            namespace.remove(step.object);
            present.delete(keyOf(step.object));
          }
        }
        const of = <T extends Stored>(kind: T['kind']) =>
          [...present.values()].filter((one) => one.kind === kind) as T[];
        const anew = namespaceOf({
          networks: of<SharedNetwork>('SharedNetwork'),
          subnets: of<Subnet>('Subnet'),
          reservations: of<HostReservation>('HostReservation'),
        });
        expect(found(namespace)).toEqual(found(anew));
      }),
    );
  });

  it('keeps the lists of what did not change', () => {
    const namespace = createNamespace();
    for (const name of ['s0', 's1']) {
      namespace.put(subnet(name, TO_PAIR, age));
      namespace.put(reservation(`of-${name}`, { subnetRef: { name } }));
    }
    const before = takeSnapshot(pair(), DHCPV4, namespace);
    namespace.put(reservation('late', { subnetRef: { name: 's1' } }, age));
    const after = takeSnapshot(pair(), DHCPV4, namespace);
    expect(after.reservations[0]).toBe(before.reservations[0]);
    expect(after.reservations[1]?.map(({ name }) => name)).toEqual(['late', 'of-s1']);
    expect(after.subnets[0]).toBe(before.subnets[0]);
  });
});
