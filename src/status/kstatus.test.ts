import { describe, expect, it } from 'vitest';
import { type Finding, isFalse, isTrue, isUnknown, saysAlready } from './conditions.ts';
import { withKstatus } from './kstatus.ts';

describe('withKstatus', () => {
  it.each<[sentence: string, Ready: Finding, beside: string | undefined]>([
    ['what is well has neither condition', isTrue('Programmed', 'well'), undefined],
    ['work under way is reconciling', isUnknown('AwaitingServers', 'soon'), 'Reconciling'],
    ['so is what is paused: it is not as it was written', isUnknown('Paused', 'later'), 'Reconciling'],
    ['what is waited for is no refusal yet', isUnknown('RefNotFound', 'waiting'), 'Reconciling'],
    ['what was refused needs somebody', isFalse('RefNotFound', 'create it'), 'Stalled'],
    ['so does what a server refused', isFalse('ServerRefused', 'no'), 'Stalled'],
    ['and what waits for a permission', isFalse('MassDeletionWithheld', 'annotate it'), 'Stalled'],
    ['an outage passes', isFalse('BackendUnavailable', 'away'), 'Reconciling'],
    ['a Secret may come', isFalse('CredentialsMissing', 'create it'), 'Reconciling'],
  ])('%s', (_, Ready, beside) => {
    const { Ready: kept, ...others } = withKstatus({ Ready });
    expect(kept).toBe(Ready);
    expect(others).toEqual(beside === undefined ? {} : { [beside]: { ...Ready, status: 'True' } });
  });
});

describe('saysAlready', () => {
  const ready = { type: 'Ready', status: 'True' };
  const stalled = { type: 'Stalled', status: 'True' };

  it('finds a status that is still stalled different from one that is well', () => {
    expect(saysAlready({ conditions: [ready, stalled] }, { conditions: [ready] }, ['conditions'])).toBe(false);
  });

  it('leaves them to who writes Ready', () => {
    const pressure = { type: 'PoolPressure', status: 'False' };
    expect(saysAlready({ conditions: [pressure, stalled] }, { conditions: [pressure] }, ['conditions'])).toBe(true);
  });
});
