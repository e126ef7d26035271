import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SHOWN_STATES } from '../leases/shownState.ts';
import { INFINITE_LIFETIME, LEASE_STATES } from '../leases/source.ts';
import { type FoundLease, leaseObject } from './lease.ts';
import { leaseTextIn } from './leaseText.ts';
import type { Form } from './negotiate.ts';
import { type IncludeObject, partialMetadata, tableRow } from './table.ts';

const NOW = 1_800_000_000.5;

const known = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
/** What clients and whoever names things may have thought of. */
const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('printer', 'a"b', 'a\\', '\u001b[0m', '\ud800'),
);
/** Few, so that leases that follow each other are often alike. */
const name = known(fc.constantFrom('office', 'a'.repeat(64), 'é'));

const lease = fc.record({
  address: fc.constantFrom('192.0.2.10', '192.0.2.11', '2001:db8::10', '2001:db8:8000::'),
  prefixLength: known(fc.constantFrom(56, 64)),
  subnetId: fc.constantFrom(1, 2),
  hwAddress: known(text),
  clientId: known(text),
  duid: known(text),
  iaid: known(fc.nat()),
  preferredLifetime: known(fc.nat()),
  hostname: known(text),
  fqdnForward: known(fc.boolean()),
  fqdnReverse: known(fc.boolean()),
  userContext: known(fc.dictionary(text, fc.jsonValue() as fc.Arbitrary<unknown>)),
  relayId: known(text),
  remoteId: known(text),
  state: fc.constantFrom(...LEASE_STATES),
  cltt: fc.oneof(fc.integer({ min: -1e9, max: 4e9 }), fc.double({ min: -1e6, max: 4e9, noNaN: true })),
  validLifetime: fc.oneof(fc.nat(200_000), fc.constant(INFINITE_LIFETIME)),
});

const found: fc.Arbitrary<FoundLease> = fc.record({
  namespace: fc.constantFrom('dhcp', 'branch'),
  pair: fc.constantFrom('office', 'b'.repeat(64)),
  subnet: name,
  sharedNetwork: name,
  reservation: known(text),
  lease,
});

it.each<[Form, IncludeObject, (found: FoundLease) => unknown]>([
  ['Object', 'None', (one) => leaseObject(one, NOW)],
  ['Metadata', 'None', (one) => partialMetadata(one, NOW)],
  ['Table', 'None', (one) => tableRow(one, 'None', NOW)],
  ['Table', 'Metadata', (one) => tableRow(one, 'Metadata', NOW)],
  ['Table', 'Object', (one) => tableRow(one, 'Object', NOW)],
])('as %s with %s a lease has the text that JSON.stringify makes of it', (form, include, objectOf) => {
  fc.assert(
    fc.property(fc.array(found), (all) => {
      const textOf = leaseTextIn(form, include, NOW);
      for (const one of all) expect(textOf(one)).toBe(JSON.stringify(objectOf(one)));
    }),
  );
});

it('has every state that a lease may be shown in', () => {
  const textOf = leaseTextIn('Metadata', 'None', NOW);
  const base = { namespace: 'dhcp', pair: 'office', subnet: 'lan', sharedNetwork: undefined, reservation: undefined };
  const seen = [...LEASE_STATES.map((state) => [state, 7200] as const), ['Active', 60] as const].map(
    ([state, time]) => {
      const of = { address: '192.0.2.1', subnetId: 1, state, cltt: Math.floor(NOW) - 3600, validLifetime: time };
      return (JSON.parse(textOf({ ...base, lease: of })) as { metadata: { labels: object } }).metadata.labels;
    },
  );
  expect(seen.map((labels) => (labels as Record<string, string>)['kea-operator.io/state'])).toEqual(SHOWN_STATES);
});
