/** Moves scopes between the servers of a pair (scopes.ts says which). */
import { hasScope } from '../api/roles.ts';
import { type KeaClient, KeaRefused, KeaUnreachable } from '../kea/client.ts';
import type { CommandName, Commands, KeaStatus } from '../kea/commands.ts';
import { isAtWork, scopesAnswered } from '../kea/ha.ts';
import { refuses } from '../kea/refuses.ts';
import { type Clock, sleep } from '../runtime/clock.ts';
import type { ServerContact } from './convergence.ts';
import { scopeChanges, type ScopeHolder } from './scopes.ts';
import type { PairServer, Topology } from './topology.ts';

export type Contacts = ReadonlyMap<string, ServerContact>;

/** What is known of a pair's servers when one of them is to be given clients. */
export interface KnownServers {
  readonly topology: Topology;
  readonly holders: readonly ScopeHolder[];
  readonly contacts: Contacts;
}

/** Origin of the HA hook in dhcp-enable: it is the hook that disables a server while it begins anew. */
export const HA_ORIGIN = 1000;

/** A command that helps where it works, and where it does not leaves things as they are. */
export const tryCommand = async <Name extends CommandName>(
  client: KeaClient,
  command: Name,
  args: Commands[Name]['args'],
  signal?: AbortSignal,
): Promise<boolean> => {
  try {
    await client.call(command, args, signal);
    return true;
  } catch (error) {
    if (!(error instanceof KeaRefused || error instanceof KeaUnreachable)) throw error;
    return false;
  }
};

/**
 * Whether a server that asks another at its HA port hears of it at once, be it that nobody listens there. Else Kea does nothing else for 10 s, as while
 * `ha-maintenance-start` tells the partner of it.
 * @param contact Absent where the other does not answer in this pass.
 */
export const isHeardAtOnce = async (
  { address }: Pick<PairServer, 'address'>,
  { haPort }: Pick<Topology, 'haPort'>,
  contact?: ServerContact,
): Promise<boolean> => contact !== undefined || (await refuses(address, haPort));

/** Moves what has to be moved, who gains before who loses; gives the names of the servers that now have others' scopes or not their own. */
export const moveScopes = async (
  holders: readonly ScopeHolder[],
  contacts: Contacts,
  signal?: AbortSignal,
): Promise<readonly string[]> => {
  const changes = scopeChanges(holders).toSorted((a, b) => b.scopes.length - a.scopes.length);
  for (const { server, scopes } of changes) {
    const client = contacts.get(server)?.client;
    if (client !== undefined) await tryCommand(client, 'ha-scopes', { 'server-name': server, scopes }, signal);
  }
  return changes.map(({ server }) => server);
};

/** The servers, with one about to be without service. */
export const leaving = (holders: readonly ScopeHolder[], name: string): readonly ScopeHolder[] =>
  holders.map((holder) => (holder.name === name ? { ...holder, leaving: true } : holder));

/** The servers, one of which runs no more. */
export const gone = (holders: readonly ScopeHolder[], name: string): readonly ScopeHolder[] =>
  holders.map((holder) => {
    if (holder.name !== name) return holder;
    const { status: _, ...rest } = holder;
    return { ...rest, down: true };
  });

/** A server ends within a second of its pod's deletion. */
const ENDED_MS = 3000;

/** Waits a moment until a server whose pod was deleted answers no more. */
export const ended = async (contact: ServerContact | undefined, clock: Clock, signal?: AbortSignal): Promise<void> => {
  const end = clock.monotonic() + ENDED_MS;
  while (clock.monotonic() < end && (await askStatus(contact, signal)) !== undefined) {
    await sleep(clock, WATCH_EVERY_MS, signal);
  }
};

/** How long the partner of a server that takes a configuration is looked after: the HA hook begins anew in two seconds, as a rule. */
const WATCH_MS = 10_000;
const WATCH_EVERY_MS = 50;

/**
 * Keeps every scope with a server that answers while one of them begins anew: Kea sets the scopes of the other anew with each change of its
 * state. Ends when all are at work with what is their own.
 */
export const watchScopes = async (
  holders: readonly ScopeHolder[],
  contacts: Contacts,
  clock: Clock,
  signal?: AbortSignal,
  limitMs = WATCH_MS,
): Promise<void> => {
  const end = clock.monotonic() + limitMs;
  while (clock.monotonic() < end) {
    const now = await Promise.all(holders.map((holder) => lookAgain(holder, contacts, signal)));
    const moved = await moveScopes(now, contacts, signal);
    const settled = now.every(
      ({ role, status, down }) => role === 'backup' || (status === undefined ? down === true : isAtWork(status)),
    );
    if (settled && moved.length === 0) return;
    await sleep(clock, WATCH_EVERY_MS, signal);
  }
};

