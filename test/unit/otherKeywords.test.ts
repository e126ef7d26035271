/** Nobody who has a configuration of Kea looks in vain for one of its keywords in docs/reference/keywords.md. */
import { describe, expect, it } from 'vitest';
import { type Field, fieldsAt, KEYWORDS, type Level } from '../../src/kea/keywords.ts';
import { OTHER_KEYWORDS } from '../../src/kea/otherKeywords.ts';
import { KEAS_KEYWORDS } from '../support/keaKeywords.ts';

const has = (level: Level, keyword: string): boolean => {
  const fields: readonly Field[] = fieldsAt(level);
  return fields.some((field) => field.keyword === keyword);
};
const isElsewhere = (level: Level, keyword: string): boolean =>
  OTHER_KEYWORDS.some(({ keywords, at }) => at.includes(level) && keywords.includes(keyword));

describe('Each keyword of Kea', () => {
  it.each(Object.entries(KEAS_KEYWORDS))('has a place or a reason at level %s', (level, keywords) => {
    const missing = keywords.filter(
      (keyword) => !has(level as Level, keyword) && !isElsewhere(level as Level, keyword),
    );
    expect(missing).toEqual([]);
  });

  it('has no reason where it has a place', () => {
    const both = OTHER_KEYWORDS.flatMap(({ keywords, at }) =>
      at.flatMap((level) => keywords.filter((keyword) => has(level, keyword)).map((keyword) => `${level} ${keyword}`)),
    );
    expect(both).toEqual([]);
  });

  it('has one reason at a level', () => {
    const all = OTHER_KEYWORDS.flatMap(({ keywords, at }) =>
      at.flatMap((level) => keywords.map((one) => `${level} ${one}`)),
    );
    expect(all.filter((one, index) => all.indexOf(one) !== index)).toEqual([]);
  });

  it('has the names of fields in its reason that there are', () => {
    const words = new Set(
      Object.keys(KEYWORDS).map((keyword) => keyword.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())),
    );
    const named = OTHER_KEYWORDS.flatMap(
      ({ instead }) => instead.match(/\b(client|evaluate|reservations|ddns)[A-Z]\w+/g) ?? [],
    );
    expect(named.filter((word) => !words.has(word))).toEqual([]);
  });
});
