/**
 * How a server is brought to what it should run, as a reducer over a named state: pure, with the commands left to whoever holds the connection.
 *
 *     reading → taking → checking → done
 *        |         ^        |
 *        |         +--------+   once: what one path did not do the other may
 *        +-------------------→ done, where there is nothing to do, or the same was tried a moment ago
 */
import type { Family } from '../kea/family.ts';
import { choosePath } from './path.ts';
import { type Running, type Step, stepsBetween, unexplained } from './steps.ts';

/** What is known between passes of what a server runs. */
export type Knowledge =
  | {
      readonly kind: 'unknown';
      /** What it ran when it last followed, and has lost or gained something since where it does not. */
      readonly proven?: Running;
    }
  | { readonly kind: 'known'; readonly running: Running; readonly proven?: Running };

export type Path = 'live' | 'pull';

export type Following =
  /** What it runs is to be read. */
  | { readonly at: 'reading'; readonly proven?: Running }
  /** Steps are to be taken by a path. */
  | (Trying & { readonly at: 'taking' })
  /** What came of them is to be read: of the first path of what it changed, of the second everything. */
  | (Trying & { readonly at: 'checking' })
  | Finished;

interface Trying {
  readonly path: Path;
  readonly attempt: 1 | 2;
  readonly steps: readonly Step[];
  readonly before: Running;
  /** Of the first path. */
  readonly asked: number;
  readonly drifted: number;
  /** What refused steps so far. */
  readonly refusal?: string;
}

export interface Finished {
  readonly at: 'done';
  readonly path: Path | 'none';
  readonly running: Running;
  /** Steps that were to be taken. */
  readonly asked: number;
  /** Steps that no change of what is desired explains: the server had lost or gained something by itself. */
  readonly drifted: number;
  /** What is not done. */
  readonly left: readonly Step[];
  /** Why not. */
  readonly why?: string;
}

export type FollowEvent =
  | { readonly kind: 'read'; readonly running: Running }
  /** With why not all of it was taken. */
  | { readonly kind: 'taken'; readonly refusal?: string | undefined };

/** What the states are judged by. */
export interface Aim {
  readonly family: Family;
  readonly desired: Running;
  /** Steps from what a server seems to run, where some of that is uncertain. */
  readonly stepsFrom: (seen: Running) => readonly Step[];
  /** Why the very steps are not tried again yet; undefined: they are. */
  readonly heldBack: (steps: readonly Step[]) => string | undefined;
}

export const begin = (knowledge: Knowledge, aim: Aim): Following => {
  const { proven } = knowledge;
  return knowledge.kind === 'known'
    ? decide(knowledge.running, proven, aim)
    : { at: 'reading', ...(proven === undefined ? {} : { proven }) };
};

/** @throws TypeError for an event that the state does not wait for. */
export const next = (state: Following, event: FollowEvent, aim: Aim): Following => {
  if (state.at === 'reading' && event.kind === 'read') return decide(event.running, state.proven, aim);
  if (state.at === 'taking' && event.kind === 'taken') {
    const refusal = [state.refusal, event.refusal].filter((text) => text !== undefined).join('; ');
    return { ...state, at: 'checking', ...(refusal === '' ? {} : { refusal }) };
  }
  if (state.at === 'checking' && event.kind === 'read') return judge(state, event.running, aim);
  throw new TypeError(`a server that is at ${state.at} is not told that something was ${event.kind}`);
};

const decide = (
  running: Running,
  proven: Running | undefined,
  { family, desired, stepsFrom, heldBack }: Aim,
): Following => {
  const steps = stepsFrom(running);
  const asked = steps.length;
  const drifted =
    proven === undefined ? 0 : unexplained(family, stepsBetween(running, desired), proven, desired).length;
  const nothing = { at: 'done', path: 'none', running, asked, drifted } as const;
  if (asked === 0) return { ...nothing, left: [] };
  const why = heldBack(steps);
  if (why !== undefined) return { ...nothing, left: steps, why };
  const path = choosePath(steps, desired.size);
  return { at: 'taking', path, attempt: 1, steps, before: running, asked, drifted };
};

const judge = (state: Trying, running: Running, { stepsFrom }: Aim): Following => {
  const { path, attempt, asked, drifted, refusal } = state;
  const left = stepsFrom(running);
  const [first] = left;
  if (first && attempt === 1) {
    const again = { ...state, at: 'taking', attempt: 2, steps: left } as const;
    if (path === 'live') return { ...again, path: 'pull' };
    // A pull does not see what a live command took away by hand, and one without a way to the database succeeds all the same.
    const silent = `config-backend-pull did not bring ${first.kind} ${first.key}, so the server may not reach its database`;
    return { ...again, path: 'live', refusal: refusal ?? silent };
  }
  const why = refusal ?? describeLeft(left);
  return { at: 'done', path, running, asked, drifted, left, ...(why === undefined ? {} : { why }) };
};

const describeLeft = (left: readonly Step[]): string | undefined => {
  const [first] = left;
  return first && `${left.length} object(s) differ after the change, the first: ${first.kind} ${first.key}`;
};
