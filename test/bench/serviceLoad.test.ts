import { describe, expect, it } from 'vitest';
import { bestRate, nextRate, quantile, readReport, type Search, type Tried } from './serviceLoad.ts';

const REPORT = `Running: perfdhcp -4 -l eth0
Scenario: basic.
***Rate statistics***
Rate: 3.5 4-way exchanges/second, expected rate: 4

***Malformed Packets***
Malformed packets: 0
***Statistics for: DISCOVER-OFFER***
sent packets: 8
received packets: 7
drops: 1
drops ratio: 12.5 %

min delay: 0.500 ms

***Statistics for: REQUEST-ACK***
sent packets: 7
received packets: 2
drops: 5

`;
const TIMINGS = `***Timestamps for packets: DISCOVER-OFFER***
sent / received: 000000.100000 / 000000.200000
***Timestamps for packets: REQUEST-ACK***
sent / received: 000000.200000 / 000000.201500
sent / received: 000059.999000 / 000100.000250
`;

describe('readReport', () => {
  it('counts what was begun, and what had all four messages', () => {
    expect(readReport(REPORT)).toEqual({ sent: 8, acked: 2, delays: [] });
  });

  it('reads how long the ACKs took', () => {
    const { delays } = readReport(REPORT + TIMINGS);
    expect(delays.map((delay) => delay.toFixed(2))).toEqual(['1.50', '1.25']);
  });

  it.each(['', '***Statistics for: DISCOVER-OFFER***\nsent packets: 8\n'])('is none of %j', (printed) => {
    expect(() => readReport(printed)).toThrow('no report');
  });
});

it.each([
  [0.5, 51],
  [0.99, 100],
  [1, 100],
])('quantile %d of 1 to 100', (of, value) => {
  expect(
    quantile(
      Array.from({ length: 100 }, (_, n) => 100 - n),
      of,
    ),
  ).toBe(value);
});

describe('the search', () => {
  /** A pair that answers so many a second, and none of what is beyond. */
  const find = (capacity: number, search: Search): readonly Tried[] => {
    const tried: Tried[] = [];
    for (let rate = nextRate(tried, search); rate !== undefined; rate = nextRate(tried, search)) {
      tried.push({ rate, lost: Math.max(0, 1 - capacity / rate) });
    }
    return tried;
  };

  it.each([
    [1000, { guess: 1500, stride: 1.5, close: 1.2 }, 4],
    [9000, { guess: 1500, stride: 1.5, close: 1.2 }, 8],
    [130, { guess: 1500, stride: 1.5, close: 1.2 }, 10],
    [1000, { guess: 1000, stride: 1.1, close: 1.05 }, 3],
    [930, { guess: 1000, stride: 1.1, close: 1.05 }, 3],
  ])('finds %d by %j', (capacity, search, steps) => {
    const tried = find(capacity, search);
    const best = bestRate(tried) ?? 0;
    expect(best).toBeLessThan(capacity * 1.0102);
    expect(best * search.close).toBeGreaterThan(capacity * 0.999);
    expect(tried.length).toBeLessThanOrEqual(steps);
  });

  it('goes up again after a hiccup', () => {
    const tried = [
      { rate: 1000, lost: 0.2 },
      { rate: 900, lost: 0 },
      { rate: 1100, lost: 0 },
    ];
    expect(nextRate(tried, { guess: 1000, stride: 1.1, close: 1.05 })).toBe(1210);
  });

  it('ends where nothing is answered', () => {
    const tried = find(0, { guess: 1500, stride: 1.5, close: 1.2 });
    expect(bestRate(tried)).toBeUndefined();
    expect(tried.length).toBeLessThan(20);
  });
});
