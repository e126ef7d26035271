import { describe, expect, it } from 'vitest';
import { makePair, topologyOf } from '../../../test/support/pair.ts';
import type { DatabaseTarget } from '../../database/target.ts';
import { DHCPV4 } from '../../kea/dhcpv4.ts';
import { databaseService, serverConfig } from './config.ts';
import { type Bootstrap, type BootstrapFiles, comingData, filePaths, filesId, keptData } from './files.ts';
import { bootstrapOf, readStored } from './stored.ts';

const DATABASE: DatabaseTarget = {
  host: 'db',
  port: 5432,
  name: 'kea',
  user: 'kea',
  password: 'secret',
  sslMode: 'disable',
};
const FILES: BootstrapFiles = { ca: 'CA', cert: 'CERT', key: 'KEY', password: 'PASSWORD', database: 'db:5432' };

const bootstrap = (files: BootstrapFiles, overrides: Readonly<Record<string, unknown>> = {}): Bootstrap => {
  const pair = makePair(overrides);
  const topology = topologyOf(pair);
  const [server] = topology.servers;
  if (server === undefined) throw new Error('no server');
  const paths = filePaths(filesId(files));
  const made = serverConfig({
    pair,
    topology,
    server,
    database: DATABASE,
    digestKey: 'key',
    files: paths,
  });
  if (!made.ok) throw new Error(made.problem.message);
  return {
    family: topology.family,
    config: made.config,
    digest: made.digest,
    files,
    service: databaseService(DATABASE),
  };
};

describe('a server’s Secret', () => {
  it('holds the configuration and every file that it names', () => {
    const data = keptData(bootstrap(FILES));
    const named = [...(data['kea-dhcp4.conf'] ?? '').matchAll(/"\/etc\/kea\/([^"]+)"/g)].map(([, name]) => name);
    expect(new Set(named)).toEqual(new Set(Object.keys(data).filter((name) => !name.startsWith('kea-dhcp4.'))));
  });

  it('names files by their content: another certificate is another configuration', () => {
    const [before, after] = [bootstrap(FILES), bootstrap({ ...FILES, cert: 'RENEWED' })];
    expect(filesId(before.files)).not.toBe(filesId(after.files));
    expect(before.digest).not.toBe(after.digest);
  });

  it('keeps what a running server has beside what it is to take, until it has taken it', () => {
    const [before, after] = [bootstrap(FILES), bootstrap({ ...FILES, cert: 'RENEWED' })];
    const stored = keptData(before);
    const coming = comingData(stored, after);
    expect(coming).toMatchObject(stored);
    expect(Object.values(coming)).toContain('RENEWED');
    expect(readStored(DHCPV4, coming)?.digest).toBe(before.digest);
    const kept = keptData(after);
    expect(Object.values(kept)).not.toContain('CERT');
    expect(readStored(DHCPV4, kept)?.digest).toBe(after.digest);
  });

  it('names the database to come beside the one that is in use, and waits until the pod knows it', () => {
    const before = bootstrap(FILES);
    const moved = { ...FILES, database: 'db:5433' };
    const after = { ...bootstrap(moved), service: databaseService({ ...DATABASE, port: 5433 }) };
    const coming = comingData(keptData(before), after);
    expect(coming['kea-dhcp4.service']).toBe(before.service);
    expect(coming['kea-dhcp4.coming.service']).toBe(after.service);
    expect(filesId(after.files)).not.toBe(filesId(before.files));
    expect(keptData(after)).not.toHaveProperty(['kea-dhcp4.coming.service']);
  });

  it('drops files of a change that never came to be when another takes its place', () => {
    const stored = comingData(keptData(bootstrap(FILES)), bootstrap({ ...FILES, cert: 'SECOND' }));
    const coming = comingData(stored, bootstrap({ ...FILES, cert: 'THIRD' }));
    expect(Object.values(coming)).toEqual(expect.arrayContaining(['CERT', 'THIRD']));
    expect(Object.values(coming)).not.toContain('SECOND');
  });
});

describe('readStored', () => {
  it('tells where a server listens that runs it', () => {
    expect(readStored(DHCPV4, keptData(bootstrap(FILES, { controlPort: 8443 })))).toMatchObject({
      control: { address: '192.0.2.1', port: 8443 },
    });
  });

  it.each([
    ['nothing', {}],
    ['no JSON', { 'kea-dhcp4.conf': '{' }],
    ['a configuration of somebody else', { 'kea-dhcp4.conf': '{"Dhcp4": {"control-sockets": []}}' }],
  ])('takes %s for nothing', (_what, data) => {
    expect(readStored(DHCPV4, data)).toBeUndefined();
  });
});

it('finds the digest in what config-get answers, and only ours', () => {
  const { config, digest } = bootstrap(FILES);
  expect(bootstrapOf({ ...config.Dhcp4, subnet4: [] })).toEqual({ digest, carried: false });
  expect(bootstrapOf({ 'user-context': { other: 1 } })).toBeUndefined();
  expect(bootstrapOf({})).toBeUndefined();
});
