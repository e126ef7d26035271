/** Leases per second of a pair as the operator configures it by default, and of the same Kea configured by hand. */
import { binary } from '../support/postgres.ts';
import { sleep } from '../support/run.ts';
import { type Figure, figureOf } from './figures.ts';
import { FIRST_CLIENT, reservedAddress, type Service } from './serviceConfigs.ts';
import { bestRate, type Load, offer, quantile, type Search, tryRates } from './serviceLoad.ts';
import { startByHand, startOperated, type Subject } from './serviceSubjects.ts';

/** Two that are measured in turns. */
export interface Comparison {
  readonly name: string;
  readonly goal: number;
  readonly service: Service;
  /** By hand: the same pair configured by hand. Undisturbed: the operator's own while nothing changes. */
  readonly rival: 'by hand' | 'undisturbed';
}

export interface Figures {
  /** Greatest number of exchanges a second of which next to none are lost. */
  readonly rate: Figure;
  /** From a REQUEST to its ACK at a part of that rate, ms. */
  readonly p50: Figure;
  readonly p99: Figure;
}

export interface ServiceResult {
  readonly clients: number;
  readonly repetitions: number;
  readonly seconds: number;
  readonly comparisons: readonly (Pick<Comparison, 'name' | 'goal' | 'rival'> & {
    readonly own: Figures;
    readonly other: Figures;
    /** Subnets that changed per second meanwhile. */
    readonly changes: number;
  })[];
}

export interface ServiceSettings extends Pick<ServiceResult, 'clients' | 'repetitions' | 'seconds'> {
  readonly comparisons: readonly Comparison[];
}

const MEMFILE: Service = { mode: 'HotStandby', leaseStorage: 'Memfile', reserved: 0, others: 0 };

/** @param clients So many ask, and so many have a reservation where any has. */
export const comparisonsOf = (clients: number): readonly Comparison[] => [
  { name: 'HotStandby, Memfile', goal: 0.95, service: MEMFILE, rival: 'by hand' },
  {
    name: 'the same, all clients with a reservation',
    goal: 0.9,
    service: { ...MEMFILE, reserved: clients },
    rival: 'by hand',
  },
  { name: 'HotStandby, PostgreSQL', goal: 0.95, service: { ...MEMFILE, leaseStorage: 'PostgreSQL' }, rival: 'by hand' },
  { name: 'LoadBalancing, Memfile', goal: 0.95, service: { ...MEMFILE, mode: 'LoadBalancing' }, rival: 'by hand' },
  {
    name: 'HotStandby, Memfile, while Subnets change',
    goal: 0.9,
    service: { ...MEMFILE, others: 200 },
    rival: 'undisturbed',
  },
];

/** What one repetition found. */
type Measured = Readonly<Record<keyof Figures, number>>;

/** One of the two, and what was measured of it so far. */
interface Side {
  readonly name: string;
  readonly subject: Subject;
  /** How it is while it is measured. */
  during(work: () => Promise<void>): Promise<void>;
  readonly measured: Measured[];
}

/** About where each side is, before the first repetition: in short steps, which do not count. */
const ROUGH: Search = { guess: 1500, stride: 1.5, close: 1.2 };
const ROUGH_SECONDS = 1;
/** From what the repetition before found. */
const FINE: Omit<Search, 'guess'> = { stride: 1.1, close: 1.05 };
/** Delays are taken at this part of the best rate. */
const CALM = 0.8;
/** Each client asks once at this rate before anything is measured, of both sides at the same time. */
const FIRST_RATE = 800;
const PAUSE_MS = 300;

export const measureService = async (
  settings: ServiceSettings,
  say: (line: string) => void,
): Promise<ServiceResult> => {
  const comparisons: ServiceResult['comparisons'][number][] = [];
  for (const comparison of settings.comparisons) {
    say(` ${comparison.name} …`);
    comparisons.push(await compare(comparison, settings, say));
  }
  const { clients, repetitions, seconds } = settings;
  return { clients, repetitions, seconds, comparisons };
};

