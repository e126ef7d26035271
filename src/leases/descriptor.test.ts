import { describe, expect, it } from 'vitest';
import { type LeaseSourceDescriptor, leaseSourceSecret, readLeaseSourceSecret } from './descriptor.ts';

const database: LeaseSourceDescriptor = {
  namespace: 'dhcp',
  pair: 'office',
  storage: 'PostgreSQL',
  database: { host: 'db', port: 5432, name: 'kea', user: 'kea', password: 's3cret', tls: { mode: 'Disable' } },
};
const servers: LeaseSourceDescriptor = {
  namespace: 'dhcp',
  pair: 'office',
  storage: 'Memfile',
  servers: [
    {
      name: 's1',
      url: 'https://192.0.2.1:8000/',
      tls: { ca: 'CA', cert: 'CERT', key: 'KEY' },
      auth: { user: 'operator', password: 's3cret' },
    },
  ],
};
const encode = (value: unknown) => ({ 'source.json': Buffer.from(JSON.stringify(value)).toString('base64') });

describe('a lease source descriptor', () => {
  it.each([database, servers])('of storage $storage comes back from its Secret as it was', (descriptor) => {
    const secret = leaseSourceSecret(descriptor, 'kea-system');
    expect(secret.metadata).toEqual({
      name: 'lease-source.dhcp.office',
      namespace: 'kea-system',
      labels: { 'kea-operator.io/lease-source': 'true', 'app.kubernetes.io/managed-by': 'kea-operator' },
    });
    expect(readLeaseSourceSecret(secret.data)).toEqual(descriptor);
  });

  it('may have fields of a newer operator', () => {
    expect(readLeaseSourceSecret(encode({ ...database, family: 6 }))).toEqual(database);
  });

  it.each([
    ['no key', {}, 'the Secret has no key source.json'],
    ['no data', undefined, 'the Secret has no key source.json'],
    ['no JSON', { 'source.json': Buffer.from('s3cret').toString('base64') }, 'source.json is not JSON'],
    [
      'a wrong port',
      encode({ ...database, database: { ...database.database, port: 's3cret' } }),
      'wrong database.port',
    ],
    ['an unknown storage', encode({ ...database, storage: 's3cret' }), 'wrong storage'],
    ['no servers', encode({ ...servers, servers: [] }), 'wrong servers'],
  ])('with %s is refused without a word of what it holds', (_, data, message) => {
    expect(() => readLeaseSourceSecret(data)).toThrow(message);
    expect(() => readLeaseSourceSecret(data)).not.toThrow(/s3cret/);
  });
});
