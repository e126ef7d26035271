import { describe, expect, it } from 'vitest';
import { createIntake, TooMuch, weigh } from './intake.ts';

const KIB = 1024;

describe('an intake', () => {
  const opened = (total: number, ...limits: number[]) => {
    const intake = createIntake(total);
    const cut: number[] = [];
    const portions = limits.map((limit, index) => intake.open(limit, () => cut.push(index)));
    return { cut, take: (index: number, bytes: number) => portions[index]?.take(bytes), portions };
  };

  it('cuts a portion off that goes beyond its own limit, and says which that is', () => {
    const { cut, take } = opened(100 * KIB, 2 * KIB);
    take(0, 2 * KIB);
    expect(() => take(0, 1)).toThrow(new TooMuch('an answer that takes more than 2 KiB'));
    expect(cut).toEqual([0]);
  });

  it('refuses more of a portion that was cut off, without a further word to its owner', () => {
    const { cut, take } = opened(100, 10);
    expect(() => take(0, 11)).toThrow(TooMuch);
    expect(() => take(0, 1)).toThrow(TooMuch);
    expect(cut).toEqual([0]);
  });

  it('cuts off the greatest where all together become too much, whoever asked last', () => {
    const { cut, take } = opened(100, Infinity, Infinity, Infinity);
    take(0, 60);
    take(1, 30);
    take(2, 20);
    expect(cut).toEqual([0]);
    expect(() => take(0, 1)).toThrow(
      'the greatest of answers that together take more than 0 KiB, which is the room there is',
    );
    take(1, 30);
    expect(cut).toEqual([0]);
  });

  it('cuts off whoever asks, where that is the greatest', () => {
    const { cut, take } = opened(100, Infinity, Infinity);
    take(0, 10);
    expect(() => take(1, 1000)).toThrow(TooMuch);
    take(0, 80);
    expect(cut).toEqual([1]);
  });

  it('lets what is kept go before it cuts off an answer that is not much greater', () => {
    const intake = createIntake(100);
    const gone: string[] = [];
    const answer = intake.open(Infinity, () => gone.push('answer'));
    intake.keep(20, () => gone.push('little'));
    const end = intake.keep(40, () => gone.push('ended'));
    end();
    intake.keep(30, () => gone.push('more'));
    answer.take(50);
    expect(gone).toEqual([]);
    answer.take(1);
    expect(gone).toEqual(['more']);
    expect(() => {
      answer.take(30);
    }).toThrow(TooMuch);
    expect(gone).toEqual(['more', 'answer']);
    intake.keep(101, () => gone.push('too great'));
    expect(gone.at(-1)).toBe('too great');
  });

  it('has room again for what is held no more', () => {
    const { cut, take, portions } = opened(100, Infinity, Infinity);
    take(0, 90);
    portions[0]?.end();
    take(1, 90);
    // What comes late of a portion that is over counts for nothing.
    take(0, 90);
    portions[0]?.end();
    take(1, 10);
    expect(cut).toEqual([]);
  });
});

describe('what text takes once it is parsed', () => {
  // As measured with JSON.parse of Node 24; the estimate may be too great, and not much too small.
  it.each([
    ['empty objects', (count: number) => `[${'{},'.repeat(count)}{}]`, 72],
    ['lists in lists', (count: number) => `[${'[1],'.repeat(count)}0]`, 48],
    ['short words', (count: number) => `[${'"ab",'.repeat(count)}0]`, 8],
    ['numbers', (count: number) => `[${'1,'.repeat(count)}0]`, 8],
  ])('is not much more than is reckoned: %s', (_, text, bytes) => {
    const count = 1000;
    expect(weigh(Buffer.from(text(count)))).toBeGreaterThan((count * bytes) / 2);
  });

  it('is the text itself where it is one value', () => {
    expect(weigh(Buffer.from('"some long text"'))).toBe(16);
  });
});
