import { describe, expect, it } from 'vitest';
import { authenticate, readRequestHeaderConfig } from './authenticate.ts';

const DATA = {
  'client-ca-file': 'OTHER',
  'requestheader-client-ca-file': 'CA',
  'requestheader-allowed-names': '["front-proxy-client"]',
  'requestheader-username-headers': '["X-Remote-User"]',
  'requestheader-group-headers': '["X-Remote-Group"]',
  'requestheader-uid-headers': '["X-Remote-Uid"]',
  'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
};
const config = readRequestHeaderConfig(DATA);

describe("kube-apiserver's settings", () => {
  it('are read from the ConfigMap, header names in lower case', () => {
    expect(config).toEqual({
      clientCa: 'CA',
      allowedNames: ['front-proxy-client'],
      usernameHeaders: ['x-remote-user'],
      uidHeaders: ['x-remote-uid'],
      groupHeaders: ['x-remote-group'],
      extraHeaderPrefixes: ['x-remote-extra-'],
    });
  });

  it('may lack the uid headers, which are published since Kubernetes 1.32', () => {
    const { 'requestheader-uid-headers': _, ...older } = DATA;
    expect(readRequestHeaderConfig(older).uidHeaders).toEqual([]);
  });

  it.each([
    ['no CA, as without an aggregation layer', { 'client-ca-file': 'OTHER' }],
    ['nothing at all', undefined],
    ['a list that is none', { ...DATA, 'requestheader-allowed-names': '"front-proxy-client"' }],
  ])('are refused with %s', (_, data) => {
    expect(() => readRequestHeaderConfig(data)).toThrow();
  });
});

describe('authenticate', () => {
  const HEADERS = { 'x-remote-user': ['alice'], 'x-remote-group': ['staff', 'with, comma'] };
  const user = (
    headersDistinct: Record<string, string[]> = HEADERS,
    certificate: object = { subject: { CN: 'front-proxy-client' } },
    authorized = true,
    settings = config,
  ) => authenticate({ headersDistinct, socket: { authorized, getPeerCertificate: () => certificate } }, settings);

  it('gives the user of the headers, groups as they were sent', () => {
    expect(user()).toEqual({ name: 'alice', groups: ['staff', 'with, comma'], extra: {} });
  });

  it('gives uid and extra, the keys unescaped', () => {
    const headers = {
      ...HEADERS,
      'x-remote-uid': ['42'],
      'x-remote-extra-scopes': ['a', 'b'],
      'x-remote-extra-acme.com%2fproject': ['p'],
      'x-remote-extra-bad%zz': ['q'],
      'x-remote-extra-constructor': ['r'],
    };
    expect(user(headers)).toEqual({
      name: 'alice',
      uid: '42',
      groups: HEADERS['x-remote-group'],
      extra: { scopes: ['a', 'b'], 'acme.com/project': ['p'], 'bad%zz': ['q'], constructor: ['r'] },
    });
  });

  it.each([
    ['a certificate that the CA did not sign', user(HEADERS, { subject: { CN: 'front-proxy-client' } }, false)],
    ['a certificate with another name', user(HEADERS, { subject: { CN: 'alice' } })],
    ['a certificate with several names', user(HEADERS, { subject: { CN: ['front-proxy-client', 'alice'] } })],
    ['no certificate', user(HEADERS, {})],
    ['no user', user({ 'x-remote-group': ['system:masters'] })],
    ['an empty user', user({ 'x-remote-user': [''] })],
  ])('knows nobody with %s', (_, known) => {
    expect(known).toBeUndefined();
  });

  it('believes every name of the CA where none is listed', () => {
    expect(user(HEADERS, { subject: { CN: 'any' } }, true, { ...config, allowedNames: [] })).toBeDefined();
  });
});
