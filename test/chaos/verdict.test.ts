import { describe, expect, it } from 'vitest';
import { type Case, everyMode } from './case.ts';
import { STANDARD } from './shapes.ts';
import { inject } from './steps.ts';
import { type Measured, problems } from './verdict.ts';

const CASE: Case = {
  name: 'x',
  group: 'One process',
  acts: [inject('kill', 'primary')],
  silence: everyMode(8),
  withoutDatabase: 10,
};
const WELL: Measured = {
  silence: 5,
  said: [],
  ready: 12,
  complaints: [],
  differences: { leases: [], rows: [], ids: [], addresses: [] },
  operatorEnded: false,
  moved: [],
  alerts: [],
  took: 30,
};

describe('a trial', () => {
  it('passes within what its case allows', () => {
    expect(problems(CASE, STANDARD, WELL)).toEqual([]);
    expect(problems(CASE, { mode: 'HotStandby', storage: 'PostgreSQL' }, { ...WELL, silence: 17 })).toEqual([]);
  });

  it('fails by a longer silence', () => {
    expect(problems(CASE, STANDARD, { ...WELL, silence: 8.1, silentClient: 'one' })).toEqual([
      'silent for 8.1 s (one), allowed are 8 s',
    ]);
  });

  it('lets clients wait for a partner that is missed where it has to consent, and only there', () => {
    const one: Case = { ...CASE, silence: everyMode(1.5), withoutDatabase: 0, consent: 3 };
    expect(problems(one, STANDARD, { ...WELL, silence: 3 })).toEqual([]);
    expect(problems(one, { mode: 'HotStandby', storage: 'PostgreSQL' }, { ...WELL, silence: 3 })).toHaveLength(1);
    expect(problems({ ...CASE, consent: 3 }, STANDARD, { ...WELL, silence: 8 })).toEqual([]);
  });

  it('fails where a silence that was made is not seen', () => {
    expect(problems({ ...CASE, least: 9.5 }, STANDARD, WELL)).toEqual([
      'silent for 5 s only: the probe does not measure',
    ]);
  });

  it('fails where the status does not say what is wrong, or says that all is well', () => {
    const said = [{ saying: 'WorkloadAvailable', instead: 'Ready=True' }];
    expect(problems(CASE, STANDARD, { ...WELL, said, lie: 'all is well' })).toEqual([
      'status did not say WorkloadAvailable within 15 s, but: Ready=True',
      'status said Ready while clients were silent: all is well',
    ]);
  });

  it('fails where the pair is not well again, unless the case ends with it', () => {
    const { ready: _ready, ...never } = { ...WELL, complaints: ['a is waiting'] };
    expect(problems(CASE, STANDARD, never)).toEqual(['not well in the end, allowed are 60 s: a is waiting']);
    expect(problems({ ...CASE, ends: true }, STANDARD, never)).toEqual([]);
    expect(problems({ ...CASE, ready: 10 }, STANDARD, WELL)).toHaveLength(1);
  });

  it('fails where something is not as it was, unless it may be', () => {
    const differences = { ...WELL.differences, addresses: ['192.0.2.1'], rows: ['- a', '- b', '- c', '- d'] };
    expect(problems(CASE, STANDARD, { ...WELL, differences })).toEqual([
      'rows differ: - a; - b; - c; and 1 more',
      'addresses given twice: 192.0.2.1',
    ]);
    expect(problems({ ...CASE, except: ['rows', 'addresses'] }, STANDARD, { ...WELL, differences })).toEqual([]);
  });
});
