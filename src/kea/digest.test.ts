import { describe, expect, it } from 'vitest';
import { digest, makeMarker, splitUserContext, withMarker } from './digest.ts';

const owner = { object: 'Subnet/lab/office', uid: 'u-1', generation: 7 } as const;

describe('digest', () => {
  it('is 16 hexadecimal digits, the same whatever the order of keys', () => {
    expect(digest({ a: 1, b: 2 })).toMatch(/^[0-9a-f]{16}$/);
    expect(digest({ a: 1, b: 2 })).toBe(digest({ b: 2, a: 1 }));
    expect(digest({ a: 1, b: 2 })).not.toBe(digest({ a: 1, b: 3 }));
  });
});

describe('markers', () => {
  const marker = makeMarker(owner, { id: 1 });

  it('come back from a user-context beside the user part', () => {
    expect(splitUserContext(withMarker({ site: 'x' }, marker))).toEqual({ context: { site: 'x' }, marker });
    expect(splitUserContext(withMarker(undefined, marker))).toEqual({ marker });
  });
  it('tell what was derived, also what a later version derives', () => {
    const derived = { ...marker, derived: ['reservations-in-subnet', 'a-keyword-to-come'] };
    expect(splitUserContext(withMarker(undefined, derived))).toEqual({ marker: derived });
  });
  it('are not there in what somebody else wrote', () => {
    expect(splitUserContext({ site: 'x' })).toEqual({ context: { site: 'x' } });
    expect(splitUserContext(undefined)).toEqual({});
    expect(splitUserContext('text')).toEqual({});
  });
  it('that cannot be read are none, and stay the part of the user', () => {
    const context = { 'kea-operator': { object: 'nonsense' } };
    expect(splitUserContext(context)).toEqual({ context });
  });
  it('that are longer than any of ours are none', () => {
    const long = { ...marker, digest: 'x'.repeat(1000) };
    expect(splitUserContext({ 'kea-operator': long }).marker).toBeUndefined();
  });
  it('come back alone from a context that is nested too deep to be compared', () => {
    let deep: Record<string, unknown> = {};
    for (let level = 0; level < 20_000; level++) deep = { deep };
    expect(splitUserContext(withMarker(deep, marker))).toEqual({ marker });
  });
  it('leave the context alone where there is none to add', () => {
    expect(withMarker({ site: 'x' }, undefined)).toEqual({ site: 'x' });
    expect(withMarker(undefined, undefined)).toBeUndefined();
  });
});
