/** Carries out one case on the pair that is there. */
import { sleep, until } from '../support/run.ts';
import { alertProblems } from './alerts.ts';
import { type Case, READY } from './case.ts';
import { injectStep } from './faults.ts';
import { describeSaying, readExchanges, saidAfter, type Sample, type Saying, SAYING_SECONDS } from './judge.ts';
import type { Lab } from './lab.ts';
import { measure } from './measure.ts';
import { becomesNormal } from './normal.ts';
import { startProbe } from './probe.ts';
import { takesChanges } from './pulse.ts';
import { type Snapshot, takeSnapshot } from './snapshot.ts';
import { type Act, describeStep, type Step } from './steps.ts';
import { openUndoing, type Undoing } from './undoing.ts';
import type { Measured } from './verdict.ts';
import { type Watch, watchPair } from './watch.ts';

export type Say = (line: string) => void;

/** A trial's figures, and what they were taken from. */
export interface Trialed {
  readonly measured: Measured;
  readonly probe: string;
  readonly samples: readonly Sample[];
}

const secondsSince = (at: number): number => Math.round((Date.now() - at) / 100) / 10;
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** How long the preparations of a case may take until the pair is well with them. */
const PREPARED_SECONDS = 120;
/** After a case: how much longer than it is allowed is waited, to tell how long it took. */
const GRACE_PERIOD_SECONDS = 30;
/** However late it is, a change gets so many seconds. */
const LEAST_SECONDS = 15;
/** The clients are looked at for so long after all is well. */
const AFTERWARDS_MS = 2_000;

/** An alert that is looked at once a second fired within so many. */
const FIRING_SECONDS = 2;

/** What takes away that by which others would be done: a node, or the API server. */
const takesAway = ({ fault, on }: Step): boolean =>
  fault === 'power-off' || (fault === 'stop' && ['apiserver', 'etcd', 'control-plane'].includes(on));

/** What is done together, in order. A wire is cut last, as it is gone for as long as that lasts; that of a node that goes too must be cut before. */
const wavesOf = (steps: readonly Step[]): readonly (readonly Step[])[] => {
  const last = steps.some(({ fault }) => fault === 'power-off') ? [] : steps.filter(({ fault }) => fault === 'cut-lan');
  const others = steps.filter((step) => !last.includes(step));
  return [others.filter((step) => !takesAway(step)), others.filter(takesAway), last];
};

const injectAll = async (lab: Lab, steps: readonly Step[], undoing: Undoing): Promise<void> => {
  const together = (some: readonly Step[]) =>
    Promise.allSettled(
      some.map(async (step) => {
        undoing.add(step, await injectStep(lab, step));
      }),
    );
  for (const wave of wavesOf(steps)) {
    const failed = (await together(wave)).find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected')
      throw new Error(`${steps.map(describeStep).join(' and ')}: ${messageOf(failed.reason)}`);
  }
};

/** Longer than the status may take, as those who have to write it must be there first. */
const THERE_SECONDS = 30;

const waitForSaying = async (watch: Watch, saying: Saying): Promise<Measured['said'][number]> => {
  const from = Date.now();
  const text = describeSaying(saying);
  for (;;) {
    const after = saidAfter(watch.samples, from, saying);
    if (after !== undefined)
      return after <= SAYING_SECONDS ? { saying: text, after } : { saying: text, instead: `only after ${after} s` };
    const there = watch.samples.find(({ at, api, operator }) => at >= from && api && operator)?.at;
    if (Date.now() > (there ?? from + THERE_SECONDS * 1000) + SAYING_SECONDS * 1000) break;
    await sleep(250);
  }
  const last = watch.samples
    .at(-1)
    ?.conditions.map(({ type, status, reason, message }) => `${type}=${status} ${reason} (${message})`);
  return { saying: text, instead: last?.join(', ') ?? '' };
};

/** What the acts of a case are carried out with. */
interface Stage {
  readonly lab: Lab;
  readonly undoing: Undoing;
  readonly watch: Watch;
  readonly say: Say;
  /** Alerts that the case has to bring about and that did not fire yet. */
  readonly unfired: () => Promise<readonly string[]>;
}

const perform = async ({ lab, undoing, watch, say, unfired }: Stage, act: Act): Promise<Measured['said']> => {
  switch (act.act) {
    case 'inject':
      say(`    ${act.steps.map(describeStep).join(' and ')}`);
      await injectAll(lab, act.steps, undoing);
      return [];
    case 'heal':
      for (const step of act.steps) {
        say(`    undone: ${describeStep(step)}`);
        await undoing.heal(step);
      }
      return [];
    case 'wait':
      await sleep(act.seconds * 1000);
      return [];
    case 'settle': {
      const left = await becomesNormal(lab, act.seconds);
      if (left.length > 0) throw new Error(`not well after ${act.seconds} s: ${left.join('; ')}`);
      return [];
    }
    case 'says':
      return [await waitForSaying(watch, act.saying)];
    case 'alerted': {
      // What did not is told at the end of the case.
      const all = async () => (await unfired()).length === 0;
      await until('the alerts', act.seconds, all).catch(() => undefined);
      return [];
    }
  }
};

