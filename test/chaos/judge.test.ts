import { describe, expect, it } from 'vitest';
import {
  type Condition,
  difference,
  disagreements,
  duplicates,
  type Exchange,
  firstLie,
  lost,
  moved,
  readExchanges,
  saidAfter,
  type Sample,
  says,
  silences,
  worst,
} from './judge.ts';

const BEGIN = 1_764_160_000_000;

const answered = (at: number, more: Partial<Exchange> = {}): Exchange => ({
  at: BEGIN + at,
  took: 10,
  client: 'one',
  kind: 'known',
  offered: '192.0.2.1',
  acked: '192.0.2.1',
  server: '192.0.2.254',
  lease: 900,
  ...more,
});
const unanswered = (at: number, more: Partial<Exchange> = {}): Exchange => ({
  at: BEGIN + at,
  took: 1000,
  client: 'one',
  kind: 'known',
  failed: 'no offer',
  ...more,
});
/** Every half second from `from` until `to`. */
const series = (from: number, to: number, one: (at: number) => Exchange): Exchange[] =>
  Array.from({ length: Math.ceil((to - from) / 500) }, (_, n) => one(from + n * 500));

const window = (from: number, to: number) => ({ from: BEGIN + from, to: BEGIN + to });

describe('silences', () => {
  it('are none where every exchange was answered', () => {
    expect(silences(series(0, 20_000, answered), window(0, 20_000))).toEqual([]);
    expect(worst([])).toBe(0);
  });

  it('last from the last answer before the first failure until the next answer', () => {
    const lines = [
      ...series(0, 5_000, answered),
      ...series(5_000, 12_000, unanswered),
      ...series(12_000, 20_000, answered),
    ];
    const found = silences(lines, window(0, 20_000));
    expect(found).toEqual([{ client: 'one', from: BEGIN + 4_510, to: BEGIN + 12_010 }]);
    expect(worst(found)).toBe(7.5);
  });

  it('last until the end of the window where no answer came, and from its begin where none was before', () => {
    const lines = series(0, 10_000, unanswered);
    expect(worst(silences(lines, window(0, 10_000)))).toBe(10);
  });

  it('count one lost packet as the second that it costs', () => {
    const lines = series(0, 10_000, (at) => (at === 4_000 ? unanswered(at) : answered(at)));
    expect(worst(silences(lines, window(0, 10_000)))).toBe(1);
  });

  it('count a pause of the answers where no exchange failed', () => {
    const lines = [...series(0, 3_000, answered), ...series(7_000, 10_000, answered)];
    expect(worst(silences(lines, window(0, 10_000)))).toBe(4.5);
  });

  it('are told for each client: half of them silent is a silence', () => {
    const other = series(0, 10_000, (at) => answered(at, { client: 'two', acked: '192.0.2.2' }));
    const found = silences([...other, ...series(0, 10_000, unanswered)], window(0, 10_000));
    expect(new Set(found.map(({ client }) => client))).toEqual(new Set(['one']));
    expect(worst(found)).toBe(10);
  });

  it('take the new clients for one, as the next comes when the last was served', () => {
    const lines = series(0, 10_000, (at) => answered(at, { kind: 'new', client: `new-${at}` }));
    expect(silences(lines, window(0, 10_000))).toEqual([]);
  });

  it('leave out what was before the window', () => {
    const lines = [...series(0, 5_000, unanswered), ...series(5_000, 10_000, answered)];
    expect(silences(lines, window(6_000, 10_000))).toEqual([]);
  });
});

