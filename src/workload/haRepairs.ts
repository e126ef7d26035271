/** Puts right what Kea's HA hook leaves as it is: a survivor that is silent, and servers that were not told of leases. */
import type { KeaStatus } from '../kea/commands.ts';
import { answersScopes, haStateOf, isCutOff, isInState, isSettled, waitsForConsent } from '../kea/ha.ts';
import type { Clock } from '../runtime/clock.ts';
import type { ServerContact, ServerMemory } from './convergence.ts';
import { askStatus, type Contacts, endMaintenance, HA_ORIGIN, isHeardAtOnce, tryCommand } from './handover.ts';
import type { ServerCondition } from './rollout.ts';
import type { Topology } from './topology.ts';

/** One command that a server is to be given. */
export type Repair =
  /** Let it answer its clients again. */
  | { readonly kind: 'enable'; readonly server: string; readonly owed: string }
  /** Let it serve without its partner, which has ended, and not wait for that one's consent to each lease. */
  | { readonly kind: 'takeOver'; readonly server: string; readonly partner: string }
  /** Let it fetch all leases from another. */
  | { readonly kind: 'fetch'; readonly server: string; readonly from: string };

export interface HaSettings {
  /** Whether each server keeps leases of its own: those in one database need not be fetched, and nobody waits for consent. */
  readonly ownLeases: boolean;
  /** How often a server asks its partner how it is, ms. */
  readonly heartbeatDelay: number;
}

/** A backup that has been up for longer has fetched them when it started. */
const RECENT_SECONDS = 600;
/** Kea tells whole seconds. */
const SAME_START_MS = 2000;

/**
 * What is to be repaired now.
 * - A server in `partner-down` whose partner has fetched its leases answers nobody until it reaches that partner (`ha-sync-complete-notify`). Where
 *   the way to it is cut that takes Kea 10 s at least. What it gives out from then on its partner has to fetch later, which no state of Kea sees to.
 * - A server whose partner ended misses it after `max-response-delay` only, and gives nobody a lease until then. A standby moreover counts the clients
 *   that nobody answers, and that are none once it has been given its partner's scope: it would wait for as long as the partner is away.
 * - A backup gets what changes from its start on, and never asks for what was there before.
 * @param now ms since 1970.
 */
export const haRepairs = (
  conditions: readonly ServerCondition[],
  memory: Pick<ServerMemory, 'owed' | 'fetched'>,
  settings: HaSettings,
  now: number,
): readonly Repair[] => {
  const { heartbeatDelay } = settings;
  const active = conditions.filter(({ role }) => role !== 'backup');
  const enables = active.flatMap(({ name, status, empty }): readonly Repair[] => {
    const partner = active.find((other) => other.name !== name);
    const isReady = partner?.status !== undefined && isInState(partner.status, 'ready');
    if (status === undefined || empty || !isReady || !waitsForConsent(status, heartbeatDelay)) return [];
    return [{ kind: 'enable', server: name, owed: partner.name }];
  });
  const takeOvers = settings.ownLeases ? survivors(active) : [];
  return [...enables, ...takeOvers, ...fetches(conditions, active, memory, settings, now)];
};

/** Servers that wait for the consent of a partner which has ended. */
const survivors = (active: readonly ServerCondition[]): readonly Repair[] =>
  active.flatMap(({ name, status, empty, leaseless }): readonly Repair[] => {
    const partner = active.find((other) => other.name !== name);
    const waits = status !== undefined && isSettled(haStateOf(status)) && answersScopes(status);
    if (!waits || empty || leaseless || partner?.down !== true || partner.status !== undefined) return [];
    return [{ kind: 'takeOver', server: name, partner: partner.name }];
  });

const fetches = (
  conditions: readonly ServerCondition[],
  active: readonly ServerCondition[],
  memory: Pick<ServerMemory, 'owed' | 'fetched'>,
  { ownLeases, heartbeatDelay }: HaSettings,
  now: number,
): readonly Repair[] => {
  const works = ({ status }: ServerCondition): boolean =>
    status !== undefined && isSettled(haStateOf(status)) && !isCutOff(status, heartbeatDelay);
  if (!ownLeases || active.length < 2 || !active.every(works)) return [];
  const repairs: Repair[] = [];
  for (const { name } of active) {
    const from = active.find((other) => other.name !== name);
    if (memory.owed.has(name) && from !== undefined) repairs.push({ kind: 'fetch', server: name, from: from.name });
  }
  // A standby has them all, and leaves nobody alone while they are fetched.
  const source = active.find(({ role }) => role !== 'primary') ?? active[0];
  for (const { name, role, status } of conditions) {
    if (role !== 'backup' || status === undefined || !isInState(status, 'backup') || source === undefined) continue;
    const known = Math.abs((memory.fetched.get(name) ?? 0) - startOf(status, now)) < SAME_START_MS;
    if (status.uptime < RECENT_SECONDS && !known) repairs.push({ kind: 'fetch', server: name, from: source.name });
  }
  return repairs;
};

const startOf = ({ uptime }: KeaStatus, now: number): number => now - uptime * 1000;

/** Who gives its leases answers nobody meanwhile: no longer than this, whatever becomes of who fetches them. */
const FETCH_SECONDS = 10;

interface RepairedPair {
  readonly conditions: readonly ServerCondition[];
  readonly contacts: Contacts;
  readonly memory: Pick<ServerMemory, 'owed' | 'fetched'>;
  readonly topology: Topology;
  readonly ownLeases: boolean;
}

/** Carries out the repairs; whether anything was done. What fails is tried again in the next pass. */
export const repairHa = async (
  { conditions, contacts, memory, topology, ownLeases }: RepairedPair,
  clock: Clock,
  signal?: AbortSignal,
): Promise<boolean> => {
  let done = false;
  const settings = { ownLeases, heartbeatDelay: topology.heartbeatDelay };
  for (const repair of haRepairs(conditions, memory, settings, clock.now())) {
    const contact = contacts.get(repair.server);
    if (contact === undefined) continue;
    const { client, status } = contact;
    if (repair.kind === 'enable') {
      if (!(await tryCommand(client, 'dhcp-enable', { 'origin-id': HA_ORIGIN }, signal))) continue;
      memory.owed.add(repair.owed);
    } else if (repair.kind === 'takeOver') {
      const partner = topology.servers.find(({ name }) => name === repair.partner);
      if (partner === undefined || !(await isHeardAtOnce(partner, topology))) continue;
      await takeOver(contact, topology, signal);
    } else {
      const args = { 'server-name': repair.from, 'max-period': FETCH_SECONDS };
      if (!(await tryCommand(client, 'ha-sync', args, signal))) continue;
      memory.owed.delete(repair.server);
      memory.fetched.set(repair.server, startOf(status, clock.now()));
    }
    done = true;
  }
  return done;
};

/** Lets a server serve alone: `ha-maintenance-start` ends in `partner-down` where the partner refuses the connection. Where it is back already nothing is to be changed. */
const takeOver = async (contact: ServerContact, topology: Topology, signal?: AbortSignal): Promise<void> => {
  await tryCommand(contact.client, 'ha-maintenance-start', undefined, signal);
  const after = await askStatus(contact, signal);
  if (after !== undefined && isInState(after, 'partner-in-maintenance'))
    await endMaintenance(contact.client, topology, signal);
};
