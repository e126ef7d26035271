import { describe, expect, it } from 'vitest';
import { pair, subnet, TO_PAIR } from '../../test/support/objects.ts';
import { FINALIZERS } from '../../test/support/turns.ts';
import type { KubeClient } from '../runtime/client.ts';
import { ApiError, ConnectionError } from '../runtime/errors.ts';
import { createPublisher } from './publish.ts';
import type { EventWrite, Report } from './types.ts';

const GOING = new AbortController().signal;
const office = subnet('office', { ...TO_PAIR, cidr: '10.0.0.0/24' });
const lab = subnet('lab', { ...TO_PAIR, cidr: '10.0.1.0/24' });
const gone = subnet('gone', { ...TO_PAIR, cidr: '10.0.2.0/24' }, { deleting: true, finalizers: FINALIZERS });
const event = (object: EventWrite['object']): EventWrite => ({
  object,
  type: 'Normal',
  reason: 'Ready',
  action: 'Check',
  note: '',
});
const report: Report = {
  statuses: [office, lab, pair()].map((object) => ({ object, status: {} })),
  events: [event(office), event(lab)],
  released: [gone],
  ends: false,
  settled: true,
};

/** Publishes to an API server that fails for the status of the Subnet office. */
const publish = async (error: Error) => {
  const told: string[] = [];
  const client = {
    apply: (_: unknown, { metadata: { name = '' } }: { metadata: { name?: string } }) => {
      if (name === 'office') return Promise.reject(error);
      told.push(`status of ${name}`);
      return Promise.resolve({});
    },
    patch: (_: unknown, { name }: { name: string }) => {
      told.push(`release of ${name}`);
      return Promise.resolve({});
    },
  } as unknown as KubeClient;
  const events = {
    record: (about: { metadata: { name: string } }) => told.push(`event of ${about.metadata.name}`),
    close: () => Promise.resolve(),
  };
  const failure: unknown = await createPublisher(client, events)
    .publish(report, GOING)
    .catch((caught: unknown) => caught);
  return { told, failure };
};

describe('a status that cannot be written', () => {
  const others = ['status of lab', 'status of hq', 'event of lab', 'release of gone'];
  it.each([
    ['as the API server refuses it', new ApiError(422, { reason: 'Invalid' }, 'PATCH'), true],
    ['as its object would be too large', new ApiError(413, { reason: 'RequestEntityTooLarge' }, 'PATCH'), true],
    ['as nobody answers', new ConnectionError('Unreachable', 'PATCH: refused'), true],
    ['as its object is gone', new ApiError(404, { reason: 'NotFound' }, 'PATCH'), false],
  ])('%s keeps no other object waiting, and its own events for the next turn', async (_, error, fails) => {
    const { told, failure } = await publish(error);
    expect(told).toEqual(others);
    expect(failure).toBe(fails ? error : undefined);
  });
});
