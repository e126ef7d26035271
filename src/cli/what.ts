/** What a person has in hand, and where in the leases to look for it. */
import { addressText, contains, isAddress, prefixAt, prefixIn, single } from '../kea/address.ts';
import { colons, parseBytes, withoutDots } from '../kea/bytes.ts';
import { IPV6 } from '../kea/ipv6.ts';
import { usageError } from './exit.ts';
import { leaseNameOf, type ShownLease } from './lease.ts';
import { isObjectName } from './objectName.ts';

/** One question to the lease API. */
export interface Search {
  readonly fieldSelector: string;
  /** Whether a lease answers it: what an earlier question has shown a later one leaves out. */
  readonly matches: (lease: ShownLease) => boolean;
}

export interface What {
  readonly given: string;
  readonly searches: readonly Search[];
  /** Where all of these find nothing: the prefixes that an address may be in that was delegated. */
  readonly otherwise: readonly Search[];
  /** To be looked for within host names where nothing was found, in lower case: no index finds it there. */
  readonly within?: string;
  /** Of what is reserved: the addresses, identifiers and names that are meant. */
  readonly address?: ReturnType<typeof single>;
  readonly bytes?: string;
  readonly name?: string;
}

/** Bytes of a hardware address; so many Kea keeps at most. */
const HW_BYTES = 20;
const DUID_BYTES = { least: 3, most: 130 };
const CLIENT_ID_BYTES = { least: 2, most: 255 };

const LONGEST = 512;
/** Host names and names of objects; a selector divides its terms at commas. */
const NAME = /^\*?[\p{L}\p{N}_][\p{L}\p{N}._-]*\.?\*?$/u;
/** What is bytes and nothing else; `db-01` may well be a host. */
const ONLY_BYTES = /^(0x[0-9a-f]+|[0-9a-f]{2}(-[0-9a-f]{2}){5,}|[0-9a-f]{4}(\.[0-9a-f]{4}){2,})$/i;

/** Of delegated prefixes those lengths are in use; each is one lookup. */
const DELEGATED = { shortest: 32, longest: 64 };

const byField = (field: string, value: string, matches: Search['matches']): Search => ({
  fieldSelector: `spec.${field}=${value}`,
  matches,
});

const byRange = (text: string, range: ReturnType<typeof single>, isIPv6: boolean): Search =>
  byField('address', text, ({ spec: { address } }) => {
    const number = address.includes(':') === isIPv6 ? prefixIn(`${address}/${isIPv6 ? 128 : 32}`)?.first : undefined;
    return number !== undefined && contains(range, number);
  });

const identifierSearches = (bytes: Buffer): readonly Search[] => {
  const text = colons(bytes);
  const by = (field: 'hwAddress' | 'clientId' | 'duid') =>
    byField(field, text, ({ spec }) => spec[field]?.toLowerCase() === text);
  const { length } = bytes;
  return [
    ...(length <= HW_BYTES ? [by('hwAddress')] : []),
    ...(length >= CLIENT_ID_BYTES.least && length <= CLIENT_ID_BYTES.most ? [by('clientId')] : []),
    ...(length >= DUID_BYTES.least && length <= DUID_BYTES.most ? [by('duid')] : []),
  ];
};

const nameSearches = (name: string): readonly Search[] => {
  const start = name.toLowerCase();
  const isHostname: Search = byField('hostname', `${start}*`, ({ spec }) =>
    (spec.hostname ?? '').toLowerCase().startsWith(start),
  );
  return isObjectName(name) ? [byField('subnet', name, ({ spec }) => spec.subnet === name), isHostname] : [isHostname];
};

/** Prefixes that may be delegated and have the address in them, the longest first. */
const delegatedWith = (address: bigint): readonly Search[] =>
  Array.from({ length: DELEGATED.longest - DELEGATED.shortest + 1 }, (_, shorter) => {
    const { text, length } = prefixAt(IPV6, address, DELEGATED.longest - shorter);
    const name = `${text.slice(0, text.indexOf('/'))}-${length}`;
    return { fieldSelector: `metadata.name=${name}`, matches: ({ metadata }: ShownLease) => metadata.name === name };
  });

/**
 * Where to look. Digits and letters may be of a hardware address, a client identifier, a DUID or a name: all of them are looked for.
 * @throws Complaint for what is none of them.
 */
export const parseWhat = (text: string): What => {
  const given = text.trim();
  const searches: Search[] = [];
  let what: Omit<What, 'given' | 'searches' | 'otherwise'> = {};
  let otherwise: readonly Search[] = [];
  const named = given.includes('/') || isAddress(given) ? undefined : leaseNameOf(given);
  if (isAddress(given)) {
    const range = rangeOf(given);
    searches.push(byRange(addressText(given), range, given.includes(':')));
    if (given.includes(':')) otherwise = delegatedWith(range.first);
    what = { address: range };
  } else if (named !== undefined) {
    searches.push({ fieldSelector: `metadata.name=${named}`, matches: ({ metadata }) => metadata.name === named });
    what = { address: rangeOf(named.replace(/-(\d+)$/, '/$1')) };
  } else {
    const prefix = prefixIn(given);
    if (prefix !== undefined) {
      searches.push(byRange(prefix.text, prefix, prefix.of.version === 6));
      what = { address: prefix };
    }
  }
  // Eight bytes with colons are an address of IPv6 too.
  const bytes = given.length > LONGEST ? undefined : parseBytes(withoutDots(given));
  if (bytes !== undefined) {
    searches.push(...identifierSearches(bytes));
    what = { ...what, bytes: colons(bytes) };
  }
  const bare = given.replace(/^\*/, '').replace(/\*$/, '');
  if (what.address === undefined && given.length <= 255 && NAME.test(given) && !ONLY_BYTES.test(given)) {
    searches.push(...(given.startsWith('*') ? [] : nameSearches(bare)));
    what = {
      ...what,
      name: bare.toLowerCase(),
      ...(given.endsWith('*') && !given.startsWith('*') ? {} : { within: bare.toLowerCase() }),
    };
  }
  if (searches.length === 0 && what.within === undefined) {
    throw usageError(
      `"${given.slice(0, 64)}" is nothing that leases can be looked for by: give an address or a prefix, a MAC address, a client identifier or a DUID in hexadecimal digits, a Subnet, or a part of a host name.`,
    );
  }
  return { given, searches, otherwise, ...what };
};

const rangeOf = (text: string): ReturnType<typeof single> => {
  const prefix = prefixIn(text.includes('/') ? text : `${text}/${text.includes(':') ? 128 : 32}`);
  return prefix === undefined ? single(0n) : { first: prefix.first, last: prefix.last };
};

/** Whether a part of a host name is in the lease's. */
export const isWithin = (part: string, { spec }: ShownLease): boolean =>
  (spec.hostname ?? '').toLowerCase().includes(part);
