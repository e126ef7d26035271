import { describe, expect, it } from 'vitest';
import { pair } from '../../test/support/objects.ts';
import type { ServerFacts } from '../metrics/pairs.ts';
import type { AttemptDraft } from './context.ts';
import { passFacts } from './passFacts.ts';

const draftOf = (more: object = {}): AttemptDraft =>
  ({ now: 5000, snapshot: { pair: pair() }, servers: [], backendReachable: false, ...more }) as unknown as AttemptDraft;
const serverOf = (name: string, more: object = {}) => ({ name, serving: true, synchronized: true, ...more });

describe('what metrics tell of a pass', () => {
  it.each<readonly [string, object, boolean | undefined]>([
    ['it answered', { backendReachable: true }, true],
    [
      'it answered, and lacks its schema',
      { backendReachable: true, backendProblem: { reason: 'SchemaNotReady' } },
      true,
    ],
    ['it did not', { backendProblem: { reason: 'BackendUnavailable' } }, false],
    ['nobody could ask, for want of a password', { backendProblem: { reason: 'CredentialsMissing' } }, false],
    ['nobody asked', {}, undefined],
  ])('of the database: %s', (_, more, databaseUp) => {
    expect(passFacts(draftOf(more), false).databaseUp).toBe(databaseUp);
  });

  it.each<readonly [string, object, boolean, number | undefined]>([
    ['that it wrote all that may be written', { written: true }, false, 5000],
    ['no success where it did not come so far', {}, false, undefined],
    ['no success where something failed', { written: true }, true, undefined],
    [
      'no success where the specification is none',
      { written: true, failure: { reason: 'InvalidSpec' } },
      false,
      undefined,
    ],
  ])('%s', (_, more, failed, succeededAt) => {
    expect(passFacts(draftOf(more), failed).succeededAt).toBe(succeededAt);
  });

  it.each<readonly [string, readonly (number | undefined)[], readonly (number | undefined)[]]>([
    ['how far each clock is ahead of the last', [1200, -300], [1.5, 0]],
    ['nothing of a clock that has no other beside it', [1200, undefined], [undefined, undefined]],
    ['nothing of a server that did not tell, where others did', [100, undefined, 1100], [0, undefined, 1]],
  ])('%s', (_, offsets, skews) => {
    const servers = offsets.map((clockOffset, index) => serverOf(String(index), { clockOffset }));
    const facts = passFacts(draftOf({ servers }), false);
    expect(facts.servers.map(({ clockSkew }: ServerFacts) => clockSkew)).toEqual(skews);
  });

  it('how many objects were judged how, and not which', () => {
    const compiled = { verdicts: new Map([['a', {}]]), rejected: 1, firstRejected: ['Subnet/prod/a'] };
    expect(passFacts(draftOf({ compiled }), false).objects).toEqual({ accepted: 0, rejected: 1 });
  });

  it('removals that are withheld, and not what waits as the policy is to try alone', () => {
    const of = (why: string) => ({ why, change: {} });
    const plan = { changes: [], withheld: [of('MassDeletionWithheld'), of('MassDeletionWithheld'), of('DryRun')] };
    expect(passFacts(draftOf({ plan }), false).withheld).toBe(2);
    expect(passFacts(draftOf(), false).withheld).toBe(undefined);
  });
});
