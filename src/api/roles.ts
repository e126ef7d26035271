/**
 * The roles of a pair's servers and the modes in which these work together: the API's words, Kea's words for them, and what a role is that the
 * specification leaves open.
 */

const ROLE_TABLE = {
  Primary: { kea: 'primary', hasScope: true },
  Secondary: { kea: 'secondary', hasScope: true },
  Standby: { kea: 'standby', hasScope: false },
  Backup: { kea: 'backup', hasScope: false },
} as const satisfies Readonly<Record<string, { readonly kea: string; readonly hasScope: boolean }>>;

/** Without roles in the specification the servers have these, by their order, and further ones are backups. */
const MODE_TABLE = {
  Standalone: { kea: undefined, roles: ['Primary'] },
  HotStandby: { kea: 'hot-standby', roles: ['Primary', 'Standby'] },
  LoadBalancing: { kea: 'load-balancing', roles: ['Primary', 'Secondary'] },
} as const satisfies Readonly<
  Record<string, { readonly kea: string | undefined; readonly roles: readonly ServerRole[] }>
>;

export type ServerRole = keyof typeof ROLE_TABLE;
export type Mode = keyof typeof MODE_TABLE;
/** A server's role as Kea spells it. */
export type KeaRole = (typeof ROLE_TABLE)[ServerRole]['kea'];

export const ROLES = Object.keys(ROLE_TABLE) as readonly ServerRole[];
export const MODES = Object.keys(MODE_TABLE) as readonly Mode[];

export const keaRoleOf = (role: ServerRole): KeaRole => ROLE_TABLE[role].kea;

const WORDS = Object.fromEntries(ROLES.map((role) => [ROLE_TABLE[role].kea, role])) as Readonly<
  Record<KeaRole, ServerRole>
>;

export const roleWordOf = (role: KeaRole): ServerRole => WORDS[role];

/** The mode as Kea spells it; undefined: without its HA hook. */
export const keaModeOf = (mode: Mode) => MODE_TABLE[mode].kea;

/** What of a server's specification its role hangs on. */
interface RoleSource {
  readonly role?: ServerRole | undefined;
}

/** Roles are given to all servers or to none. Of a mode that does not fit the schema the default's. */
export const roleOf = ({ role }: RoleSource, index: number, mode: Mode): ServerRole =>
  role ?? MODE_TABLE[MODES.includes(mode) ? mode : 'HotStandby'].roles[index] ?? 'Backup';

/** Whether a server of this role has clients of its own, whom others answer in its place only. */
export const hasScope = (role: KeaRole): boolean => ROLE_TABLE[WORDS[role]].hasScope;

/**
 * The scopes of a pair, each named after the server whose clients it is: those of the primary, and with load balancing those of the secondary.
 * Every one of them has to be answered by some server.
 */
export const scopesOf = ({
  mode,
  servers,
}: {
  readonly mode: Mode;
  readonly servers: readonly (RoleSource & { readonly name: string })[];
}): readonly string[] =>
  ROLES.filter((role) => ROLE_TABLE[role].hasScope).flatMap((role) =>
    servers.filter((server, index) => roleOf(server, index, mode) === role).map(({ name }) => name),
  );

/** Whether servers tell each other of leases when they write them. One that is given again without being written is on one of them alone. */
export const tellsOfLeases = ({
  mode,
  leaseStorage,
}: {
  readonly mode: Mode;
  readonly leaseStorage: string;
}): boolean => mode !== 'Standalone' && leaseStorage === 'Memfile';
