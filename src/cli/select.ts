/** The options that choose leases, as selectors of the lease API. */
import { type LabelKey, LABELS, LONGEST_LABEL } from '../apiserver/labels.ts';
import { addressText, isAddress, prefixIn } from '../kea/address.ts';
import { colons, parseBytes, withoutDots } from '../kea/bytes.ts';
import { LEASE_TYPES } from '../leases/selection.ts';
import { SHOWN_STATES } from '../leases/shownState.ts';
import { usageError } from './exit.ts';
import { isObjectName } from './objectName.ts';

export interface SelectFlags {
  readonly pair?: string;
  readonly subnet?: string;
  readonly sharedNetwork?: string;
  readonly family?: string;
  readonly state?: string;
  readonly type?: string;
  readonly address?: string;
  readonly hwAddress?: string;
  readonly hostname?: string;
  readonly selector?: string;
  readonly fieldSelector?: string;
}

/** What leases are asked for; undefined: all. */
export interface Selectors {
  readonly labelSelector: string | undefined;
  readonly fieldSelector: string | undefined;
}

const FAMILIES: Readonly<Record<string, string>> = {
  '4': 'IPv4',
  v4: 'IPv4',
  ipv4: 'IPv4',
  '6': 'IPv6',
  v6: 'IPv6',
  ipv6: 'IPv6',
};

/** Words of a list with commas, each in the spelling of the API. */
const wordsOf = (option: string, given: string, words: readonly string[]): readonly string[] =>
  given.split(',').map((word) => {
    const known = words.find((candidate) => candidate.toLowerCase() === word.trim().toLowerCase());
    if (known === undefined) throw usageError(`--${option} ${word.trim()}: it is one of ${words.join(', ')}.`);
    return known;
  });

const namesOf = (option: string, given: string): readonly string[] =>
  given.split(',').map((name) => {
    if (!isObjectName(name.trim())) throw usageError(`--${option} ${name.trim()}: that is no name of an object.`);
    return name.trim();
  });

const label = (key: LabelKey, values: readonly string[]): string =>
  values.length === 1 ? `${key}=${values[0] ?? ''}` : `${key} in (${values.join(',')})`;

const familyOf = (given: string): string => {
  const family = FAMILIES[given.toLowerCase()];
  if (family === undefined) throw usageError(`--family ${given}: it is 4 or 6.`);
  return family;
};

/** @throws Complaint for what no lease can be. */
export const selectorsOf = (flags: SelectFlags): Selectors => {
  const labels: string[] = [];
  const fields: string[] = [];
  /** By the label, which takes several; of one with a name too long for a label by the field. */
  const byName = (option: string, key: LabelKey, field: string | undefined, given: string | undefined): void => {
    if (given === undefined) return;
    const names = namesOf(option, given);
    const [only] = names;
    if (names.every((name) => name.length <= LONGEST_LABEL)) labels.push(label(key, names));
    else if (names.length === 1 && only !== undefined && field !== undefined) fields.push(`spec.${field}=${only}`);
    else throw usageError(`--${option}: a name of more than ${LONGEST_LABEL} characters can only be asked for alone.`);
  };
  byName('pair', LABELS.pair, 'haPair', flags.pair);
  byName('subnet', LABELS.subnet, 'subnet', flags.subnet);
  byName('shared-network', LABELS.sharedNetwork, undefined, flags.sharedNetwork);
  if (flags.family !== undefined) labels.push(label(LABELS.family, [familyOf(flags.family)]));
  if (flags.state !== undefined) labels.push(label(LABELS.state, wordsOf('state', flags.state, SHOWN_STATES)));
  if (flags.type !== undefined) labels.push(label(LABELS.type, wordsOf('type', flags.type, LEASE_TYPES)));
  if (flags.address !== undefined) fields.push(`spec.address=${addressIn(flags.address)}`);
  if (flags.hwAddress !== undefined) fields.push(`spec.hwAddress=${bytesIn('hw-address', flags.hwAddress)}`);
  if (flags.hostname !== undefined) fields.push(`spec.hostname=${hostnameIn(flags.hostname)}`);
  return {
    labelSelector: joined([...labels, ...(flags.selector === undefined ? [] : [flags.selector])]),
    fieldSelector: joined([...fields, ...(flags.fieldSelector === undefined ? [] : [flags.fieldSelector])]),
  };
};

const joined = (terms: readonly string[]): string | undefined => (terms.length === 0 ? undefined : terms.join(','));

const addressIn = (given: string): string => {
  if (isAddress(given)) return addressText(given);
  const prefix = prefixIn(given);
  if (prefix === undefined) throw usageError(`--address ${given}: that is neither an address nor a prefix.`);
  return prefix.text;
};

const bytesIn = (option: string, given: string): string => {
  const bytes = parseBytes(withoutDots(given));
  if (bytes === undefined) throw usageError(`--${option} ${given}: those are no hexadecimal digits.`);
  return colons(bytes);
};

const hostnameIn = (given: string): string => {
  if (/[,=!\\\s]/.test(given) || given === '') throw usageError(`--hostname ${given}: that is no host name.`);
  return given.toLowerCase();
};
