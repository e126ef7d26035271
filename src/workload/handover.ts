/** Moves scopes between the servers of a pair (scopes.ts says which). */
import { type KeaClient, KeaRefused, KeaUnreachable } from '../kea/client.ts';
import type { CommandName, Commands, KeaStatus } from '../kea/commands.ts';
import { isAtWork, scopesAnswered } from '../kea/ha.ts';
import { type Clock, sleep } from '../runtime/clock.ts';
import { scopeChanges, type ScopeHolder } from './scopes.ts';
import type { ServerContact } from './standing.ts';
import type { Topology } from './topology.ts';

export type Contacts = ReadonlyMap<string, ServerContact>;

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
): Promise<void> => {
  const end = clock.monotonic() + WATCH_MS;
  while (clock.monotonic() < end) {
    const now = await Promise.all(holders.map((holder) => lookAgain(holder, contacts, signal)));
    const moved = await moveScopes(now, contacts, signal);
    const settled = now.every(({ role, status }) => role === 'backup' || (status !== undefined && isAtWork(status)));
    if (settled && moved.length === 0) return;
    await sleep(clock, WATCH_EVERY_MS, signal);
  }
};

const lookAgain = async (
  { status: _, leaving: __, ...holder }: ScopeHolder,
  contacts: Contacts,
  signal?: AbortSignal,
): Promise<ScopeHolder> => {
  const status = await statusOf(contacts.get(holder.name), signal);
  return { ...holder, ...(status === undefined ? {} : { status }) };
};

const statusOf = async (contact: ServerContact | undefined, signal?: AbortSignal): Promise<KeaStatus | undefined> => {
  try {
    return await contact?.client.call('status-get', undefined, signal);
  } catch (error) {
    if (!(error instanceof KeaRefused || error instanceof KeaUnreachable)) throw error;
    return undefined;
  }
};

/** The servers whose clients somebody has to answer. */
const scopesOf = ({ servers }: Topology): readonly string[] =>
  servers.filter(({ role }) => role === 'primary' || role === 'secondary').map(({ name }) => name);

/**
 * Ends the maintenance in which a server covers for its partner. It would give the partner's scope up at once, while that takes it up with its
 * next heartbeat: so it keeps all of them until the partner is at work.
 */
export const endMaintenance = async (covering: KeaClient, topology: Topology, signal?: AbortSignal): Promise<void> => {
  await tryCommand(covering, 'ha-maintenance-cancel', undefined, signal);
  await tryCommand(covering, 'ha-scopes', { 'server-name': covering.name, scopes: scopesOf(topology) }, signal);
};

/** Lets a server answer these scopes at once, whatever it waits for: its HA hook would wait for its partner first, up to a minute. */
export const giveScopes = async (
  name: string,
  { client }: ServerContact,
  scopes: readonly string[],
  signal?: AbortSignal,
): Promise<void> => {
  if (scopes.length === 0) return;
  if (await tryCommand(client, 'ha-scopes', { 'server-name': name, scopes }, signal)) {
    await tryCommand(client, 'dhcp-enable', { 'origin-id': HA_ORIGIN }, signal);
  }
};

/**
 * The scopes that a server has to take up by itself once it is configured: those of the pair that no other server answers. Where another one is
 * not heard of and may run it is not known what it answers; then those alone that this one had.
 */
export const orphanedScopes = async (
  name: string,
  topology: Topology,
  holders: readonly ScopeHolder[],
  contacts: Contacts,
  signal?: AbortSignal,
): Promise<readonly string[]> => {
  const taken = new Set<string>();
  let blind = false;
  for (const other of holders) {
    if (other.name === name || other.role === 'backup' || other.down === true) continue;
    const status = await statusOf(contacts.get(other.name), signal);
    blind ||= status === undefined;
    for (const scope of status === undefined ? [] : scopesAnswered(status, other.name)) taken.add(scope);
  }
  const before = contacts.get(name)?.status;
  const had = before === undefined ? [] : scopesAnswered(before, name);
  return scopesOf(topology).filter((scope) => !taken.has(scope) && (!blind || had.includes(scope)));
};
