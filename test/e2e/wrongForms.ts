/** The form of the tables of wrong objects. */
export interface WrongObject {
  readonly kind: 'SharedNetwork' | 'Subnet' | 'HostReservation' | 'ClientClass' | 'OptionDefinition';
  readonly name: string;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly reason: string;
  /** Parts of the message: the field first, then what to do. */
  readonly says: readonly string[];
}

export const PAIR = { haPairRef: { name: 'campus' } };

export type Rest = readonly [name: string, spec: object, reason: string, ...says: readonly string[]];

export const of =
  (kind: WrongObject['kind'], common: object) =>
  ([name, spec, reason, ...says]: Rest): WrongObject => ({
    kind,
    name: `wrong-${name}`,
    spec: { ...common, ...spec },
    reason,
    says,
  });

export const option = (fields: object) => ({ optionData: [fields] });
