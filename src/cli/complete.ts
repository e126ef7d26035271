/** What may stand for the last word of a command line. The answer has a line each and ends with `:4`, or `:0` where files are meant, as kubectl takes it. */
import type { Command, Option } from 'commander';
import { HAPAIRS, SHARED_NETWORKS, SUBNETS } from '../api/resources.ts';
import { isAddress } from '../kea/address.ts';
import { LEASE_TYPES } from '../leases/selection.ts';
import { SHOWN_STATES } from '../leases/shownState.ts';
import { legible } from '../runtime/legible.ts';
import type { KubeObject } from '../runtime/object.ts';
import type { Resource } from '../runtime/resource.ts';
import { LEASE_OBJECTS } from './lease.ts';
import type { CliSession, ConnectFlags } from './session.ts';

/** What the cluster is asked for. */
export type CandidateSource = 'leases' | 'pairs' | 'subnets' | 'sharedNetworks' | 'namespaces' | 'contexts';

export interface Candidate {
  readonly word: string;
  readonly about?: string;
}

export interface Completion {
  readonly candidates: readonly Candidate[];
  /** Further ones, of the cluster. */
  readonly source?: CandidateSource;
  readonly areFiles?: boolean;
  /** What the line says of the cluster. */
  readonly flags: ConnectFlags;
  readonly partial: string;
  /** What stands before each candidate: `--subnet=`, or the names before a comma. */
  readonly before: string;
}

const VALUES: Readonly<Record<string, Pick<Completion, 'source' | 'areFiles'> | readonly string[]>> = {
  namespace: { source: 'namespaces' },
  context: { source: 'contexts' },
  kubeconfig: { areFiles: true },
  file: { areFiles: true },
  pair: { source: 'pairs' },
  subnet: { source: 'subnets' },
  sharedNetwork: { source: 'sharedNetworks' },
  family: ['4', '6'],
  state: SHOWN_STATES,
  type: LEASE_TYPES,
};
/** Of those a list with commas may be given. */
const LISTS = ['pair', 'subnet', 'sharedNetwork', 'state', 'type'];

const ARGUMENTS: Readonly<Record<string, CandidateSource>> = {
  show: 'leases',
  release: 'leases',
  reserve: 'leases',
  find: 'subnets',
};

/** @param words Those after the program's name; the last is the one to complete, and may be empty. */
export const completionOf = (program: Command, words: readonly string[]): Completion => {
  const partial = words.at(-1) ?? '';
  let command = program;
  let option: Option | undefined;
  const values: Record<string, string> = {};
  for (const word of words.slice(0, -1)) {
    if (option !== undefined) {
      values[option.attributeName()] = word;
      option = undefined;
      continue;
    }
    if (word.startsWith('-')) {
      const [name = '', value] = word.split(/=(.*)/s);
      const known = command.options.find(({ long, short }) => long === name || short === name);
      if (known === undefined || known.isBoolean() || !known.required) continue;
      if (value === undefined) option = known;
      else values[known.attributeName()] = value;
      continue;
    }
    command = command.commands.find((candidate) => candidate.name() === word) ?? command;
  }
  const flags: ConnectFlags = Object.fromEntries(
    ['kubeconfig', 'context', 'namespace'].flatMap((name) => {
      const value = values[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
  const [long = '', given] = partial.startsWith('--') ? partial.split(/=(.*)/s) : [];
  const inWord = given === undefined ? undefined : command.options.find((candidate) => candidate.long === long);
  const valued = option ?? inWord;
  if (valued !== undefined)
    return valueCompletion(
      valued,
      given === undefined || option !== undefined ? partial : given,
      flags,
      option === undefined ? `${long}=` : '',
    );
  if (partial.startsWith('-')) return { candidates: optionsOf(command), flags, partial, before: '' };
  const commands = command.commands.map((one) => ({ word: one.name(), about: one.description() }));
  const [argument] = command.registeredArguments;
  const source = ARGUMENTS[command.name()];
  const choices = (argument?.argChoices ?? []).map((word) => ({ word }));
  return {
    candidates: [...commands, ...choices],
    flags,
    partial,
    before: '',
    ...(source === undefined ? {} : { source }),
  };
};

const optionsOf = (command: Command): readonly Candidate[] => [
  ...command.options.flatMap(({ long, description }) =>
    long === undefined ? [] : [{ word: long, about: description }],
  ),
  { word: '--help' },
];

const valueCompletion = (option: Option, given: string, flags: ConnectFlags, start: string): Completion => {
  const name = option.attributeName();
  const comma = LISTS.includes(name) ? given.lastIndexOf(',') + 1 : 0;
  const [before, partial] = [start + given.slice(0, comma), given.slice(comma)];
  const values = option.argChoices ?? VALUES[name] ?? [];
  return Array.isArray(values)
    ? { candidates: (values as readonly string[]).map((word) => ({ word })), flags, partial, before }
    : { candidates: [], flags, partial, before, ...(values as Pick<Completion, 'source' | 'areFiles'>) };
};

/** So many leases are offered: more than a person looks at. */
const OFFERED = 100;

/** The names that the cluster has. */
export const candidatesOf = async (
  session: CliSession,
  source: CandidateSource,
  partial: string,
): Promise<readonly Candidate[]> => {
  const { client, namespace } = session;
  const names = async (resource: Resource, where: string | undefined): Promise<readonly Candidate[]> => {
    const { items } = await client.list(resource, { namespace: where, limit: 1_000 });
    return items.map(({ metadata }) => ({ word: metadata.name }));
  };
  switch (source) {
    case 'leases': {
      const within = prefixOf(partial);
      const fieldSelector = within === undefined ? undefined : `spec.address=${within}`;
      const { items } = await client.list(LEASE_OBJECTS, { namespace, limit: OFFERED, fieldSelector });
      return items.map((lease) => ({ word: lease.metadata.name, about: aboutOf(lease) }));
    }
    case 'pairs':
      return names(HAPAIRS, namespace);
    case 'subnets':
      return names(SUBNETS, namespace);
    case 'sharedNetworks':
      return names(SHARED_NETWORKS, namespace);
    case 'namespaces':
      return names({ group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace', namespaced: false }, undefined);
    case 'contexts':
      return client.connection.kubeConfig.getContexts().map(({ name }) => ({ word: name }));
  }
};

/** Where the whole numbers that are there already lead: `10.7.` is in 10.7.0.0/16. */
const prefixOf = (partial: string): string | undefined => {
  const octets = partial.split('.').slice(0, -1);
  const address = [...octets, '0', '0', '0', '0'].slice(0, 4).join('.');
  return octets.length === 0 || !isAddress(address) ? undefined : `${address}/${octets.length * 8}`;
};

const aboutOf = (lease: KubeObject): string => {
  const { hostname, hwAddress, duid } = (lease.spec ?? {}) as Readonly<Record<string, unknown>>;
  return [hostname, hwAddress, duid].find((text) => typeof text === 'string' && text !== '')?.toString() ?? '';
};

/** @param found Candidates, those of the cluster among them. */
export const completionText = ({ partial, before, areFiles }: Completion, found: readonly Candidate[]): string => {
  const fitting = found.filter(({ word }) => word.startsWith(partial));
  const lines = fitting.map(({ word, about }) =>
    about === undefined || about === '' ? `${before}${word}` : `${before}${word}\t${oneLine(about)}`,
  );
  return `${[...lines, areFiles === true ? ':0' : ':4'].join('\n')}\n`;
};

const oneLine = (text: string): string => legible(text, 80);
