import { describe, expect, it } from 'vitest';
import { reservation, subnet, TO_PAIR } from '../../test/support/objects.ts';
import type { KubeClient } from '../runtime/client.ts';
import { ApiError, ConnectionError } from '../runtime/errors.ts';
import type { EventRecorder } from '../runtime/events.ts';
import { createLogger } from '../runtime/log.ts';
import { createPublisher } from './publish.ts';

const signal = new AbortController().signal;
const good = subnet('good', { ...TO_PAIR, cidr: '10.0.0.0/24' }, { finalizers: ['kea-operator.io/cleanup'] });
const malformed = subnet('malformed', { haPairRef: 'hq' }, { finalizers: ['kea-operator.io/cleanup'] });
const other = reservation('other', { subnetRef: { name: 'good' }, identifier: { hwAddress: '02:00:5e:10:00:01' } });

const answer = (code: number, message = ''): ApiError => new ApiError(code, { message }, 'PATCH');

/** A publisher whose API server refuses writes to objects by their names. */
const setup = (refusals: Readonly<Record<string, Error>>) => {
  const written: { name: string; resourceVersion?: string }[] = [];
  const events: string[] = [];
  const write = ({ name, resourceVersion }: { name: string; resourceVersion?: string }): Promise<object> => {
    const refusal = refusals[name];
    if (refusal !== undefined) return Promise.reject(refusal);
    written.push({ name, ...(resourceVersion === undefined ? {} : { resourceVersion }) });
    return Promise.resolve({});
  };
  const client = {
    apply: (_resource: unknown, body: { metadata: { name: string } }) => write(body.metadata),
    patch: (_resource: unknown, { name }: { name: string }) => write({ name }),
    get: () => Promise.resolve(malformed),
  };
  const recorder = { record: ({ metadata }: typeof good) => events.push(metadata.name) };
  const log = createLogger({ level: 'silent' });
  return {
    publisher: createPublisher(client as unknown as KubeClient, recorder as unknown as EventRecorder, log),
    written,
    events,
  };
};

const statuses = [malformed, good, other].map((object) => ({ object, status: {} }));
const told = [{ object: good, type: 'Normal', reason: 'SubnetIdAssigned', action: 'AssignId', note: '' }] as const;
const report = { statuses, events: told, released: [malformed, good], ends: false, settled: true };

describe('what is refused for one object', () => {
  it.each([
    ['as it does not fit its schema', { malformed: answer(422) }],
    ['as it cannot be merged', { malformed: answer(500, 'failed to convert new object: .spec.pools: expected list') }],
    ['as it is gone', { malformed: answer(404) }],
    ['as it was made again', { malformed: answer(409) }],
  ])('%s, keeps the others, events and finalizers from nothing', async (_, refusals) => {
    const { publisher, written, events } = setup(refusals);
    await publisher.publish(report, signal);
    expect(written.map(({ name }) => name)).toEqual(['good', 'other', 'good']);
    expect(events).toEqual(['good']);
  });

  it.each([
    ['the API server is in trouble', answer(500, 'etcd')],
    ['the operator may not write', answer(403)],
    ['it would be too large', answer(413)],
    ['nobody answers', new ConnectionError('Unreachable', 'PATCH: refused')],
  ])('and is in order itself, is a failure of the turn once the others have theirs: %s', async (_, refusal) => {
    const { publisher, written, events } = setup({ good: refusal });
    await expect(publisher.publish(report, signal)).rejects.toBe(refusal);
    expect(written.map(({ name }) => name)).toEqual(['malformed', 'other', 'malformed']);
    // What its status does not say yet is news again in the next pass.
    expect(events).toEqual([]);
  });
});

describe('what is said first', () => {
  it('is said of the object as it was read only', async () => {
    const { publisher, written } = setup({});
    const read = { ...good, metadata: { ...good.metadata, resourceVersion: '7' } };
    await publisher.publishFirst([{ object: read, status: {} }], signal);
    await publisher.publish({ ...report, statuses: [{ object: read, status: {} }], released: [] }, signal);
    expect(written).toEqual([{ name: 'good', resourceVersion: '7' }, { name: 'good' }]);
  });

  it('is nothing to worry about where a pass has said something meanwhile', async () => {
    const { publisher } = setup({ good: answer(409) });
    await publisher.publishFirst([{ object: good, status: {} }], signal);
  });
});

describe('lease statistics', () => {
  const event = { type: 'Warning', reason: 'NearlyFull', action: 'Check', note: '' } as const;
  const of = (object: typeof good) => ({ object, status: {}, urgency: 0, event }) as const;

  it('are told of once they are written', async () => {
    const { publisher, written, events } = setup({ malformed: answer(422) });
    await publisher.publishStatistics([of(malformed), of(good)], signal);
    expect(written.map(({ name }) => name)).toEqual(['good']);
    expect(events).toEqual(['good']);
  });

  it('that cannot be written now are told of later', async () => {
    const { publisher, events } = setup({ good: answer(500, 'etcd') });
    await expect(publisher.publishStatistics([of(good)], signal)).rejects.toThrow('etcd');
    expect(events).toEqual([]);
  });
});
