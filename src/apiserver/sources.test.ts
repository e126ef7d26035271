import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fakeClock.ts';
import { type LeaseSourceDescriptor, leaseSourceSecret } from '../leases/descriptor.ts';
import { createCache } from '../runtime/cache.ts';
import { createLogger } from '../runtime/log.ts';
import { createPairSources, type SourceSecret } from './sources.ts';

let versions = 0;
const secret = (namespace: string, pair: string, port = 5432): SourceSecret => {
  const descriptor: LeaseSourceDescriptor = {
    namespace,
    pair,
    ipFamily: 'IPv4',
    storage: 'PostgreSQL',
    database: { host: '127.0.0.1', port, name: 'kea', user: 'kea', password: 'x', sslMode: 'disable' },
  };
  const made = leaseSourceSecret(descriptor, 'kea-system');
  return { ...made, metadata: { ...made.metadata, uid: made.metadata.name, resourceVersion: String(++versions) } };
};

const open = (...present: SourceSecret[]) => {
  const secrets = createCache<SourceSecret>();
  secrets.replace(present);
  const clock = createFakeClock();
  const log = createLogger({ level: 'silent' });
  const gone = new Set<string>();
  const pairExists = (namespace: string, pair: string): boolean => !gone.has(`${namespace}/${pair}`);
  let failures = 0;
  const onFailure = (): void => {
    failures++;
  };
  const sources = createPairSources({ secrets, pairExists, clock, log, onFailure });
  const names = (namespace?: string) => sources.in(namespace).map((of) => `${of.namespace}/${of.pair}`);
  return { secrets, sources, clock, gone, names, failures: () => failures };
};

describe('the sources of the pairs', () => {
  it('are in the order in which lists go, in one namespace or in all', () => {
    const { names } = open(secret('b', 'x'), secret('a', 'y'), secret('a', 'x'), secret('a-b', 'x'));
    expect(names()).toEqual(['a/x', 'a/y', 'a-b/x', 'b/x']);
    expect(names('a')).toEqual(['a/x', 'a/y']);
    expect(names('c')).toEqual([]);
  });

  it('come and go with the Secrets', () => {
    const { secrets, names } = open(secret('a', 'x'));
    secrets.put(secret('a', 'y'));
    secrets.remove(secret('a', 'x'));
    expect(names()).toEqual(['a/y']);
  });

  it('of a pair that is gone are not shown, though its Secret is still there', () => {
    const { gone, names } = open(secret('a', 'x'), secret('a', 'y'));
    gone.add('a/x');
    expect(names()).toEqual(['a/y']);
  });

  it('stay open when only the labels of the Secret change', () => {
    const { secrets, sources } = open(secret('a', 'x'));
    const [before] = sources.in();
    secrets.put(secret('a', 'x'));
    expect(sources.in()[0]).toBe(before);
  });

  it('are opened anew for a new descriptor; the old one is left a minute for the lists that use it', async () => {
    const { secrets, sources, clock } = open(secret('a', 'x', 1));
    const [before] = sources.in();
    secrets.put(secret('a', 'x', 2));
    const [after] = sources.in();
    expect(after).not.toBe(before);
    await clock.advance(59_999);
    await expect(before?.source.page(1)).rejects.toThrow('ECONNREFUSED');
    await clock.advance(1);
    await expect(before?.source.page(1)).rejects.toThrow('after calling end');
    await sources.close();
    await expect(after?.source.page(1)).rejects.toThrow('after calling end');
  });

  it('whose descriptor cannot be read are unavailable, not empty', async () => {
    const broken = { ...secret('a', 'x.y'), data: { 'source.json': 'e30=' } };
    const { sources, names, failures } = open(broken);
    expect(names('a')).toEqual(['a/x.y']);
    await expect(sources.in('a')[0]?.source.page(1)).rejects.toThrow('source.json is not a lease source descriptor');
    expect(failures()).toBe(1);
  });

  it('of a Secret that names no pair are passed over', () => {
    const nameless = secret('a', 'x');
    nameless.metadata.name = 'something';
    nameless.data = {};
    expect(open(nameless).names()).toEqual([]);
  });
});
