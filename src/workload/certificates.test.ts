import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  type Authority,
  authorityStep,
  bundleOf,
  ensureAuthority,
  issueLeaf,
  leafIsCurrent,
  type LeafSpec,
  needsRenewal,
  signerOf,
} from './certificates.ts';

const DAY = 86_400_000;
const NOW = Date.parse('2026-01-01T00:00:00Z');
const SERVER: LeafSpec = { commonName: 'campus-a', addresses: ['192.0.2.1'], use: 'server' };

describe('an authority', () => {
  it('is a root that may sign leaves and nothing deeper, for ten years', async () => {
    const { current } = await ensureAuthority('campus', undefined, NOW);
    const root = new X509Certificate(current.cert);
    expect(root.ca).toBe(true);
    expect(root.verify(root.publicKey)).toBe(true);
    expect(root.validToDate.getTime() - NOW).toBe(3650 * DAY);
    expect(current.key).toContain('BEGIN PRIVATE KEY');
  });

  it('stays the same object while it has more than a year to live', async () => {
    const authority = await ensureAuthority('campus', undefined, NOW);
    expect(await ensureAuthority('campus', authority, NOW + 3284 * DAY)).toBe(authority);
  });

  it('gets a successor that is trusted for a day before it signs, and leaves when nothing of it is valid', async () => {
    const first = await ensureAuthority('campus', undefined, NOW);
    const then = NOW + 3286 * DAY;
    const both = await ensureAuthority('campus', first, then);
    expect(both.previous).toEqual(first.current);
    expect(bundleOf(both).match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    expect(new X509Certificate(both.current.cert).subject).not.toBe(new X509Certificate(first.current.cert).subject);
    expect(signerOf(both, then + DAY - 1)).toBe(both.previous);
    expect(signerOf(both, then + DAY)).toBe(both.current);
    expect(authorityStep(both, then + 91 * DAY)).toBe('keep');
    expect(authorityStep(both, then + 91 * DAY + 1000)).toBe('dropPrevious');
    const later: Authority = await ensureAuthority('campus', both, then + 92 * DAY);
    expect(later).toEqual({ current: both.current });
  });
});

describe('a leaf', () => {
  it('names its address, is signed by the authority and serves as server and client', async () => {
    const authority = await ensureAuthority('campus', undefined, NOW);
    const leaf = await issueLeaf(authority, SERVER, NOW);
    const certificate = new X509Certificate(leaf.cert);
    expect(certificate.subjectAltName).toBe('IP Address:192.0.2.1');
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
    expect(certificate.checkIP('192.0.2.1')).toBe('192.0.2.1');
    expect(certificate.ca).toBe(false);
    expect(leafIsCurrent(leaf, SERVER, authority, NOW)).toBe(true);
  });

  it.each([
    ['two thirds of its time are over', SERVER, 60 * DAY, false],
    ['a little less is over', SERVER, 59 * DAY, true],
    ['the address has changed', { ...SERVER, addresses: ['192.0.2.2'] }, 0, false],
    ['it was for another name', { ...SERVER, commonName: 'campus-b' }, 0, false],
  ] as const)('when %s: current is %s', async (_case, spec, age, current) => {
    const authority = await ensureAuthority('campus', undefined, NOW);
    const leaf = await issueLeaf(authority, SERVER, NOW);
    expect(leafIsCurrent(leaf, spec, authority, NOW + age)).toBe(current);
  });

  it.each(['2001:db8::1', 'fd00:10:99:20::11', '2001:DB8:0:0::1'])(
    'for %s stays, as the certificate names that address in another spelling',
    async (address) => {
      const authority = await ensureAuthority('campus', undefined, NOW);
      const spec = { ...SERVER, addresses: [address] };
      const leaf = await issueLeaf(authority, spec, NOW);
      expect(new X509Certificate(leaf.cert).checkIP(address)).toBe(address);
      expect(leafIsCurrent(leaf, spec, authority, NOW)).toBe(true);
      expect(leafIsCurrent(leaf, { ...SERVER, addresses: ['2001:db8::2'] }, authority, NOW)).toBe(false);
    },
  );

  it('is replaced when its authority is no longer trusted', async () => {
    const leaf = await issueLeaf(await ensureAuthority('campus', undefined, NOW), SERVER, NOW);
    expect(leafIsCurrent(leaf, SERVER, await ensureAuthority('campus', undefined, NOW), NOW)).toBe(false);
  });

  it('never outlives its authority', async () => {
    const authority = await ensureAuthority('campus', undefined, NOW);
    const leaf = await issueLeaf(authority, SERVER, NOW + 3640 * DAY);
    expect(new X509Certificate(leaf.cert).validToDate).toEqual(new X509Certificate(authority.current.cert).validToDate);
    expect(needsRenewal(leaf.cert, NOW + 3641 * DAY)).toBe(false);
  });

  it('of a client may not act as a server', async () => {
    const authority = await ensureAuthority('campus', undefined, NOW);
    const leaf = await issueLeaf(authority, { commonName: 'operator', use: 'client' }, NOW);
    expect(new X509Certificate(leaf.cert).keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
    expect(leafIsCurrent(leaf, { commonName: 'operator', use: 'client' }, authority, NOW)).toBe(true);
  });
});
