import { expect, it } from 'vitest';
import { type Authority, ensureAuthority, issueLeaf, type LeafSpec } from './certificates.ts';
import type { Control } from './credentials.ts';
import { expiriesOf } from './expiries.ts';
import type { WorkloadServer } from './workload.ts';

const NOW = Date.UTC(2026, 0, 1);
const DAY_MS = 86_400_000;
const leaf = async (authority: Authority, days: number): Promise<string> => {
  const spec: LeafSpec = { commonName: 'x', use: 'server', days };
  return (await issueLeaf(authority, spec, NOW)).cert;
};

it('of a server the certificate counts that its configuration names, until it has another', async () => {
  const authority = await ensureAuthority('net.office', undefined, NOW);
  const [old, coming, client] = await Promise.all([5, 90, 60].map((days) => leaf(authority, days)));
  const control = { client: { cert: client } } as unknown as Control;
  const wanted = { files: { cert: coming } };
  const config = (id: string) => ({
    Dhcp4: { 'cert-file': `/etc/kea/tls-${id}.crt`, 'key-file': `/etc/kea/tls-${id}.key` },
  });
  const data = { 'tls-old.crt': old, 'tls-old.key': 'k', 'tls-new.crt': coming, 'tls-new.key': 'k' };
  const servers = [
    { server: { name: 'a' }, wanted, stored: { data, config: config('old') } },
    { server: { name: 'b' }, wanted, stored: { data, config: config('new') } },
    { server: { name: 'new' }, wanted, stored: undefined },
    { server: { name: 'spoiled' }, wanted, stored: { data: { 'tls-old.crt': 'none' }, config: config('old') } },
  ] as unknown as readonly WorkloadServer[];
  const days = [...expiriesOf({ authority, control }, servers)].map(([name, end]) => [name, (end - NOW) / DAY_MS]);
  expect(days).toEqual([
    ['ca', 3650],
    ['control', 60],
    ['server/a', 5],
    ['server/b', 90],
    ['server/new', 90],
  ]);
});
