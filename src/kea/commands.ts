/** The commands of Kea that the operator uses: what they are given and what they answer. */
import { z } from 'zod';
import { legible } from '../runtime/legible.ts';
import { done, type KeaJson, listOf, object, shown, word } from './answers.ts';
import { DHCPV4_COMMANDS } from './dhcpv4Commands.ts';
import { DHCPV6_COMMANDS } from './dhcpv6Commands.ts';
import {
  FAMILY_ANSWER_BYTES,
  FAMILY_ANSWERS,
  type FamilyArguments,
  type FamilyCommand,
  type NameOf,
  SLOW_OF_FAMILIES,
} from './familyCommands.ts';

/**
 * The commands of Kea's control channel that the operator uses: what it sends, and what it reads of the answer. Everything else in an answer is
 * let through unread, as versions differ in it. A command whose answer may be empty (Kea's result 3) has undefined in its answer.
 */

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

/** Statistics by name: the newest value of each. Of one that is no number, as times are, nothing is read. */
const statistics = z.record(z.string(), z.unknown()).transform((found): ReadonlyMap<string, number> => {
  const values = new Map<string, number>();
  for (const [name, samples] of Object.entries(found)) {
    const [sample] = Array.isArray(samples) ? (samples as readonly unknown[]) : [];
    const [value] = Array.isArray(sample) ? (sample as readonly unknown[]) : [];
    if (typeof value === 'number') values.set(name, value);
  }
  return values;
});

/** Of each command that both families have under one name: the schema of the part of its answer that is read. */
const ANSWERS = {
  'status-get': status,
  /** The version alone, without what it was built with. */
  'version-get': z.object({
    extended: z
      .string()
      .transform((text) => legible(text.split(/\s/, 1)[0] ?? '', 128))
      .optional(),
  }),
  /** Holds every password of the server: never to be logged or shown. */
  'config-get': object,
  'config-test': done,
  'config-set': z.object({ hash: z.string() }).optional(),
  'config-backend-pull': done,
  'dhcp-enable': done,
  'dhcp-disable': done,
  'statistic-get': statistics.optional(),
  'statistic-get-all': statistics.optional(),
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

interface Arguments {
  'status-get': undefined;
  'version-get': undefined;
  'config-get': undefined;
  'config-test': KeaJson;
  'config-set': KeaJson;
  'config-backend-pull': undefined;
  /** `origin-id` 1000 is the HA hook. */
  'dhcp-enable': { readonly 'origin-id': number } | undefined;
  /** Seconds until the service comes back by itself. */
  'dhcp-disable': { readonly 'max-period'?: number } | undefined;
  'statistic-get': { readonly name: string };
  'statistic-get-all': undefined;
  /** In a subnet by address, or by one identifier under its keyword; global reservations have the subnet id 0. */
  'cache-remove': Readonly<Record<string, string | number>>;
  'cache-clear': undefined;
  'ha-heartbeat': undefined;
  'ha-maintenance-start': undefined;
  'ha-maintenance-cancel': undefined;
  'ha-scopes': { readonly 'server-name': string; readonly scopes: readonly string[] };
  /** The server to fetch all leases from; it answers no clients meanwhile, for so many seconds at most. */
  'ha-sync': { readonly 'server-name': string; readonly 'max-period': number };
}

type CommonCommand = keyof typeof ANSWERS & keyof Arguments;

/** Arguments and answer of each command. */
export type Commands = {
  readonly [C in CommonCommand]: { readonly args: Arguments[C]; readonly answer: z.output<(typeof ANSWERS)[C]> };
} & {
  readonly [W in FamilyCommand as NameOf<W>]: {
    readonly args: FamilyArguments[W];
    readonly answer: z.output<(typeof FAMILY_ANSWERS)[W]>;
  };
};
export type CommandName = keyof Commands;

/** Something of each of the families' commands, under its names. */
const byName = <T>(of: (what: FamilyCommand) => T | undefined): readonly (readonly [CommandName, T])[] =>
  (Object.keys(FAMILY_ANSWERS) as FamilyCommand[]).flatMap((what) => {
    const value = of(what);
    const names = [DHCPV4_COMMANDS[what], DHCPV6_COMMANDS[what]];
    return value === undefined ? [] : names.map((name) => [name, value] as const);
  });

const SCHEMAS: ReadonlyMap<CommandName, z.ZodType> = new Map<CommandName, z.ZodType>([
  ...(Object.entries(ANSWERS) as [CommonCommand, z.ZodType][]),
  ...byName((what): z.ZodType => FAMILY_ANSWERS[what]),
]);
/** The schema of the part of a command's answer that is read. */
export const answerOf = (command: CommandName): z.ZodType => SCHEMAS.get(command) ?? z.never();

/** Those that take a server long. */
export const SLOW: ReadonlySet<CommandName> = new Set<CommandName>([
  'config-get',
  'config-set',
  'config-test',
  'config-backend-pull',
  'ha-sync',
  // It waits for the partner's answer, for 10 s.
  'ha-maintenance-start',
  ...byName((what) => (SLOW_OF_FAMILIES.some((slow) => slow === what) ? true : undefined)).map(([name]) => name),
]);

const MIB = 1024 * 1024;
/** What answers may take in memory that are no line and no page, in bytes (`weigh`). Of 50,000 subnets a `config-get` takes 165 MB. */
export const LARGE_ANSWERS: ReadonlyMap<CommandName, number> = new Map<CommandName, number>([
  ['config-get', 512 * MIB],
  // Of 1,000 subnets with a pool each 3 MB.
  ['statistic-get-all', 64 * MIB],
  ...byName((what) => (FAMILY_ANSWER_BYTES as Partial<Record<FamilyCommand, number>>)[what]),
]);
