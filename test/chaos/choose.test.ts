import { describe, expect, it } from 'vitest';
import { allowed, type Case } from './case.ts';
import { caseNamed, CASES } from './cases.ts';
import { allTrials, namedTrials, quickTrials, trialName } from './choose.ts';
import { nameOf, SHAPES, STANDARD } from './shapes.ts';
import { describeActs } from './steps.ts';

describe('the table of cases', () => {
  it('has names of which none stands twice, that can be names of directories', () => {
    const names = CASES.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^[a-zA-Z0-9-]+$/.test(name))).toEqual([]);
  });

  it('heals what it has injected, and nothing else', () => {
    for (const { name, acts } of CASES) {
      const injected = acts.flatMap((act) => (act.act === 'inject' ? act.steps : []));
      const healed = acts.flatMap((act) => (act.act === 'heal' ? act.steps : []));
      for (const one of healed) expect([name, injected]).toEqual([name, expect.arrayContaining([one])]);
    }
  });

  it('has a fault in every case, and a pair for it', () => {
    expect(CASES.filter(({ acts }) => describeActs(acts) === '')).toEqual([]);
    expect(CASES.filter((one) => SHAPES.every((shape) => allowed(one, shape) === undefined))).toEqual([]);
  });

  it('has each two of seven things at once, and everything on again in every order', () => {
    const of = (group: Case['group']): number => CASES.filter((one) => one.group === group).length;
    expect(of('Two at once')).toBe(21);
    expect(of('All power')).toBe(24);
  });

  it('is searched by name', () => {
    expect(caseNamed('kill-primary').group).toBe('One process');
    expect(() => caseNamed('kill-pri')).toThrow(/kill-primary\n/);
  });
});

describe('a whole run', () => {
  const trials = allTrials(CASES);

  it('tries every case, on the standard pair where it is for it', () => {
    expect(new Set(trials.map(({ one }) => one.name)).size).toBe(CASES.length);
    const standard = trials.filter(({ shape }) => nameOf(shape) === nameOf(STANDARD)).map(({ one }) => one.name);
    expect(CASES.filter((one) => allowed(one, STANDARD) !== undefined && !standard.includes(one.name))).toEqual([]);
  });

  it('lets each two of group, mode and storage meet that can', () => {
    const met = (two: (trial: (typeof trials)[number]) => string): ReadonlySet<string> => new Set(trials.map(two));
    for (const shape of SHAPES) expect(met((trial) => nameOf(trial.shape))).toContain(nameOf(shape));
    for (const one of CASES.filter(({ standardOnly }) => standardOnly !== true)) {
      for (const shape of SHAPES.filter((each) => allowed(one, each) !== undefined)) {
        expect(met((trial) => `${trial.one.group} ${trial.shape.mode}`)).toContain(`${one.group} ${shape.mode}`);
        expect(met((trial) => `${trial.one.group} ${trial.shape.storage}`)).toContain(`${one.group} ${shape.storage}`);
      }
    }
  });

  it('changes the pair as seldom as it can, and makes it anew last', () => {
    const shapes = trials.map(({ shape }) => nameOf(shape));
    expect(shapes.filter((name, index) => name !== shapes[index - 1]).length).toBe(SHAPES.length);
    const first = trials.slice(0, shapes.lastIndexOf(nameOf(STANDARD)) + 1);
    expect(first.at(-1)?.one.ends).toBe(true);
  });
});

describe('other choices', () => {
  it('are the quick subset, and cases by name', () => {
    expect(quickTrials(CASES).every(({ shape }) => nameOf(shape) === nameOf(STANDARD))).toBe(true);
    expect(namedTrials([caseNamed('mode-HotStandby-and-back')]).map(trialName)).toEqual([
      'LoadBalancing-Memfile/mode-HotStandby-and-back',
    ]);
    expect(() => namedTrials([caseNamed('kill-both')], { mode: 'Standalone', storage: 'Memfile' })).toThrow(/not for/);
  });
});