const lookAgain = async (
  { status: _, leaving: __, ...holder }: ScopeHolder,
  contacts: Contacts,
  signal?: AbortSignal,
): Promise<ScopeHolder> => {
  const status = await askStatus(contacts.get(holder.name), signal);
  return { ...holder, ...(status === undefined ? {} : { status }) };
};

export const askStatus = async (
  contact: ServerContact | undefined,
  signal?: AbortSignal,
): Promise<KeaStatus | undefined> => {
  try {
    return await contact?.client.call('status-get', undefined, signal);
  } catch (error) {
    if (!(error instanceof KeaRefused || error instanceof KeaUnreachable)) throw error;
    return undefined;
  }
};

/** The servers whose clients somebody has to answer. */
const scopesOf = ({ servers }: Topology): readonly string[] =>
  servers.filter(({ role }) => hasScope(role)).map(({ name }) => name);

/**
 * Ends the maintenance in which a server covers for its partner. It would give the partner's scope up at once, while that takes it up with its
 * next heartbeat: so it keeps all of them until the partner is at work.
 */
export const endMaintenance = async (covering: KeaClient, topology: Topology, signal?: AbortSignal): Promise<void> => {
  await tryCommand(covering, 'ha-maintenance-cancel', undefined, signal);
  await tryCommand(covering, 'ha-scopes', { 'server-name': covering.name, scopes: scopesOf(topology) }, signal);
};

/** Lets a server answer these scopes at once, whatever it waits for: its HA hook would wait for its partner first, up to a minute. */
const giveScopes = async (
  name: string,
  { client }: ServerContact,
  scopes: readonly string[],
  signal?: AbortSignal,
): Promise<void> => {
  if (await tryCommand(client, 'ha-scopes', { 'server-name': name, scopes }, signal)) {
    await tryCommand(client, 'dhcp-enable', { 'origin-id': HA_ORIGIN }, signal);
  }
};

/**
 * Lets a server that has just begun anew serve alone what no other does. Where its partner does not run the server is told so: Kea's `ha-maintenance-start`
 * then ends in `partner-down`. In `waiting`, with its service open, it would stay as long as its clients are content, and a partner that comes would not
 * hear of the leases that are given out between its fetching them and the first heartbeat.
 * @returns Who has to fetch leases once the two work together.
 */
export const serveAlone = async (
  name: string,
  known: KnownServers,
  signal?: AbortSignal,
): Promise<readonly string[]> => {
  const { topology, holders, contacts } = known;
  const contact = contacts.get(name);
  const scopes = contact === undefined ? [] : await orphanedScopes(name, known, signal);
  if (contact === undefined || scopes.length === 0) return [];
  await giveScopes(name, contact, scopes, signal);
  const isDown = (server: PairServer): boolean => holders.find((holder) => holder.name === server.name)?.down === true;
  const partners = topology.servers.filter((server) => server.name !== name && server.role !== 'backup');
  const gone = await Promise.all(
    partners.map(async (server) => isDown(server) && (await isHeardAtOnce(server, topology))),
  );
  const alone = gone.length > 0 && gone.every(Boolean);
  if (alone && (await tryCommand(contact.client, 'ha-maintenance-start', undefined, signal))) return [];
  return partners.map((server) => server.name);
};

/**
 * The scopes that a server has to take up by itself once it is configured: those of the pair that no other server answers. Where another one is
 * not heard of and may run it is not known what it answers; then those alone that this one had.
 */
const orphanedScopes = async (
  name: string,
  { topology, holders, contacts }: KnownServers,
  signal?: AbortSignal,
): Promise<readonly string[]> => {
  const taken = new Set<string>();
  let blind = false;
  for (const other of holders) {
    if (other.name === name || other.role === 'backup' || other.down === true) continue;
    const status = await askStatus(contacts.get(other.name), signal);
    blind ||= status === undefined;
    for (const scope of status === undefined ? [] : scopesAnswered(status, other.name)) taken.add(scope);
  }
  const before = contacts.get(name)?.status;
  const had = before === undefined ? [] : scopesAnswered(before, name);
  return scopesOf(topology).filter((scope) => !taken.has(scope) && (!blind || had.includes(scope)));
};
