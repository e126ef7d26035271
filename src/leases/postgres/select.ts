/** A selection of leases as SQL, by the indexes that Kea's tables have (dhcpdb_create.pgsql, schema 29). Pure: nothing is asked here. */
import type { Range } from '../../kea/address.ts';
import type { Family } from '../../kea/family.ts';
import { type LeaseSelection, someStates } from '../selection.ts';
import type { ShownState } from '../shownState.ts';
import { INFINITE_LIFETIME } from '../source.ts';

export type SqlValue = string | number | number[] | Buffer;
export interface Statement {
  readonly text: string;
  readonly values: SqlValue[];
}

/**
 * How a selection is found. `Few`: an identifier has an index, whose leases are sorted; by their addresses PostgreSQL would look for them where it
 * does not know that they are few. `Index`: subnets and states have one, and PostgreSQL knows how many leases each has. `Scan`: by the addresses, part
 * by part, each with what is wanted of it.
 */
export type Way = 'Few' | 'Index' | 'Scan';

export const wayOf = ({ version }: Pick<Family, 'version'>, selection: LeaseSelection): Way => {
  const { hwAddress, clientId, duid, hostname, subnetIds } = selection;
  // Hardware addresses of DHCPv6 have no index.
  const identifiers = version === 4 ? [hwAddress, clientId, hostname] : [duid, hostname];
  if (identifiers.some((value) => value !== undefined)) return 'Few';
  const states = someStates(selection);
  return subnetIds !== undefined || (states !== undefined && !states.includes('Active')) ? 'Index' : 'Scan';
};

/** The same as `shownState`; numbers of the states are Kea's. */
const STATES: Readonly<Record<ShownState, (now: string) => string>> = {
  Active: (now) => `(state = 0 AND (valid_lifetime = ${INFINITE_LIFETIME} OR expire > ${now}))`,
  Declined: (now) => `(state = 1 AND (valid_lifetime = ${INFINITE_LIFETIME} OR expire > ${now}))`,
  Expired: (now) => `(state IN (0, 1) AND valid_lifetime <> ${INFINITE_LIFETIME} AND expire <= ${now})`,
  Reclaimed: () => 'state = 2',
  Released: () => 'state = 3',
  Registered: () => 'state = 4',
};

/** Those that are a matter of time. */
const TIMED: readonly ShownState[] = ['Active', 'Declined', 'Expired'];

/** Conditions and the values that they stand for. */
const collect = () => {
  const values: SqlValue[] = [];
  const put = (value: SqlValue): string => `$${values.push(value)}`;
  return { values, put };
};

const within = (family: Family, { first, last }: Range, put: (value: SqlValue) => string): string => {
  const { type, write } = family.leaseAddress;
  const table = family.tables.leases;
  return `${table}.address BETWEEN ${put(write(first))}::${type} AND ${put(write(last))}::${type}`;
};

const conditionsOf = (family: Family, selection: LeaseSelection, put: (value: SqlValue) => string): string[] => {
  const { type, subnetIds, notSubnetIds, hwAddress, clientId, duid, hostname, hostnamePrefix, now } = selection;
  const bytes = (text: string): string => `${put(Buffer.from(text.replaceAll(':', ''), 'hex'))}::bytea`;
  const states = someStates(selection);
  const time = states?.some((state) => TIMED.includes(state)) === true ? `to_timestamp(${put(now)}::float8)` : '';
  return [
    ...(type === undefined || family.version === 4 ? [] : [`lease_type ${type === 'Prefix' ? '=' : '<>'} 2`]),
    ...(subnetIds === undefined ? [] : [`subnet_id = ANY(${put([...subnetIds])}::bigint[])`]),
    ...(notSubnetIds === undefined ? [] : [`subnet_id <> ALL(${put([...notSubnetIds])}::bigint[])`]),
    ...(hwAddress === undefined ? [] : [`hwaddr = ${bytes(hwAddress)}`]),
    ...(clientId === undefined ? [] : [`client_id = ${bytes(clientId)}`]),
    ...(duid === undefined ? [] : [`duid = ${bytes(duid)}`]),
    ...(hostname === undefined ? [] : [`lower(hostname) = ${put(hostname)}::text`]),
    ...(hostnamePrefix === undefined ? [] : [`starts_with(lower(hostname), ${put(hostnamePrefix)}::text)`]),
    ...(states === undefined ? [] : [`(${states.map((state) => STATES[state](time)).join(' OR ')})`]),
  ];
};

/** Leases of the selection in the order of their addresses, within the bounds. */
export const selectStatement = (
  family: Family,
  columns: string,
  selection: LeaseSelection,
  bounds: Range,
  limit: number,
): Statement => {
  const { values, put } = collect();
  const table = family.tables.leases;
  const where = [within(family, bounds, put), ...conditionsOf(family, selection, put)].join(' AND ');
  // An expression that is in no index: the leases of an identifier are found by its own, and then sorted.
  const order = wayOf(family, selection) === 'Few' ? `${table}.address + 0` : `${table}.address`;
  const text = `SELECT ${columns} FROM ${table} WHERE ${where} ORDER BY ${order} LIMIT ${put(limit)}::int`;
  return { text, values };
};

/** The same among the first leases within the bounds alone: of what most leases are it fills a page at once. */
export const firstStatement = (
  family: Family,
  columns: string,
  selection: LeaseSelection,
  bounds: Range,
  limit: number,
  among: number,
): Statement => {
  const { values, put } = collect();
  const table = family.tables.leases;
  const first = `SELECT * FROM ${table} WHERE ${within(family, bounds, put)} ORDER BY ${table}.address LIMIT ${put(among)}::int`;
  const where = ['true', ...conditionsOf(family, selection, put)].join(' AND ');
  const text = `SELECT ${columns} FROM (${first}) AS ${table} WHERE ${where} ORDER BY ${table}.address LIMIT ${put(limit)}::int`;
  return { text, values };
};

/** The address that ends a part of so many leases; no row: there are no more than that. */
export const partStatement = (family: Family, bounds: Range, leases: number): Statement => {
  const { values, put } = collect();
  const table = family.tables.leases;
  const text = `SELECT ${family.leaseAddress.toText(`${table}.address`)} AS address FROM ${table}
    WHERE ${within(family, bounds, put)} ORDER BY ${table}.address OFFSET ${put(leases - 1)}::int LIMIT 1`;
  return { text, values };
};
