/** Certificate authorities and certificates, and when they are renewed. */
import { randomBytes, webcrypto, X509Certificate } from 'node:crypto';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { addressText } from '../kea/address.ts';

/** A certificate and its private key (PKCS #8), PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/**
 * A certificate authority. Its successor is made long before it ends and is trusted for a day before it signs anything, so that
 * whoever meets a certificate of it has its root already; `previous` is trusted until nothing that it signed is valid any more.
 */
export interface Authority {
  readonly current: KeyPair;
  readonly previous?: KeyPair;
}

/** Who a leaf certificate is for. */
export interface LeafSpec {
  readonly commonName: string;
  readonly dnsNames?: readonly string[];
  readonly addresses?: readonly string[];
  /** `server`: it listens; its HA hook also calls its partner, so it is a client too. `client`: it only calls. */
  readonly use: 'server' | 'client';
  /** How long it is valid; left out: {@link LEAF_DAYS}. */
  readonly days?: number;
}

const DAY_MS = 86_400_000;
export const LEAF_DAYS = 90;
const AUTHORITY_DAYS = 3650;
/** A successor is made when the authority has a year to live. */
const SUCCESSOR_DAYS = 365;
/** How long a new authority is only trusted: every server and client has taken up the new bundle by then. */
const INTRODUCTION_MS = DAY_MS;
/** Clocks of nodes may differ: certificates are valid from a little before they are made. */
const BACKDATE_MS = 300_000;

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** Whether two thirds of a certificate's time are over. */
export const needsRenewal = (pem: string, now: number): boolean => {
  const { from, to } = validity(pem);
  return now >= from + ((to - from) * 2) / 3;
};

const validity = (pem: string): { from: number; to: number } => {
  const certificate = new X509Certificate(pem);
  return { from: certificate.validFromDate.getTime(), to: certificate.validToDate.getTime() };
};

/** When a certificate ends, ms since 1970; undefined for what is none: it may have been read where others write. */
export const expiryOf = (pem: string): number | undefined => {
  try {
    return validity(pem).to;
  } catch {
    return undefined;
  }
};

/** The roots to trust, PEM: the current one, and the previous one while certificates of it are about. */
export const bundleOf = (authority: Authority): string =>
  [authority.current, authority.previous].flatMap((pair) => (pair === undefined ? [] : [pair.cert.trim()])).join('\n') +
  '\n';

/** The authority that signs now. */
export const signerOf = (authority: Authority, now: number): KeyPair =>
  authority.previous !== undefined && now < validity(authority.current.cert).from + BACKDATE_MS + INTRODUCTION_MS
    ? authority.previous
    : authority.current;

/** What is to be done with an authority now. */
export const authorityStep = (authority: Authority, now: number): 'keep' | 'succeed' | 'dropPrevious' => {
  const current = validity(authority.current.cert);
  if (now >= current.to - SUCCESSOR_DAYS * DAY_MS) return 'succeed';
  const lastOfPrevious = current.from + BACKDATE_MS + INTRODUCTION_MS + LEAF_DAYS * DAY_MS;
  return authority.previous !== undefined && now > lastOfPrevious ? 'dropPrevious' : 'keep';
};

/** The authority as it should be now: the same object where nothing is to be done; a new one where there is none. */
export const ensureAuthority = async (
  name: string,
  authority: Authority | undefined,
  now: number,
): Promise<Authority> => {
  if (authority === undefined) return { current: await makeRoot(name, now) };
  switch (authorityStep(authority, now)) {
    case 'keep':
      return authority;
    case 'succeed':
      return { current: await makeRoot(name, now), previous: authority.current };
    case 'dropPrevious':
      return { current: authority.current };
  }
};

/** Whether a leaf can stay: signed by a root that is trusted, for the same names, and not due for renewal. */
export const leafIsCurrent = (leaf: KeyPair, spec: LeafSpec, authority: Authority, now: number): boolean => {
  const certificate = new X509Certificate(leaf.cert);
  if (needsRenewal(leaf.cert, now) || !certificate.subject.split('\n').includes(`CN=${spec.commonName}`)) return false;
  const names = altNames(spec).map(({ type, value }) => `${SAN_LABEL[type]}:${value}`);
  if (spelled(certificate.subjectAltName ?? '') !== names.join(', ')) return false;
  const roots = [authority.current, authority.previous].flatMap((root) => (root === undefined ? [] : [root.cert]));
  return roots.some((root) => certificate.verify(new X509Certificate(root).publicKey));
};

/** Signs a new leaf, which never lives longer than its authority. */
export const issueLeaf = async (authority: Authority, spec: LeafSpec, now: number): Promise<KeyPair> => {
  const signer = signerOf(authority, now);
  const issuer = new x509.X509Certificate(signer.cert);
  const signingKey = await webcrypto.subtle.importKey('pkcs8', derOf(signer.key), ALGORITHM, false, ['sign']);
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const usages = [
    ...(spec.use === 'server' ? [x509.ExtendedKeyUsage.serverAuth] : []),
    x509.ExtendedKeyUsage.clientAuth,
  ];
  const names = altNames(spec);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: [{ CN: [spec.commonName] }],
    issuer: issuer.subject,
    notBefore: new Date(now - BACKDATE_MS),
    notAfter: new Date(Math.min(now + (spec.days ?? LEAF_DAYS) * DAY_MS, issuer.notAfter.getTime())),
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(usages),
      ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
    ],
  });
  return { cert: `${certificate.toString('pem')}\n`, key: await exportKey(keys.privateKey) };
};

const makeRoot = async (name: string, now: number): Promise<KeyPair> => {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    // Two roots of one authority must not share a subject: OpenSSL looks an issuer up by name.
    name: [{ CN: [`${name.slice(0, 40)} ${randomBytes(4).toString('hex')}`] }],
    notBefore: new Date(now - BACKDATE_MS),
    notAfter: new Date(now + AUTHORITY_DAYS * DAY_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { cert: `${certificate.toString('pem')}\n`, key: await exportKey(keys.privateKey) };
};

/** RFC 5280: positive, at most 20 octets. */
const serialNumber = (): string => `01${randomBytes(15).toString('hex')}`;

const SAN_LABEL = { dns: 'DNS', ip: 'IP Address' } as const;
/** Addresses of IPv6 are written out in full there. */
const spelled = (names: string): string =>
  names.replace(/(?<=IP Address:)[0-9A-F:]+/g, (address) => addressText(address));

const altNames = (spec: LeafSpec): { type: 'dns' | 'ip'; value: string }[] => [
  ...(spec.dnsNames ?? []).map((value) => ({ type: 'dns' as const, value })),
  ...(spec.addresses ?? []).map((value) => ({ type: 'ip' as const, value: addressText(value) })),
];

const derOf = (pem: string): Buffer => Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64');

const exportKey = async (key: webcrypto.CryptoKey): Promise<string> => {
  const base64 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key)).toString('base64');
  return `-----BEGIN PRIVATE KEY-----\n${base64.replace(/.{64}(?=.)/g, '$&\n')}\n-----END PRIVATE KEY-----\n`;
};
