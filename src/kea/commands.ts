import { z } from 'zod';
import { legible } from '../runtime/legible.ts';

/**
 * The commands of Kea's control channel that the operator uses: what it sends, and what it reads of the answer. Everything else in an answer is
 * let through unread, as versions differ in it. A command whose answer may be empty (Kea's result 3) has undefined in its answer.
 */

/** Of a command that acts: true when it did, undefined (Kea's result 3) when what it should act on is not there. */
const done = z
  .unknown()
  .transform((): true => true)
  .optional();
const subnetId = z.number();

/** A name, a state or a sentence that is shown: legible, and no longer than a status may hold of it. */
const shown = (longest: number) => z.string().transform((text) => legible(text, longest));
const word = shown(64);

/** Members of a list that are read together. */
const SLICE = 256;

/**
 * A list whose reading ends soon after the first wrong member: zod would tell of every one, at ten times its size.
 * @param most Members beyond are left out.
 */
export const listOf = <T>(member: z.ZodType<T>, most = Infinity) => {
  const slice = z.array(member);
  return z.array(z.unknown()).transform((members, context): readonly T[] => {
    const read: T[] = [];
    const end = Math.min(members.length, most);
    for (let start = 0; start < end; start += SLICE) {
      const { success, data, error } = slice.safeParse(members.slice(start, Math.min(start + SLICE, end)));
      if (!success) {
        const [issue] = error.issues;
        const [index, ...path] = issue?.path ?? [];
        context.addIssue({ code: 'custom', message: issue?.message ?? '', path: [start + Number(index), ...path] });
        return z.NEVER;
      }
      for (const one of data) read.push(one);
    }
    return read;
  });
};

const lease = z.object({
  'ip-address': shown(15),
  'subnet-id': subnetId,
  'hw-address': shown(64).optional(),
  'client-id': shown(1024).optional(),
  hostname: shown(255).optional(),
  state: z.number(),
  /** Seconds since 1970 of the client's last transaction. */
  cltt: z.number(),
  'valid-lft': z.number(),
});
/** A lease as lease_cmds speak of it. */
export type KeaLease = z.output<typeof lease>;

/** Names and errors of a server's state: a status has room for so many. */
const MOST_SHOWN = 16;

const haServers = z.object({
  local: z.object({
    'server-name': word.optional(),
    role: word,
    scopes: listOf(word, MOST_SHOWN),
    state: word,
  }),
  remote: z
    .object({
      'server-name': word.optional(),
      role: word.optional(),
      /** Seconds since the partner was last heard of. */
      age: z.number().optional(),
      'in-touch': z.boolean().optional(),
      'last-state': word.optional(),
      'last-scopes': listOf(word, MOST_SHOWN).optional(),
      'communication-interrupted': z.boolean().optional(),
      'connecting-clients': z.number().optional(),
      'unacked-clients': z.number().optional(),
      'unacked-clients-left': z.number().optional(),
      /** Seconds between the clocks; null until the partner was heard of. */
      'clock-skew': z.number().nullish(),
    })
    .optional(),
});

const status = z.object({
  pid: z.number(),
  /** Seconds since start. */
  uptime: z.number(),
  /** Seconds since the last configuration. */
  reload: z.number(),
  'multi-threading-enabled': z.boolean().optional(),
  sockets: z
    .object({ status: z.enum(['ready', 'retrying', 'failed']), errors: listOf(shown(500), MOST_SHOWN).optional() })
    .optional(),
  'dhcp-state': z
    .object({
      'globally-disabled': z.boolean(),
      'disabled-by-user': z.boolean().optional(),
      'disabled-by-local-command': z.array(z.unknown()).optional(),
      'disabled-by-remote-command': z.array(z.unknown()).optional(),
      'disabled-by-db-connection': z.array(z.unknown()).optional(),
    })
    .optional(),
  'high-availability': listOf(z.object({ 'ha-mode': word, 'ha-servers': haServers })).optional(),
});
/** What `status-get` says of a server: its sockets, whether it serves, and its and its partner's HA state. */
export type KeaStatus = z.output<typeof status>;

const object = z.record(z.string(), z.unknown());
const objects = listOf(object);
const listedSubnet = z.object({
  id: subnetId,
  subnet: z.string(),
  'shared-network-name': z.string().nullish(),
});
const listedNetwork = z.object({ name: z.string() });

