/**
 * Who of a pair answers whose clients. Kea's HA hook moves scopes by its own states and timers: it does not see closed sockets, missing
 * subnets, or a config-set under way. What it does not see is moved by the command ha-scopes, and moved back.
 */
import type { KeaRole } from '../api/roles.ts';
import type { KeaStatus } from '../kea/commands.ts';
import { answersScopes, haScopesOf, hasMovableScopes, isInCharge, localRoleOf } from '../kea/ha.ts';

/** One server as far as scopes are concerned. */
export interface ScopeHolder {
  readonly name: string;
  readonly role: KeaRole;
  /** Absent where it did not answer: unless it is known to be down nothing is known of it, and nothing is moved on its account. */
  readonly status?: KeaStatus;
  /** No process of it runs. */
  readonly down?: boolean;
  /** It holds no subnet where the pair has some. */
  readonly empty: boolean;
  /** It can give out no lease. */
  readonly leaseless: boolean;
  /** It is about to be without service. */
  readonly leaving?: boolean;
}

export interface ScopeChange {
  readonly server: string;
  readonly scopes: readonly string[];
}

const isMovable = ({ status }: ScopeHolder): boolean => status !== undefined && hasMovableScopes(status);

/** By the role that it runs with, which may not be the wanted one yet. */
const naturalScopes = ({ name, role, status }: ScopeHolder): readonly string[] =>
  (status === undefined ? role : localRoleOf(status)) === 'standby' ? [] : [name];

const canServe = ({ status, empty, leaseless, leaving }: ScopeHolder): boolean =>
  status !== undefined && !empty && !leaseless && leaving !== true && answersScopes(status);

/**
 * What has to be moved so that every scope is with a server that can answer its clients, and with no other. Where a server is not heard of and may
 * serve, or both are unable, everything stays.
 */
export const scopeChanges = (servers: readonly ScopeHolder[]): readonly ScopeChange[] => {
  const active = servers.filter(({ role }) => role !== 'backup');
  if (active.some(({ status, down }) => status === undefined && down !== true)) return [];
  return active.filter(isMovable).flatMap((server) => {
    const others = active.filter((other) => other !== server);
    const wanted = new Set(wantedScopes(server, others));
    const has = new Set(server.status && haScopesOf(server.status));
    return wanted.symmetricDifference(has).size === 0 ? [] : [{ server: server.name, scopes: [...wanted] }];
  });
};

const wantedScopes = (server: ScopeHolder, others: readonly ScopeHolder[]): readonly string[] => {
  const own = naturalScopes(server);
  if (!canServe(server)) return others.some((other) => canServe(other) && isMovable(other)) ? [] : own;
  return [...own, ...others.filter((other) => !canServe(other) && !hasAll(other)).flatMap(naturalScopes)];
};

const hasAll = ({ status }: ScopeHolder): boolean => status !== undefined && isInCharge(status);
