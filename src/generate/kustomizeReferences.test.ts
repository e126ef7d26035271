import { expect, test } from 'vitest';
import { objectSchema } from '../api/crd.ts';
import { kinds } from '../api/index.ts';
import type { Structural } from '../api/structural.ts';
import { namingFieldsIn } from './kustomizeReferences.ts';

const object = (properties: Record<string, Structural>): Structural => ({ type: 'object', properties });
const name = object({ name: { type: 'string' } });

test('a reference is named by its place, through lists as if they were not there', () => {
  const pools: Structural = { type: 'array', items: object({ clientClasses: { type: 'array' } }) };
  expect(namingFieldsIn(object({ subnetRef: name, pools }), 'spec')).toEqual([
    { named: 'Subnet', path: 'spec/subnetRef/name' },
    { named: 'ClientClass', path: 'spec/pools/clientClasses' },
  ]);
});

test.each(['zoneRef', 'zoneRefs', 'keySecret', 'keySecrets'])(
  'a field %s of which nobody said what it names stops the generator',
  (field) => {
    const schema = object({ ddns: object({ [field]: name }) });
    expect(() => namingFieldsIn(schema, 'spec')).toThrow(`spec/ddns/${field}: say in NAMED_BY`);
  },
);

test('every kind but a HAPair names what it belongs to', () => {
  const parents = kinds.map(({ kind, ...rest }) => {
    const spec = objectSchema({ kind, ...rest }).properties?.spec ?? {};
    const own = namingFieldsIn(spec, 'spec').filter(({ path }) => /^spec\/\w+Ref\//.test(path));
    return [kind, own.map(({ named }) => named)];
  });
  expect(Object.fromEntries(parents)).toEqual({
    HAPair: [],
    SharedNetwork: ['HAPair'],
    Subnet: ['HAPair', 'SharedNetwork'],
    HostReservation: ['Subnet', 'HAPair'],
    ClientClass: ['HAPair'],
    OptionDefinition: ['HAPair'],
  });
});
