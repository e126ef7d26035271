/**
 * Where the leases of one pair are read, as the operator tells the lease API: a Secret in a namespace that holds nothing else,
 * one for each family of a HAPair. So the lease API needs no access to Secrets of any other namespace, and need not know how a pair's
 * database or control channel came to be.
 */
import { z } from 'zod';
import type { DatabaseTarget } from '../database/target.ts';
import { SSL_MODES, SSL_WORD_OF, SSL_WORDS } from '../database/tls.ts';
import type { KeaEndpoint } from '../kea/client.ts';
import type { IPFamily } from '../kea/families.ts';

/** Label of the Secrets; its value is `true`. */
export const LEASE_SOURCE_LABEL = 'kea-operator.io/lease-source';
/** Key of the Secret that holds the descriptor. */
export const LEASE_SOURCE_KEY = 'source.json';

const port = z.int().min(1).max(65_535);

/** As it lies in the Secret: operator and lease API of two versions read each other's, so its words stay. */
const database = z
  .object({
    host: z.string().min(1),
    port,
    name: z.string().min(1),
    user: z.string().min(1),
    password: z.string(),
    tls: z.object({
      /** In the spelling of HAPair.spec.database.tls.mode. */
      mode: z.enum(SSL_WORDS),
      /** PEM. */
      ca: z.string().min(1).optional(),
    }),
  })
  .transform(({ tls: { mode, ca }, ...rest }): DatabaseTarget => ({
    ...rest,
    sslMode: SSL_MODES[mode],
    ...(ca === undefined ? {} : { ca }),
  }));

const inSecret = ({ sslMode, ca, host, port, name, user, password }: DatabaseTarget) => ({
  host,
  port,
  name,
  user,
  password,
  tls: { mode: SSL_WORD_OF[sslMode], ...(ca === undefined ? {} : { ca }) },
});

const endpoint: z.ZodType<KeaEndpoint> = z.object({
  name: z.string().min(1),
  url: z.url(),
  tls: z.object({ ca: z.string().min(1), cert: z.string().min(1), key: z.string().min(1) }),
  auth: z.object({ user: z.string().min(1), password: z.string() }),
});

const pair = {
  namespace: z.string().min(1).max(63),
  pair: z.string().min(1).max(253),
  /** Whose leases these are. An operator that knows of IPv4 alone leaves it out. */
  ipFamily: z.enum(['IPv4', 'IPv6']).default('IPv4'),
};

/** A lease source descriptor: `source.json` of the Secret. Fields of a newer operator are passed over, as the two roll out one after the other. */
export const leaseSourceDescriptor = z.discriminatedUnion('storage', [
  z.object({ ...pair, storage: z.literal('PostgreSQL'), database }),
  z.object({ ...pair, storage: z.literal('Memfile'), servers: z.array(endpoint).min(1) }),
]);

export type LeaseSourceDescriptor = z.output<typeof leaseSourceDescriptor>;

const written = (descriptor: LeaseSourceDescriptor): object =>
  descriptor.storage === 'PostgreSQL' ? { ...descriptor, database: inSecret(descriptor.database) } : descriptor;

/** The Secret that the operator keeps for a family of one pair, as a manifest for server-side apply. */
export const leaseSourceSecret = (descriptor: LeaseSourceDescriptor, namespace: string) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: {
    name: leaseSourceSecretName(descriptor),
    namespace,
    labels: { [LEASE_SOURCE_LABEL]: 'true', 'app.kubernetes.io/managed-by': 'kea-operator' },
  },
  type: 'Opaque',
  data: { [LEASE_SOURCE_KEY]: Buffer.from(JSON.stringify(written(descriptor))).toString('base64') },
});

/** Whose leases are read from a source. */
export interface LeaseSourceOf {
  readonly namespace: string;
  readonly pair: string;
  readonly ipFamily: IPFamily;
}

const BEGINNINGS: Readonly<Record<IPFamily, string>> = { IPv4: 'lease-source', IPv6: 'lease-source-v6' };

/** Neither part can hold a dot followed by a whole other pair's name: a namespace has no dots. */
export const leaseSourceSecretName = ({ namespace, pair, ipFamily }: LeaseSourceOf): string =>
  `${BEGINNINGS[ipFamily]}.${namespace}.${pair}`;

/** The way back; undefined: it is no such name. */
export const leaseSourceOf = (name: string): LeaseSourceOf | undefined => {
  const [, v6, namespace, pair] = /^lease-source(-v6)?\.([^.]+)\.(.+)$/.exec(name) ?? [];
  if (namespace === undefined || pair === undefined) return undefined;
  return { namespace, pair, ipFamily: v6 === undefined ? 'IPv4' : 'IPv6' };
};

/**
 * The descriptor in a Secret's data.
 * @throws Error that says which field is wrong, never what it holds.
 */
export const readLeaseSourceSecret = (data: Readonly<Record<string, string>> | undefined): LeaseSourceDescriptor => {
  const encoded = data?.[LEASE_SOURCE_KEY];
  if (encoded === undefined) throw new Error(`the Secret has no key ${LEASE_SOURCE_KEY}`);
  const parsed = leaseSourceDescriptor.safeParse(parseJson(Buffer.from(encoded, 'base64').toString()));
  if (parsed.success) return parsed.data;
  const fields = [...new Set(parsed.error.issues.map((issue) => issue.path.join('.') || 'the whole'))];
  throw new Error(`${LEASE_SOURCE_KEY} is not a lease source descriptor: wrong ${fields.join(', ')}`);
};

/** A JSON.parse error quotes the text, which holds passwords. */
const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${LEASE_SOURCE_KEY} is not JSON`);
  }
};
