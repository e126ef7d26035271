import { describe, expect, it } from 'vitest';
import { pair, subnet } from '../../test/support/objects.ts';
import { conditionsIn, events, messageIn } from '../../test/support/passes.ts';
import { namespaceOf } from '../compile/namespace.ts';
import { patienceLeft } from './gracePeriod.ts';
import { reportUnattached } from './report.ts';

const BORN = Date.UTC(2026, 0, 1);
const at = (seconds: number): number => BORN + seconds * 1000;
const timeOf = (seconds: number): string => new Date(at(seconds)).toISOString().replace('.000', '');

describe('patienceLeft', () => {
  const accepted = (status: 'True' | 'False' | 'Unknown', observedGeneration: number, since: number) =>
    ({ status, reason: 'RefNotFound', message: '', observedGeneration, lastTransitionTime: timeOf(since) }) as const;

  it.each<[string, ReturnType<typeof accepted> | undefined, now: number, left: number]>([
    ['a new object has a minute', undefined, 0, 60],
    ['from its creation', undefined, 20, 40],
    ['and no more', undefined, 60, 0],
    ['whoever looks first after that', undefined, 3600, 0],
    ['what the clock of the API server is ahead counts for nothing', undefined, -3600, 60],
    ['one that waits has a minute since it does', accepted('Unknown', 2, 100), 130, 30],
    ['a change begins another', accepted('False', 1, 100), 1000, 60],
    ['one that was told has no more', accepted('False', 2, 100), 110, 0],
    ['nor one whose reference was found and is lost', accepted('True', 2, 0), 10, 0],
  ])('%s', (_, condition, now, left) => {
    const object = { metadata: { name: 'lost', generation: 2, creationTimestamp: timeOf(0) } };
    expect(patienceLeft(object, condition, at(now))).toBe(left * 1000);
  });
});

describe('an object whose pair is not there yet', () => {
  const lost = subnet('lost', { haPairRef: { name: 'gone' }, cidr: '10.1.0.0/24' });
  const born = { ...lost, metadata: { ...lost.metadata, creationTimestamp: timeOf(0) } };
  const looked = (seconds: number, status: unknown = {}) =>
    reportUnattached(at(seconds), {
      pairs: [pair()],
      children: namespaceOf({ networks: [], subnets: [{ ...born, status } as never], reservations: [] }),
    });

  it('waits for it, without an event, and is looked at again when a minute is over', () => {
    const first = looked(20);
    expect(conditionsIn(first, 'lost')).toEqual({
      Accepted: 'Unknown/RefNotFound',
      Programmed: 'Unknown/NotAccepted',
      Ready: 'Unknown/RefNotFound',
      Reconciling: 'True/RefNotFound',
    });
    expect(messageIn(first, 'lost', 'Ready')).toMatch(/^waiting for .* HAPair gone, which does not exist: create it/);
    expect([events(first), first.againMs]).toEqual([[], 40_000]);
  });

  it('is not looked at by itself where its minute is almost over: thousands would be, one after the other', () => {
    expect(looked(59).againMs).toBe(10_000);
  });

  it('is rejected then, and told so', () => {
    const status = looked(20).statuses[0]?.status;
    const then = looked(80, status);
    expect(conditionsIn(then, 'lost')).toEqual({
      Accepted: 'False/RefNotFound',
      Programmed: 'False/NotAccepted',
      Ready: 'False/RefNotFound',
      Stalled: 'True/RefNotFound',
    });
    expect([events(then), then.againMs]).toEqual([['lost RefNotFound'], undefined]);
  });
});
