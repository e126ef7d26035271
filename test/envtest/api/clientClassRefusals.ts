/** ClientClasses that the API server refuses. */
import { anew, type ChangeRefusal, type Refusal } from './refusal.ts';

const badName = 'must be the name of a client class: without commas, quotes or spaces at its ends';

export const clientClassRefusals: readonly Refusal[] = [
  {
    because: "the operator's own classes have such names",
    spec: { name: 'kea-operator/HA_a/boot' },
    field: 'spec.name',
    says: "names that begin with kea-operator/ are those of the operator's own classes: choose another",
  },
  { because: 'expressions have names in quotes', spec: { name: "it's" }, field: 'spec.name', says: badName },
  { because: 'reservations have commas between names', spec: { name: 'a,b' }, field: 'spec.name', says: badName },
];

export const clientClassChanges: readonly ChangeRefusal[] = [
  {
    because: 'others refer to it by its name',
    from: { name: 'phones' },
    to: { name: 'printers' },
    field: 'spec.name',
    says: anew('name'),
  },
];
