/** What a list asks for, and what of it each store has to find: a store that can have none of it is not asked. */
import { hash } from 'node:crypto';
import { type Range, single } from '../kea/address.ts';
import { IP_FAMILIES } from '../kea/families.ts';
import type { LeaseSourceOf } from '../leases/descriptor.ts';
import { LEASE_TYPES, type LeaseSelection, narrowed } from '../leases/selection.ts';
import { SHOWN_STATES } from '../leases/shownState.ts';
import type { FieldTerm } from './fieldSelector.ts';
import { labelOf, LABELS } from './labels.ts';
import { meets, type Requirement } from './labelSelector.ts';
import { placeInName } from './lease.ts';

export interface Selector {
  readonly labels: readonly Requirement[];
  readonly fields: readonly FieldTerm[];
}

/** A Subnet of a family of a pair, by Kea's id of it. */
export interface NamedSubnet {
  readonly id: number;
  readonly name: string;
  readonly sharedNetwork: string | undefined;
}

/** The Subnets of a family of a pair; asked for only where the selector speaks of them. */
export type SubnetsOf = (of: LeaseSourceOf) => readonly NamedSubnet[];

type Part = Partial<Omit<LeaseSelection, 'now'>>;

/** What a store has to find; undefined: it has nothing of it. */
export const selectionFor = (
  { labels, fields }: Selector,
  of: LeaseSourceOf,
  subnetsOf: SubnetsOf,
  now: number,
): LeaseSelection | undefined => {
  let selection: LeaseSelection | undefined = { now };
  const parts = [...fieldParts(fields, of, subnetsOf), labelPart(labels, of, subnetsOf)];
  for (const part of parts) selection = part && selection && narrowed(selection, part);
  return selection;
};

/** Whether leases of any kind are wanted. */
export const isEverything = ({ labels, fields }: Selector): boolean => labels.length + fields.length === 0;

/** The same for the same selection, in whatever order it was written. */
export const selectionDigest = ({ labels, fields }: Selector): string => {
  const terms = [
    ...labels.map(({ key, operator, values }) => ['label', key, operator, ...[...values].sort()]),
    ...fields.map((term) => ['field', ...Object.values<string | number | boolean | Range>(term).map(textOf)]),
  ].map((term) => JSON.stringify(term));
  return hash('sha256', [...new Set(terms)].sort().join('\n'), 'base64url').slice(0, 16);
};

/** A range is of big integers, which JSON has no word for. */
const textOf = (value: string | number | boolean | Range): string =>
  typeof value === 'object' ? `${value.first}-${value.last}` : String(value);

const fieldParts = (
  fields: readonly FieldTerm[],
  of: LeaseSourceOf,
  subnetsOf: SubnetsOf,
): readonly (Part | undefined)[] => fields.map((term) => fieldPart(term, of, subnetsOf));

const fieldPart = (term: FieldTerm, of: LeaseSourceOf, subnetsOf: SubnetsOf): Part | undefined => {
  const { version } = IP_FAMILIES[of.ipFamily];
  switch (term.field) {
    case 'name': {
      const place = placeInName(term.name);
      if (place?.of.version !== version) return undefined;
      const { address, prefixLength } = place;
      const range = single(address);
      return prefixLength === undefined ? { range, type: 'Address' } : { range, prefixLength };
    }
    case 'namespace':
      return term.namespace === of.namespace ? {} : undefined;
    case 'address':
      return term.version === version ? { range: term.range } : undefined;
    case 'haPair':
      return term.name === of.pair ? {} : undefined;
    case 'subnet':
      return {
        subnetIds: subnetsOf(of)
          .filter(({ name }) => name === term.name)
          .map(({ id }) => id),
      };
    case 'subnetId':
      return { subnetIds: [term.id] };
    case 'hwAddress':
    case 'clientId':
    case 'duid':
      return { [term.field]: term.bytes };
    case 'hostname':
      return term.isPrefix ? { hostnamePrefix: term.text } : { hostname: term.text };
    case 'state':
      return { states: [term.state] };
  }
};

const labelPart = (labels: readonly Requirement[], of: LeaseSourceOf, subnetsOf: SubnetsOf): Part | undefined => {
  if (labels.length === 0) return {};
  const requirements = Map.groupBy(labels, ({ key }) => key);
  const isMet = (key: string, value: string | undefined): boolean =>
    (requirements.get(key) ?? []).every((requirement) => meets(requirement, value));
  const known = new Set<string>(Object.values(LABELS));
  const constant =
    isMet(LABELS.pair, labelOf(of.pair)) &&
    isMet(LABELS.family, of.ipFamily) &&
    [...requirements.keys()].every((key) => known.has(key) || isMet(key, undefined));
  if (!constant) return undefined;
  const types = LEASE_TYPES.filter((type) => isMet(LABELS.type, type));
  const states = SHOWN_STATES.filter((state) => isMet(LABELS.state, state));
  const [type] = types;
  if (type === undefined || states.length === 0) return undefined;
  return {
    ...(types.length === 1 ? { type } : {}),
    ...(states.length === SHOWN_STATES.length ? {} : { states }),
    ...(requirements.has(LABELS.subnet) || requirements.has(LABELS.sharedNetwork)
      ? subnetPart(isMet, subnetsOf(of))
      : {}),
  };
};

/** Leases of ids that no Subnet has are without these labels. */
const subnetPart = (
  isMet: (key: string, value: string | undefined) => boolean,
  subnets: readonly NamedSubnet[],
): Part => {
  const isWanted = (subnet: string | undefined, network: string | undefined): boolean =>
    isMet(LABELS.subnet, labelOf(subnet)) && isMet(LABELS.sharedNetwork, labelOf(network));
  const [wanted, others]: [number[], number[]] = [[], []];
  for (const { id, name, sharedNetwork } of subnets) (isWanted(name, sharedNetwork) ? wanted : others).push(id);
  if (!isWanted(undefined, undefined)) return { subnetIds: wanted };
  return others.length === 0 ? {} : { notSubnetIds: others };
};
