/** Gives a running server a configuration by config-set. */
import { type KeaClient, KeaRefused, KeaUnreachable } from '../../kea/client.ts';
import type { KeaStatus } from '../../kea/commands.ts';
import { contentOf } from '../../kea/json.ts';
import type { CarriedRows } from '../carriedRows.ts';
import { carrying } from './config.ts';
import type { ServerConfig } from './digest.ts';
import { bootstrapOf } from './stored.ts';

/** What became of a configuration that was sent. */
export type PushOutcome =
  | { readonly kind: 'configured' }
  /** It runs the configuration with the rows that were given to it, as it does not find those of its database. */
  | { readonly kind: 'carried'; readonly message: string }
  /** Its files have not reached the pod yet: the kubelet brings them within a minute or two. */
  | { readonly kind: 'filesPending'; readonly message: string }
  /** config-test said no: nothing was changed. */
  | { readonly kind: 'refused'; readonly message: string }
  /** config-set failed. `restored`: it serves with its former configuration and the rows that were given to it; otherwise it may serve nobody. */
  | { readonly kind: 'failed'; readonly restored: boolean; readonly message: string };

/** What a server is known to run, and of which process that is known. */
export interface KnownBootstrap {
  readonly pid: number;
  /** When it started and when it was last configured, ms since 1970: from whole seconds of Kea's answer. */
  readonly startedAt: number;
  readonly configuredAt: number;
  /** Undefined: it runs a configuration that is not the operator's. */
  readonly digest?: string;
  /** It has its rows from the operator: changes reach it by live commands only, and it does not read the database. */
  readonly carried: boolean;
}

/** Whole seconds, cut off, on two clocks that run alike, and the time of an answer. */
const TOLERANCE_MS = 1500;
const near = (a: number, b: number): boolean => Math.abs(a - b) <= TOLERANCE_MS;

/** Identity of a server's process and of its last config-set, as status-get tells it in 0.2 ms; a pull does not change it. */
const identityOf = (status: KeaStatus, now: number): Omit<KnownBootstrap, 'digest' | 'carried'> => ({
  pid: status.pid,
  startedAt: now - status.uptime * 1000,
  configuredAt: now - status.reload * 1000,
});

/**
 * Which bootstrap configuration a server runs. Only config-get shows it, and that takes 0.4 s at 10,000 subnets, so what is known
 * of the same process and the same config-set is taken instead.
 */
export const runningBootstrap = async (
  client: KeaClient,
  status: KeaStatus,
  known: KnownBootstrap | undefined,
  now: number,
  signal?: AbortSignal,
): Promise<KnownBootstrap> => {
  const identity = identityOf(status, now);
  const same =
    known?.pid === identity.pid &&
    near(known.startedAt, identity.startedAt) &&
    near(known.configuredAt, identity.configuredAt);
  if (same) return known;
  const configuration = await client.call('config-get', undefined, signal);
  const found = bootstrapOf(configuration[client.family.json.root]);
  return { ...identity, carried: found?.carried === true, ...(found === undefined ? {} : { digest: found.digest }) };
};

type Objection = Extract<PushOutcome, { kind: 'filesPending' | 'refused' }>;

/** Asks a server whether it would take a configuration; changes nothing. */
export const testBootstrap = async (
  client: KeaClient,
  config: ServerConfig,
  signal?: AbortSignal,
): Promise<Objection | undefined> => {
  try {
    await client.call('config-test', config, signal);
    return undefined;
  } catch (error) {
    if (!(error instanceof KeaRefused)) throw error;
    // The one file that config-test opens is the password's, and all files come at once (files.ts).
    const kind = error.text.includes('Expected a file at path') ? 'filesPending' : 'refused';
    return { kind, message: error.text };
  }
};

const UNKNOWN_INTERFACE = /interface '[^']*' doesn't exist in the system/;

/**
 * As testBootstrap, for a configuration that comes by config-set: that looks for the node's interfaces anew, where config-test knows
 * those only that were there when the server last looked. With one that it does not know all else is tried.
 */
const testForSet = async (
  client: KeaClient,
  config: ServerConfig,
  former: ServerConfig | undefined,
  signal?: AbortSignal,
): Promise<Objection | undefined> => {
  const objection = await testBootstrap(client, config, signal);
  if (objection === undefined || former === undefined || !UNKNOWN_INTERFACE.test(objection.message)) return objection;
  const { family } = client;
  const known = { 'interfaces-config': contentOf(family, former)['interfaces-config'] };
  return testBootstrap(client, { [family.json.root]: { ...contentOf(family, config), ...known } }, signal);
};

/** What a server is to hold once it has a configuration. */
export interface Ground {
  /** Ids of the subnets that it finds in its database; undefined: that cannot be read. */
  readonly subnets: ReadonlySet<number> | undefined;
  /** The same to be given to it; undefined: nothing is known of them. */
  readonly given: CarriedRows | undefined;
}

/**
 * Sends a configuration to a running server: config-test, then config-set, and looks whether the subnets are there. Kea reads its database anew
 * at a config-set, and answers that all is well where it could not. A server that lacks subnets gets them with the configuration at once, as does
 * one whose config-set fails half-way: that leaves Kea without its HA hook, its leases, or its sockets, while it says that they are ready.
 *
 * @param former What it runs now, to go back to.
 * @throws KeaUnreachable when it does not answer; what it runs is then not known.
 */
export const pushBootstrap = async (
  client: KeaClient,
  config: ServerConfig,
  former: ServerConfig | undefined,
  { subnets, given }: Ground,
  signal?: AbortSignal,
): Promise<PushOutcome> => {
  const objection = await testForSet(client, config, former, signal);
  if (objection !== undefined) return objection;
  const carry = async (why: string): Promise<PushOutcome> => {
    if (given === undefined) return { kind: 'failed', restored: false, message: why };
    await client.call('config-set', carrying(client.family, config, given), signal);
    return { kind: 'carried', message: why };
  };
  try {
    if (subnets === undefined) return await carry('its database cannot be read');
    await client.call('config-set', config, signal);
    const missing = await countMissing(client, subnets, signal);
    if (missing === 0) return { kind: 'configured' };
    return await carry(`it did not find ${missing} of ${subnets.size} subnets in its database`);
  } catch (error) {
    if (!(error instanceof KeaRefused)) throw error;
    const restored = former !== undefined && (await goBack(client, former, given, signal));
    return { kind: 'failed', restored, message: error.text };
  }
};

const countMissing = async (client: KeaClient, wanted: ReadonlySet<number>, signal?: AbortSignal): Promise<number> => {
  const found = (await client.call(client.family.commands.subnetList, undefined, signal))?.subnets ?? [];
  return wanted.difference(new Set(found.map(({ id }) => id))).size;
};

/** Not to the database: a row in it may be what the configuration failed at. */
const goBack = async (
  client: KeaClient,
  former: ServerConfig,
  given: CarriedRows | undefined,
  signal?: AbortSignal,
): Promise<boolean> => {
  try {
    await client.call('config-set', given === undefined ? former : carrying(client.family, former, given), signal);
    return true;
  } catch (error) {
    if (error instanceof KeaRefused || error instanceof KeaUnreachable) return false;
    throw error;
  }
};
