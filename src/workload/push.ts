import { type KeaClient, KeaRefused, KeaUnreachable } from '../kea/client.ts';
import type { KeaStatus } from '../kea/commands.ts';
import type { ServerConfig } from './serverConfig.ts';
import { bootstrapOf } from './storedBootstrap.ts';

/** What became of a configuration that was sent. */
export type PushOutcome =
  | { readonly kind: 'configured' }
  /** Its files have not reached the pod yet: the kubelet brings them within a minute or two. */
  | { readonly kind: 'filesPending'; readonly message: string }
  /** config-test said no: nothing was changed. */
  | { readonly kind: 'refused'; readonly message: string }
  /** config-set failed. `restored`: the server has its former configuration again; otherwise it may be serving nobody. */
  | { readonly kind: 'failed'; readonly restored: boolean; readonly message: string };

/** What a server is known to run, and of which process that is known. */
export interface KnownBootstrap {
  readonly pid: number;
  /** When it started and when it was last configured, ms since 1970: from whole seconds of Kea's answer. */
  readonly startedAt: number;
  readonly configuredAt: number;
  /** Undefined: it runs a configuration that is not the operator's. */
  readonly digest?: string;
}

/** Whole seconds, cut off, on two clocks that run alike, and the time of an answer. */
const TOLERANCE_MS = 1500;
const near = (a: number, b: number): boolean => Math.abs(a - b) <= TOLERANCE_MS;

/** Identity of a server's process and of its last config-set, as status-get tells it in 0.2 ms; a pull does not change it. */
const identityOf = (status: KeaStatus, now: number): Omit<KnownBootstrap, 'digest'> => ({
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
  const { Dhcp4 } = await client.call('config-get', undefined, signal);
  const digest = bootstrapOf(Dhcp4);
  return { ...identity, ...(digest === undefined ? {} : { digest }) };
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
    // The one file that config-test opens is the password's, and all files come at once (bootstrapFiles.ts).
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
  const known = { 'interfaces-config': former.Dhcp4['interfaces-config'] };
  return testBootstrap(client, { Dhcp4: { ...config.Dhcp4, ...known } }, signal);
};

/**
 * Sends a configuration to a running server: config-test, then config-set.
 *
 * @param former What it runs now, to go back to: when config-set fails half-way Kea loses its HA hook, or its sockets while it says
 * that they are ready.
 * @throws KeaUnreachable when it does not answer; what it runs is then not known.
 */
export const pushBootstrap = async (
  client: KeaClient,
  config: ServerConfig,
  former: ServerConfig | undefined,
  signal?: AbortSignal,
): Promise<PushOutcome> => {
  const objection = await testForSet(client, config, former, signal);
  if (objection !== undefined) return objection;
  try {
    await client.call('config-set', config, signal);
    return { kind: 'configured' };
  } catch (error) {
    if (!(error instanceof KeaRefused)) throw error;
    const restored = former !== undefined && (await goBack(client, former, signal));
    return { kind: 'failed', restored, message: error.text };
  }
};

const goBack = async (client: KeaClient, former: ServerConfig, signal?: AbortSignal): Promise<boolean> => {
  try {
    await client.call('config-set', former, signal);
    return true;
  } catch (error) {
    if (error instanceof KeaRefused || error instanceof KeaUnreachable) return false;
    throw error;
  }
};