/** Well is a pair that is as it is meant to be, and takes changes. */
const becomesWell = async (lab: Lab, seconds: number): Promise<readonly string[]> => {
  const begin = Date.now();
  const left = await becomesNormal(lab, seconds);
  const rest = Math.max(LEAST_SECONDS, seconds - (Date.now() - begin) / 1000);
  return left.length > 0 ? left : takesChanges(lab, rest);
};

/** An alert of the case before that this one has to bring about is waited for to end, as it could not be told to fire: that takes half a minute at most. */
const ENDING_SECONDS = 60;

/** Alerts that fire still of the case before. @throws Error where one that this case is for does not end. */
const othersFiring = async (lab: Lab, { alerts = [] }: Case): Promise<readonly string[]> => {
  const firing = await until(`the alerts ${alerts.join(', ')} of an earlier case to end`, ENDING_SECONDS, async () => {
    const now = await lab.firedWithin(FIRING_SECONDS);
    return now.some((alert) => alerts.includes(alert)) ? undefined : now;
  });
  return firing;
};

/** What happens between the first injection and the time when all is well again. */
const live = async (
  lab: Lab,
  one: Case,
  say: Say,
): Promise<Omit<Trialed, 'measured'> & { readonly measured: Omit<Measured, 'took'> }> => {
  const undoing = openUndoing();
  await lab.remember();
  const before = await takeSnapshot(lab);
  const firing = await othersFiring(lab, one);
  const probe = await startProbe(lab, one.clients);
  const watch = watchPair(lab);
  const from = Date.now();
  const said: Measured['said'][number][] = [];
  const errors: unknown[] = [];
  const fired = async (): Promise<readonly string[]> =>
    (await lab.firedWithin((Date.now() - from) / 1000)).filter((alert) => !firing.includes(alert));
  const unfired = async (): Promise<readonly string[]> => {
    const known = await fired();
    return (one.alerts ?? []).filter((alert) => !known.includes(alert));
  };
  const stage: Stage = { lab, undoing, watch, say, unfired };
  const attempt = (work: () => Promise<void>): Promise<void> =>
    work().catch((error: unknown) => void errors.push(error));
  await attempt(async () => {
    for (const act of one.acts) said.push(...(await perform(stage, act)));
  });
  await attempt(() => undoing.all());
  const healed = Date.now();
  const complaints = one.ends === true ? [] : await becomesWell(lab, (one.ready ?? READY) + GRACE_PERIOD_SECONDS);
  const ready = secondsSince(healed);
  await sleep(AFTERWARDS_MS);
  const to = Date.now();
  await probe.stop();
  await watch.stop();
  let after: Snapshot | undefined;
  if (one.ends !== true && complaints.length === 0) {
    await attempt(async () => {
      after = await takeSnapshot(lab);
    });
  }
  // What fires still of the case before tells nothing of this one.
  let seen: readonly string[] = [];
  await attempt(async () => {
    seen = await fired();
  });
  const exchanges = readExchanges(probe.printed());
  const figures = measure({ exchanges, samples: watch.samples, window: { from, to }, before, after });
  return {
    measured: {
      ...figures,
      alerts: alertProblems(one, seen, watch.samples),
      said,
      complaints,
      ...(complaints.length === 0 && one.ends !== true ? { ready } : {}),
      ...(errors.length === 0 ? {} : { error: messageOf(errors[0]) }),
    },
    probe: probe.printed(),
    samples: watch.samples,
  };
};

/** Carries out a case on a pair that is well, and leaves it as it was found where that can be. What hinders the case is its error. */
export const carryOut = async (lab: Lab, one: Case, say: Say): Promise<Trialed> => {
  const begin = Date.now();
  const prepared = openUndoing();
  const trialed = await prepare(lab, one, prepared, say)
    .then(() => live(lab, one, say))
    .catch((error: unknown) => ({ measured: { ...NOTHING, error: messageOf(error) }, probe: '', samples: [] }));
  const undone = await prepared.all().then(
    () => ({}),
    (error: unknown) => ({ error: messageOf(error) }),
  );
  return { ...trialed, measured: { ...undone, ...trialed.measured, took: secondsSince(begin) } };
};

/** Of a case that did not come to its fault. */
const NOTHING: Omit<Measured, 'took' | 'error'> = {
  silence: 0,
  said: [],
  complaints: [],
  differences: { leases: [], rows: [], ids: [], addresses: [] },
  operatorEnded: false,
  alerts: [],
  moved: [],
};

const prepare = async (lab: Lab, one: Case, prepared: Undoing, say: Say): Promise<void> => {
  if (one.prepare === undefined) return;
  say(`    prepared: ${one.prepare.map(describeStep).join(', ')}`);
  for (const step of one.prepare) await injectAll(lab, [step], prepared);
  const left = await becomesNormal(lab, PREPARED_SECONDS);
  if (left.length > 0) throw new Error(`not well after the preparations: ${left.join('; ')}`);
};