describe('addresses', () => {
  it('given to two clients at one time are told', () => {
    expect(duplicates([answered(0), answered(500, { client: 'two' })])).toEqual(['192.0.2.1']);
  });

  it('that a client let go of, as it was given another, may be given to the next', () => {
    const lines = [answered(0), answered(500, { acked: '192.0.2.20' }), answered(1000, { client: 'two' })];
    expect(duplicates(lines)).toEqual([]);
    expect(duplicates([...lines, answered(1500, { client: 'three', acked: '192.0.2.20' })])).toEqual(['192.0.2.20']);
  });

  it('given again to the same client, or after the lease is over, are none', () => {
    expect(duplicates([answered(0), answered(500), answered(901_000, { client: 'two' })])).toEqual([]);
  });

  it('of known clients must not change', () => {
    expect(moved([answered(0), answered(500, { acked: '192.0.2.9' })])).toEqual(['one']);
    expect(moved([answered(0), answered(500, { kind: 'new', acked: '192.0.2.9' })])).toEqual([]);
  });

  it('that a client has moved from count for nothing, whoever gets them', () => {
    const lines = [
      answered(0),
      answered(500, { acked: '192.0.2.9' }),
      answered(1000),
      answered(1500, { client: 'two', kind: 'new' }),
      answered(2000, { acked: '192.0.2.9' }),
    ];
    expect(duplicates(lines)).toEqual([]);
    expect(lost(lines, [], BEGIN + 5_000)).toEqual(['192.0.2.9 one']);
    // Who comes back to it has it, and who was given it meanwhile has not.
    expect(duplicates([...lines, answered(2500)])).toEqual([]);
    expect(lost([...lines, answered(2500)], [], BEGIN + 5_000)).toEqual(['192.0.2.1 one']);
    // One that stays keeps its own.
    expect(duplicates([answered(0), answered(500, { client: 'two' })])).toEqual(['192.0.2.1']);
  });

  it('that a server does not know are lost, unless their time is over', () => {
    const lines = [answered(0), answered(500, { client: 'two', acked: '192.0.2.2' })];
    const known = [{ address: '192.0.2.1', client: 'one', subnetId: 1, ends: 0 }];
    expect(lost(lines, known, BEGIN + 5_000)).toEqual(['192.0.2.2 two']);
    expect(lost(lines, known, BEGIN + 901_000)).toEqual([]);
    // A client has one lease: what it was given before is not missed.
    expect(lost([answered(0, { acked: '192.0.2.7' }), answered(500)], known, BEGIN + 5_000)).toEqual([]);
  });

  it('of exchanges at one time are any of them, as packets that waited are answered in any order', () => {
    const now = BEGIN + 5_000;
    const first = { address: '192.0.2.7', client: 'one', subnetId: 1, ends: now / 1000 + 60 };
    const second = { ...first, address: '192.0.2.8' };
    const lines = [answered(500, { acked: '192.0.2.8' }), answered(0, { took: 800, acked: '192.0.2.7' })];
    expect(lost(lines, [first], now)).toEqual([]);
    expect(lost(lines, [second], now)).toEqual([]);
    expect(lost(lines, [], now)).toEqual(['192.0.2.7 one']);
    expect(disagreements([second], [first, second], lines, now)).toEqual([]);
  });

  it('that the servers do not agree on are told, but for those that their client has let go of', () => {
    const now = BEGIN + 5_000;
    const own = { address: '192.0.2.1', client: 'one', subnetId: 1, ends: now / 1000 + 60 };
    const former = { ...own, address: '192.0.2.7' };
    const stranger = { ...own, client: 'two' };
    const lines = [answered(0, { acked: '192.0.2.7' }), answered(500)];
    expect(disagreements([own], [own, former], lines, now)).toEqual([]);
    expect(disagreements([own], [former], lines, now)).toEqual(['- 192.0.2.1 one #1']);
    expect(disagreements([own], [own, stranger], lines, now)).toEqual(['+ 192.0.2.1 two #1']);
    expect(disagreements([], [{ ...own, ends: now / 1000 + 5 }], lines, now)).toEqual([]);
    expect(disagreements([own], [{ ...own, subnetId: 2 }], lines, now)).toEqual([
      '- 192.0.2.1 one #1',
      '+ 192.0.2.1 one #2',
    ]);
  });
});

const condition = (type: string, status: string, reason: string, message = ''): Condition => ({
  type,
  status,
  reason,
  message,
});
const READY = condition('Ready', 'True', 'Ready', 'all is well');
const DOWN = condition('WorkloadAvailable', 'Unknown', 'PartnerDown', 'a does not serve clients; b does');
const sample = (at: number, more: Partial<Sample> = {}): Sample => ({
  at: BEGIN + at,
  api: true,
  operator: true,
  conditions: [READY],
  ...more,
});

describe('status', () => {
  it('says what was asked for, in type, status, reason and message', () => {
    const saying = {
      type: 'WorkloadAvailable',
      status: ['False', 'Unknown'],
      reason: ['PartnerDown'],
      message: /\bb does/,
    };
    expect(says([READY, DOWN], saying)).toBe(true);
    expect(says([READY, DOWN], { ...saying, message: /a does\b/ })).toBe(true);
    expect(says([READY, DOWN], { ...saying, status: ['True'] })).toBe(false);
    expect(says([READY], saying)).toBe(false);
  });

  it('is timed from when API server and operator are there', () => {
    const saying = { type: 'WorkloadAvailable', reason: ['PartnerDown'] };
    const samples = [
      sample(0, { conditions: [DOWN] }),
      sample(1_000, { api: false, conditions: [] }),
      sample(2_000, { operator: false }),
      sample(3_000),
      sample(7_000, { conditions: [DOWN] }),
    ];
    expect(saidAfter(samples, BEGIN + 500, saying)).toBe(4);
    expect(saidAfter(samples.slice(0, 4), BEGIN + 500, saying)).toBeUndefined();
  });

  it('lies where it says Ready while clients have long been silent', () => {
    const silent = [{ client: 'one', from: BEGIN, to: BEGIN + 40_000 }];
    const samples = series(0, 40_000, answered).map(({ at }) => sample(at - BEGIN));
    expect(firstLie(samples, silent)?.at).toBe(BEGIN + 15_500);
    expect(firstLie(samples, [{ client: 'one', from: BEGIN, to: BEGIN + 12_000 }])).toBeUndefined();
  });

  it('does not lie while nobody is there who could write it', () => {
    const silent = [{ client: 'one', from: BEGIN, to: BEGIN + 40_000 }];
    const samples = series(0, 40_000, answered).map(({ at }) => sample(at - BEGIN, { operator: at > BEGIN + 30_000 }));
    expect(firstLie(samples, silent)).toBeUndefined();
  });
});

describe('records', () => {
  it('are read line by line; one that was cut off counts for nothing', () => {
    const whole = JSON.stringify(answered(0));
    expect(readExchanges(`${whole}\n\n${whole.slice(0, 20)}`)).toEqual([answered(0)]);
  });

  it('are compared as sets', () => {
    expect(difference(['a', 'b'], ['b', 'a'])).toEqual([]);
    expect(difference(['a', 'b'], ['b', 'c'])).toEqual(['- a', '+ c']);
  });
});
