import { describe, expect, it } from 'vitest';
import { SERVER_TAG, snapshotOf, subnet, TO_PAIR } from '../../test/support/objects.ts';
import { memoryBackend } from '../backend/memory.ts';
import { type LeaseSource, LeasesUnavailable } from '../leases/source.ts';
import { planRows } from './rows.ts';

const signal = new AbortController().signal;
/** Leases of which only the count is asked. */
const counting = (answer: (id: number) => number | Error) => {
  const asked: number[] = [];
  const leases: LeaseSource = {
    get: () => Promise.resolve(undefined),
    page: () => Promise.resolve({ leases: [] }),
    usage: () => Promise.resolve([]),
    countActive: (id) => {
      asked.push(id);
      const count = answer(id);
      return count instanceof Error ? Promise.reject(count) : Promise.resolve(count);
    },
    close: () => Promise.resolve(),
  };
  return { leases, asked };
};
const leaving = [1, 2, 3].map((id) =>
  subnet(
    `s${id}`,
    { ...TO_PAIR, cidr: `10.0.${id}.0/24`, subnetId: id, deletionPolicy: 'Protect' },
    { deleting: true, finalizers: ['kea-operator.io/cleanup'] },
  ),
);
const staying = leaving.map(({ metadata: { deletionTimestamp: _, ...metadata }, ...rest }) => ({ ...rest, metadata }));

describe('planRows', () => {
  const prepared = async () => {
    const backend = memoryBackend();
    const { leases } = counting(() => 0);
    const first = await planRows(snapshotOf({ subnets: staying }), SERVER_TAG, { backend, leases }, signal);
    await backend.apply(first.plan, first.scope, first.observed.revision);
    return backend;
  };

  it('asks for the leases of every Subnet that is protected and leaves', async () => {
    const backend = await prepared();
    const { leases, asked } = counting((id) => (id === 2 ? 7 : 0));
    const { plan } = await planRows(snapshotOf({ subnets: leaving }), SERVER_TAG, { backend, leases }, signal);
    expect(asked).toEqual([1, 2, 3]);
    expect(plan.changes.map(({ op, key }) => `${op} ${key}`)).toEqual(['remove 1', 'remove 3']);
  });

  it('asks no further once nobody answers: every question would take as long', async () => {
    const backend = await prepared();
    const { leases, asked } = counting(() => new LeasesUnavailable('no answer'));
    const { plan } = await planRows(snapshotOf({ subnets: leaving }), SERVER_TAG, { backend, leases }, signal);
    expect(asked).toEqual([1]);
    expect(plan.changes).toEqual([]);
  });
});
