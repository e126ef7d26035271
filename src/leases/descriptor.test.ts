import { describe, expect, it } from 'vitest';
import { type LeaseSourceDescriptor, leaseSourceSecret, readLeaseSourceSecret } from './descriptor.ts';

const database = {
  namespace: 'dhcp',
  pair: 'office',
  ipFamily: 'IPv4',
  storage: 'PostgreSQL',
  database: { host: 'db', port: 5432, name: 'kea', user: 'kea', password: 's3cret', sslMode: 'verify-ca', ca: 'pem' },
} as const satisfies LeaseSourceDescriptor;
const { sslMode: _, ca, ...login } = database.database;
/** As an operator of any version writes it. */
const written = { ...database, database: { ...login, tls: { mode: 'VerifyCA', ca } } };
const servers: LeaseSourceDescriptor = {
  namespace: 'dhcp',
  pair: 'office',
  ipFamily: 'IPv4',
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

  it.each([
    ['disable', 'Disable'],
    ['require', 'Require'],
    ['verify-ca', 'VerifyCA'],
    ['verify-full', 'VerifyFull'],
  ] as const)('lies there as 0.1 reads it, with TLS as %s', (sslMode, mode) => {
    const { data } = leaseSourceSecret({ ...database, database: { ...login, sslMode } }, 'kea-system');
    expect(data).toEqual(encode({ ...written, database: { ...login, tls: { mode } } }));
  });

  it('may have fields of a newer operator', () => {
    expect(readLeaseSourceSecret(encode({ ...written, family: 6 }))).toEqual(database);
  });

  it.each([
    ['no key', {}, 'the Secret has no key source.json'],
    ['no data', undefined, 'the Secret has no key source.json'],
    ['no JSON', { 'source.json': Buffer.from('s3cret').toString('base64') }, 'source.json is not JSON'],
    ['a wrong port', encode({ ...written, database: { ...written.database, port: 's3cret' } }), 'wrong database.port'],
    ['an unknown storage', encode({ ...written, storage: 's3cret' }), 'wrong storage'],
    ['no servers', encode({ ...servers, servers: [] }), 'wrong servers'],
  ])('with %s is refused without a word of what it holds', (_, data, message) => {
    expect(() => readLeaseSourceSecret(data)).toThrow(message);
    expect(() => readLeaseSourceSecret(data)).not.toThrow(/s3cret/);
  });
});