/** Of each command: the schema of the part of its answer that is read. */
export const ANSWERS = {
  'status-get': status,
  /** The version alone, without what it was built with. */
  'version-get': z.object({
    extended: z
      .string()
      .transform((text) => legible(text.split(/\s/, 1)[0] ?? '', 128))
      .optional(),
  }),
  /** Holds every password of the server: never to be logged or shown. */
  'config-get': z.object({ Dhcp4: object, hash: z.string().optional() }),
  'config-test': done,
  'config-set': z.object({ hash: z.string() }).optional(),
  'config-backend-pull': done,
  'dhcp-enable': done,
  'dhcp-disable': done,
  'subnet4-list': z.object({ subnets: listOf(listedSubnet) }).optional(),
  'subnet4-get': z.object({ subnet4: objects }).optional(),
  'subnet4-add': done,
  'subnet4-update': done,
  'subnet4-del': done,
  'network4-list': z.object({ 'shared-networks': listOf(listedNetwork) }).optional(),
  'network4-get': z.object({ 'shared-networks': objects }).optional(),
  'network4-add': done,
  'network4-del': done,
  'network4-subnet-add': done,
  'network4-subnet-del': done,
  'stat-lease4-get': z
    .object({ 'result-set': z.object({ columns: listOf(z.string()), rows: listOf(listOf(z.number())) }) })
    .optional(),
  'lease4-get': lease.optional(),
  'lease4-get-page': z.object({ count: z.number().optional(), leases: listOf(lease) }).optional(),
  'lease4-get-all': z.object({ leases: listOf(lease) }).optional(),
  'cache-remove': done,
  'cache-clear': done,
  'ha-heartbeat': z.object({
    state: word,
    'date-time': word.optional(),
    scopes: listOf(word, MOST_SHOWN).optional(),
    'unsent-update-count': z.number().optional(),
  }),
  'ha-maintenance-start': done,
  'ha-maintenance-cancel': done,
  'ha-scopes': done,
  'ha-sync': done,
} as const;

/** A subnet, network or configuration as JSON, rendered by json.ts or by the server configuration. */
type KeaJson = Readonly<Record<string, unknown>>;
interface SubnetMember {
  readonly name: string;
  readonly id: number;
}

interface Arguments {
  'status-get': undefined;
  'version-get': undefined;
  'config-get': undefined;
  'config-test': { readonly Dhcp4: KeaJson };
  'config-set': { readonly Dhcp4: KeaJson };
  'config-backend-pull': undefined;
  /** `origin-id` 1000 is the HA hook. */
  'dhcp-enable': { readonly 'origin-id': number } | undefined;
  /** Seconds until the service comes back by itself. */
  'dhcp-disable': { readonly 'max-period'?: number } | undefined;
  'subnet4-list': undefined;
  'subnet4-get': { readonly id: number };
  'subnet4-add': { readonly subnet4: readonly [KeaJson] };
  'subnet4-update': { readonly subnet4: readonly [KeaJson] };
  'subnet4-del': { readonly id: number };
  'network4-list': undefined;
  'network4-get': { readonly name: string };
  'network4-add': { readonly 'shared-networks': readonly [KeaJson] };
  'network4-del': { readonly name: string; readonly 'subnets-action'?: 'keep' | 'delete' };
  'network4-subnet-add': SubnetMember;
  'network4-subnet-del': SubnetMember;
  'stat-lease4-get':
    | { readonly 'subnet-id': number }
    | { readonly 'subnet-range': { readonly 'first-subnet-id': number; readonly 'last-subnet-id': number } }
    | undefined;
  'lease4-get': { readonly 'ip-address': string };
  /** The leases after the address, or from the `start`. */
  'lease4-get-page': { readonly from: string; readonly limit: number };
  'lease4-get-all': { readonly subnets: readonly number[] } | undefined;
  /** By address, or by one identifier under its keyword; global reservations have the subnet id 0. */
  'cache-remove': { readonly 'subnet-id4': number } & Readonly<Record<string, string | number>>;
  'cache-clear': undefined;
  'ha-heartbeat': undefined;
  'ha-maintenance-start': undefined;
  'ha-maintenance-cancel': undefined;
  'ha-scopes': { readonly 'server-name': string; readonly scopes: readonly string[] };
  /** The server to fetch all leases from; it answers no clients meanwhile, for so many seconds at most. */
  'ha-sync': { readonly 'server-name': string; readonly 'max-period': number };
}

export type CommandName = keyof typeof ANSWERS & keyof Arguments;

/** Arguments and answer of each command. */
export type Commands = {
  readonly [C in CommandName]: {
    readonly args: Arguments[C];
    readonly answer: z.output<(typeof ANSWERS)[C]>;
  };
};
