import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../support/cluster.ts';
import { figureOf } from './figures.ts';
import { LOOKUPS } from './lookups.ts';
import { bulkPart, changePart, compilePart, identifiersPart, pageWith, PARTS, servicePart } from './page.ts';

const PAGE = readFileSync(join(ROOT, 'docs', 'benchmarks.md'), 'utf8');
const MACHINE = { cpus: 2, model: 'a model', load: 0.54 };

const partOf = (page: string, part: string): string =>
  page.split(`<!-- BEGIN: make bench ONLY=${part} -->`)[1]?.split('<!-- END -->')[0] ?? '';

describe('the page', () => {
  it.each(PARTS)('has %s written anew alone', (part) => {
    const page = pageWith(PAGE, part, 'NEW');
    expect(partOf(page, part).trim()).toBe('NEW');
    for (const other of PARTS.filter((name) => name !== part)) expect(partOf(page, other)).toBe(partOf(PAGE, other));
    expect(pageWith(page, part, partOf(PAGE, part).trim())).toBe(PAGE);
  });

  it('is not written without its lines', () => {
    expect(() => pageWith('nothing', 'bulk', 'NEW')).toThrow(/lost its lines/);
  });
});

describe('its parts', () => {
  it('tell what a pass takes', () => {
    const size = { scratch: { cpuMs: 2000, blockMs: 40 }, change: { cpuMs: 50, blockMs: 12 }, memoryMiB: 200 };
    const text = compilePart(MACHINE, { reservations: 10, repetitions: 20, sizes: [{ subnets: 10_000, ...size }] });
    expect(text).toContain('| 10,000 | 2,000 | 40 | 50 | 12 | 0.03 | 200 |');
  });

  it('tell many objects', () => {
    const text = bulkPart(MACHINE, {
      subnets: 1000,
      reservations: 10_000,
      storedSeconds: 20,
      readySeconds: 30,
      operatorMiB: 240,
    });
    expect(text).toContain('2 cores (a model), shared by');
    expect(text).toContain('load average before the run 0.5.');
    expect(text).toContain('| ratio | 1.50 |');
  });

  it('tell one change', () => {
    const way = { name: 'operator', p50: 100, max: 200, lost: 0, sent: 900 };
    const rival = { name: 'rival', p50: 50, max: 90, lost: 9, sent: 900 };
    const text = changePart(MACHINE, {
      message: 'DISCOVER',
      subnets: 5000,
      changes: 15,
      rate: 300,
      ways: [way, rival],
    });
    expect(text).toContain('| operator | 100 | 200 | 0 of 900 | 1.00 | – |');
    expect(text).toContain('| rival | 50 | 90 | 9 of 900 | 0.50 | ∞ |');
  });

  it('tell which identifiers are looked up', () => {
    const rates = [
      [4000, 4100],
      [1000, 4000],
      [1000, 1500],
      [2000, 3900],
      [2000, 1600],
    ];
    const text = identifiersPart(MACHINE, {
      reservations: 30_000,
      clients: 2000,
      repetitions: 3,
      seconds: 5,
      atOnce: 32,
      lookups: LOOKUPS.map((lookup, n) => {
        const [unreserved = 0, reserved = 0] = rates[n] ?? [];
        return {
          ...lookup,
          rates: {
            unreserved: figureOf([unreserved - 10, unreserved, unreserved + 10]),
            reserved: figureOf([reserved]),
          },
        };
      }),
      lost: 1,
      asked: 1000,
    });
    expect(text).toContain('## Which identifiers of 30,000 reservations are looked up');
    expect(text).toContain('0.10 % of all exchanges came to nothing.');
    expect(text).toContain('| no hosts database | no | 4,000 (3,990–4,010) | 1.00 | 4,100 (4,100–4,100) | 1.00 |');
    expect(text).toContain('| all | yes | 1,000 (990–1,010) | 0.25 | 4,000 (4,000–4,000) | 0.98 |');
    expect(text).toContain('| `[hw-address]` | no | 2,000 (1,990–2,010) | 0.50 | 1,600 (1,600–1,600) | 0.39 |');
  });

  it('tell leases per second', () => {
    const figures = (rate: number) => ({
      rate: figureOf([rate - 10, rate, rate + 10]),
      p50: figureOf([0.52]),
      p99: figureOf([21.4]),
    });
    const text = servicePart(MACHINE, {
      clients: 10_000,
      repetitions: 3,
      seconds: 4,
      comparisons: [
        { name: 'HotStandby', goal: 0.95, rival: 'by hand', own: figures(1900), other: figures(2000), changes: 0 },
        { name: 'changing', goal: 0.9, rival: 'undisturbed', own: figures(1000), other: figures(1900), changes: 1.52 },
      ],
    });
    expect(text).toContain('of 10,000 clients in turn');
    expect(text).toContain(
      '| HotStandby | the same Kea by hand | 1,900 (1,890–1,910) | 2,000 (1,990–2,010) | 0.95 | 0.95 | 0.5 / 21 | 0.5 / 21 |',
    );
    expect(text).toContain('| changing (1.5 changes per s) | the same pair undisturbed | 1,000 (990–1,010) |');
  });
});
