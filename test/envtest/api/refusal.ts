import { kinds } from '../../../src/api/index.ts';
import { GROUP, SERVED_VERSION } from '../../../src/api/kind.ts';
import type { Resource } from '../../../src/runtime/resource.ts';

/** One wrong input and the answer to it. */
export interface Refusal {
  readonly because: string;
  /** Fields of the spec that differ from a right object; undefined takes a field away. */
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly name?: string;
  /** The field that the answer names. */
  readonly field: string;
  /** What the answer says, after the field and its value. */
  readonly says: string;
  /** Further fields that the same mistake makes wrong. */
  readonly also?: readonly string[];
}

/** Where fields stand that several places have: a spec that has them. */
export type Within = (fields: object) => Readonly<Record<string, unknown>>;

/** One wrong change of an object that is there. */
export interface ChangeRefusal {
  readonly because: string;
  readonly from?: Readonly<Record<string, unknown>>;
  /** Written before the change, as the operator does. */
  readonly status?: Readonly<Record<string, unknown>>;
  readonly to: Readonly<Record<string, unknown>>;
  readonly field: string;
  readonly says: string;
}

/** Right specs that the wrong ones are made from. */
export const RIGHT = {
  HAPair: {
    servers: [
      { name: 'one', node: 'node1', interfaces: ['eth1'] },
      { name: 'two', node: 'node2', interfaces: ['eth1'] },
    ],
  },
  SharedNetwork: { haPairRef: { name: 'office' } },
  Subnet: { haPairRef: { name: 'office' }, cidr: '192.0.2.0/24' },
  HostReservation: { subnetRef: { name: 'desks' }, identifier: { hwAddress: '02:00:5e:10:00:01' } },
  ClientClass: { haPairRef: { name: 'office' }, test: 'option[60].exists' },
  OptionDefinition: { haPairRef: { name: 'office' }, code: 230, type: 'string' },
} as const;

/** What is said where an object cannot change. */
export const anew = (field: string): string => `${field} is immutable: delete the object and create it anew`;

/** A kind of ours as the REST API addresses it, whatever its objects are like. */
export const resourceOf = (kind: string): Resource => {
  const { plural = '' } = kinds.find((one) => one.kind === kind) ?? {};
  return { group: GROUP, version: SERVED_VERSION, plural, kind, namespaced: true };
};