const compare = async (
  { service, ...comparison }: Comparison,
  { clients, repetitions, seconds }: ServiceSettings,
  say: (line: string) => void,
): Promise<ServiceResult['comparisons'][number]> => {
  const stop: (() => Promise<void>)[] = [];
  try {
    const rootfs = await binary('kea-rootfs');
    const pace = { changes: 0, ms: 0 };
    const sides = await startSides({ service, ...comparison }, pace, stop);
    const offerTo = async ({ subject }: Side, rate: number, time: number, timings = false): Promise<Load> => {
      await subject.settle();
      return offer({ rootfs, netns: subject.netns, clients, first: FIRST_CLIENT }, { rate, seconds: time, timings });
    };
    const lossAt = async (side: Side, rate: number, time: number): Promise<number> => {
      const { acked } = await offerTo(side, rate, time);
      // What waits in the servers' queues is not the next rate's.
      await sleep(PAUSE_MS);
      return 1 - acked / (rate * time);
    };
    const find = async (side: Side, search: Search, time: number): Promise<number> => {
      const tried = await tryRates(search, (rate) => lossAt(side, rate, time));
      say(`  ${side.name}: ${tried.map(({ rate, lost }) => `${rate}/s ${(100 * lost).toFixed(1)} %`).join(', ')}`);
      const best = bestRate(tried);
      if (best === undefined) throw new Error(`${side.name}: no rate was answered`);
      return best;
    };

    const firstOf = new Map(sides.map((side) => [side.subject, side]));
    await Promise.all([...firstOf.values()].map((side) => offerTo(side, FIRST_RATE, Math.ceil(clients / FIRST_RATE))));
    await Promise.all([...firstOf.keys()].map((subject) => subject.analyze()));
    const rough = new Map<Subject, number>();
    for (const [subject, side] of firstOf) {
      await checkFirst(side, service);
      rough.set(subject, await find(side, ROUGH, ROUGH_SECONDS));
    }
    for (let repetition = 1; repetition <= repetitions; repetition++) {
      for (const side of sides) {
        await side.during(async () => {
          const guess = side.measured.at(-1)?.rate ?? rough.get(side.subject) ?? ROUGH.guess;
          const best = await find(side, { ...FINE, guess }, seconds);
          const { delays } = await offerTo(side, Math.round(CALM * best), seconds, true);
          const measured = { rate: best, p50: quantile(delays, 0.5), p99: quantile(delays, 0.99) };
          side.measured.push(measured);
          say(`  ${repetition} ${side.name}: ${JSON.stringify(measured)}`);
        });
      }
    }
    const [own, other] = sides;
    return {
      ...comparison,
      own: figuresOf(own),
      other: figuresOf(other),
      changes: pace.ms === 0 ? 0 : (1000 * pace.changes) / pace.ms,
    };
  } finally {
    for (const end of stop.reverse()) await end();
  }
};

const startSides = async (
  { service, rival }: Pick<Comparison, 'service' | 'rival'>,
  pace: { changes: number; ms: number },
  stop: (() => Promise<void>)[],
): Promise<readonly [Side, Side]> => {
  if (rival === 'by hand') {
    // First: it settles meanwhile.
    const hand = await startByHand(service, stop);
    return [calm('operator', await startOperated(service, stop)), calm(rival, hand)];
  }
  const operated = await startOperated(service, stop);
  const during: Side['during'] = async (work) => {
    const begin = performance.now();
    pace.changes += await operated.changing(work);
    pace.ms += performance.now() - begin;
  };
  return [{ ...calm('changing', operated), during }, calm(rival, operated)];
};

const calm = (name: string, subject: Subject): Side => ({ name, subject, during: (work) => work(), measured: [] });

/** The first client has its reservation, if it has one. */
const checkFirst = async ({ name, subject }: Side, { reserved }: Service): Promise<void> => {
  const address = reservedAddress(0);
  const holder = await subject.leaseOf(address);
  if (holder !== (reserved > 0 ? FIRST_CLIENT : undefined)) {
    throw new Error(`${name}: ${address} is leased to ${holder ?? 'nobody'}`);
  }
};

const figuresOf = ({ measured }: Side): Figures => ({
  rate: figureOf(measured.map(({ rate }) => rate)),
  p50: figureOf(measured.map(({ p50 }) => p50)),
  p99: figureOf(measured.map(({ p99 }) => p99)),
});
