/** docs/reference/reasons.md: every reason of a condition or event, from src/api/reasons.ts. */
import {
  acceptedReasons,
  eventReasons,
  failureReasons,
  pairReasons,
  pressureReasons,
  programmedReasons,
  warningReasons,
} from '../api/reasons.ts';
import { cell, code, table } from './markdown.ts';

type Explanations = Readonly<Record<string, { readonly means: string; readonly remedy?: string }>>;

const section = (title: string, text: string, reasons: Explanations): string =>
  [
    `## ${title}`,
    text,
    table(
      ['Reason', 'Meaning', 'What to do'],
      Object.entries(reasons).map(([reason, { means, remedy = '' }]) => [code(reason), cell(means), cell(remedy)]),
    ),
  ].join('\n\n');

/** The page. */
export const reasonsReference = (): string =>
  [
    '<!-- Generated from src/api/reasons.ts by `npm run generate`: change it there. -->',
    '# Reasons of conditions and events',
    'A condition is `True`, `False` for an error, or `Unknown` while work is under way. `Ready` sums the others up, and carries the reason of the first that is not `True`.',
    'An object that is not `Ready` has one condition more, with the same reason and message: `Stalled` where what was written is refused and needs a change by somebody, else `Reconciling`. Neither is there otherwise. By these kstatus, and with it Flux, tells failure from work under way ([why](../adr/0027-what-waits-and-what-failed.md)).',
    section(
      'Accepted',
      'Whether an object of a HAPair takes part. A rejected object never stops the others; in a conflict the object that is served already wins, else the older one, and the message names it. An object that refers to what is not there yet is `Unknown` for a minute from its creation or change, with the reason that it will have.',
      acceptedReasons,
    ),
    section('Programmed', 'Whether the database holds the object and the servers run it.', programmedReasons),
    section(
      'HAPair',
      'The conditions `WorkloadAvailable`, `BackendReachable`, `Synchronized` and `Ready` of a pair. They share some of the reasons above; its `Programmed` has those too, and the reasons of passes that failed.',
      pairReasons,
    ),
    section(
      'PoolPressure',
      'Of a Subnet or SharedNetwork with pools: `True` from 80 % on, of addresses or of prefixes. It goes back below 75 % (from `AlmostExhausted` below 90 %), so that one client who comes and goes changes nothing. Events tell each step up, and the end; `Ready` does not depend on it.',
      pressureReasons,
    ),
    section(
      'Warnings',
      'In `status.warnings`; they change no condition. `ClockSkew` and `NotAllowed` are two as well. The annotation `kea-operator.io/silence` of an object names those that its status is not to tell, with commas between ([how](../how-to/warnings.md)).',
      warningReasons,
    ),
    section(
      'Failed passes',
      'A pass of a HAPair that ends in an error is repeated. `Programmed` of the pair says which, and so does an event; what was found before it ended is in the other conditions.',
      failureReasons,
    ),
    section('Events', 'Shown by `kubectl describe` and `kubectl events`.', eventReasons),
  ].join('\n\n') + '\n';
