/** Field selectors (k8s.io/apimachinery fields.ParseSelector): which fields leases are selected by, and what of them is asked for. */
import { addressingOf, prefixIn, type Range, single } from '../kea/address.ts';
import { colons, parseBytes, withoutDots } from '../kea/bytes.ts';
import type { Version } from '../kea/family.ts';
import { SHOWN_STATES, type ShownState } from '../leases/shownState.ts';
import { ApiFailure, quoted } from './failure.ts';

/** One term; all must be so. */
export type FieldTerm =
  | { readonly field: 'name'; readonly name: string }
  | { readonly field: 'namespace'; readonly namespace: string }
  | { readonly field: 'address'; readonly version: Version; readonly range: Range }
  | { readonly field: 'subnet' | 'haPair'; readonly name: string }
  | { readonly field: 'subnetId'; readonly id: number }
  | { readonly field: 'hwAddress' | 'clientId' | 'duid'; readonly bytes: string }
  | { readonly field: 'hostname'; readonly text: string; readonly isPrefix: boolean }
  | { readonly field: 'state'; readonly state: ShownState };

const refuse = (message: string): never => {
  throw new ApiFailure('BadRequest', message);
};

/** Longest texts of fields, and bytes of identifiers as Kea takes them (HWAddr, ClientId and DUID of src/lib/dhcp). */
const LONGEST_NAME = 253;
const BYTES = { hwAddress: [1, 20], clientId: [2, 255], duid: [3, 130] } as const;
const MOST_ID = 4_294_967_295;

const bytesOf = (field: keyof typeof BYTES, value: string): FieldTerm => {
  const [least, most] = BYTES[field];
  const bytes = parseBytes(withoutDots(value));
  return bytes !== undefined && bytes.length >= least && bytes.length <= most
    ? { field, bytes: colons(bytes) }
    : refuse(
        `${field} must be ${least} to ${most} bytes in hexadecimal digits, as 02:00:5e:10:00:01: "${quoted(value)}"`,
      );
};

const addressTerm = (value: string): FieldTerm => {
  const of = addressingOf(value);
  const address = of.parse(value);
  const range = address === undefined ? prefixIn(value) : single(address);
  return range === undefined
    ? refuse(`address must be an address or a prefix, as 10.1.0.0/16: "${quoted(value)}"`)
    : { field: 'address', version: of.version, range: { first: range.first, last: range.last } };
};

const nameOf = (field: 'name' | 'namespace' | 'subnet' | 'haPair', value: string): string =>
  value.length <= LONGEST_NAME ? value : refuse(`${field} must not be longer than ${LONGEST_NAME} characters`);

const hostnameTerm = (value: string): FieldTerm => {
  const isPrefix = value.endsWith('*');
  const text = (isPrefix ? value.slice(0, -1) : value).toLowerCase();
  // What no host name has would be an error to PostgreSQL.
  const isText = text.length > 0 && text.length <= 255 && !/[\p{Cc}*\ufffd]/u.test(text);
  return isText
    ? { field: 'hostname', text, isPrefix }
    : refuse(`hostname must be a host name, or what one begins with and *, as printer*: "${quoted(value)}"`);
};

/** Of the lease itself, by the last part of their paths: whether they are in spec or in status need not be remembered. */
const FIELDS: Readonly<Record<string, (value: string) => FieldTerm>> = {
  address: addressTerm,
  subnet: (value) => ({ field: 'subnet', name: nameOf('subnet', value) }),
  subnetId: (value) =>
    /^\d{1,10}$/.test(value) && Number(value) <= MOST_ID
      ? { field: 'subnetId', id: Number(value) }
      : refuse(`subnetId must be a number of 0 to ${MOST_ID}: "${quoted(value)}"`),
  haPair: (value) => ({ field: 'haPair', name: nameOf('haPair', value) }),
  hwAddress: (value) => bytesOf('hwAddress', value),
  clientId: (value) => bytesOf('clientId', value),
  duid: (value) => bytesOf('duid', value),
  hostname: hostnameTerm,
  state: (value) => {
    const state = SHOWN_STATES.find((known) => known === value);
    return state === undefined
      ? refuse(`state must be one of ${[...SHOWN_STATES].sort().join(', ')}: "${quoted(value)}"`)
      : { field: 'state', state };
  },
};

const METADATA: Readonly<Record<string, (value: string) => FieldTerm>> = {
  'metadata.name': (value) => ({ field: 'name', name: nameOf('name', value) }),
  'metadata.namespace': (value) => ({ field: 'namespace', namespace: nameOf('namespace', value) }),
};

/** What leases can be selected by, as it is told. */
export const SELECTABLE = [
  ...Object.keys(METADATA),
  ...Object.keys(FIELDS).map((field) => `${field === 'state' ? 'status' : 'spec'}.${field}`),
].join(', ');

const readerOf = (path: string): ((value: string) => FieldTerm) | undefined => {
  const [, field = ''] = /^(?:spec|status)\.(.+)$/.exec(path) ?? [];
  if (Object.hasOwn(METADATA, path)) return METADATA[path];
  return Object.hasOwn(FIELDS, field) ? FIELDS[field] : undefined;
};

/** `a=b,c==d`; a backslash before a comma, an equals sign or a backslash takes that for itself. Space around names and values does not count. */
export const parseFieldSelector = (selector: string): readonly FieldTerm[] =>
  splitTerms(selector)
    .filter((term) => term.trim() !== '')
    .map((term) => {
      const { path, operator, value } = partsOf(term);
      const read = readerOf(path);
      if (read !== undefined && operator !== '!=') return read(value);
      return refuse(
        `field selector "${quoted(term.trim())}" is not supported: leases can be selected, by = alone, by ${SELECTABLE}`,
      );
    });

const splitTerms = (text: string): readonly string[] => {
  const terms: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '\\') at++;
    if (character !== ',') continue;
    terms.push(text.slice(start, at));
    start = at + 1;
  }
  return [...terms, text.slice(start)];
};

const partsOf = (term: string): { readonly path: string; readonly operator: string; readonly value: string } => {
  for (let at = 0; at < term.length; at++) {
    const character = term.charAt(at);
    if (character === '\\') at++;
    if (character !== '=' && !term.startsWith('!=', at)) continue;
    const operator = character === '!' ? '!=' : term.startsWith('==', at) ? '==' : '=';
    const value = term.slice(at + operator.length).trim();
    return { path: term.slice(0, at).trim(), operator, value: value.replaceAll(/\\([\\,=])/g, '$1') };
  }
  return refuse(`invalid field selector "${quoted(term.trim())}": a field, = and its value are expected`);
};
