/** The roles of a pair's servers: what the specification says, or leaves to their order. */
import type { HAPairSpec, ServerSpec } from './haPair.ts';

export type ServerRole = NonNullable<ServerSpec['role']>;

/** Roles are given to all servers or to none; without, the first is the primary, the second its partner, and further ones are backups. */
export const roleOf = ({ role }: Pick<ServerSpec, 'role'>, index: number, mode: HAPairSpec['mode']): ServerRole => {
  if (role !== undefined) return role;
  if (index === 0) return 'Primary';
  if (index > 1) return 'Backup';
  return mode === 'LoadBalancing' ? 'Secondary' : 'Standby';
};

/**
 * The scopes of a pair, each named after the server whose clients it is: those of the primary, and with load balancing those of the secondary.
 * Every one of them has to be answered by some server.
 */
export const scopesOf = ({
  mode,
  servers,
}: {
  readonly mode: HAPairSpec['mode'];
  readonly servers: readonly Pick<ServerSpec, 'name' | 'role'>[];
}): readonly string[] =>
  (['Primary', 'Secondary'] as const).flatMap((role) =>
    servers.filter((server, index) => roleOf(server, index, mode) === role).map(({ name }) => name),
  );
