/** What the servers of a HAPair log. */
import { z } from 'zod';
import { cel } from './cel.ts';

/** Kea's loggers of a DHCPv4 server, without the root before them. Not http: at DEBUG it writes whole commands, passwords with them. */
const LOGGERS = [
  'alloc-engine',
  'auth',
  'bad-packets',
  'callouts',
  'commands',
  'database',
  'dctl',
  'ddns',
  'dhcp4',
  'dhcpsrv',
  'eval',
  'ha-hooks',
  'hooks',
  'host-cache-hooks',
  'hosts',
  'lease-cmds-hooks',
  'leases',
  'options',
  'packets',
  'pgsql-cb-hooks',
  'pgsql-hb-hooks',
  'pgsql-lb-hooks',
  'stat-cmds-hooks',
  'subnet-cmds-hooks',
  'tcp',
] as const;

export const severity = (description: string) => z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR']).meta({ description });

export const loggers = z
  .array(
    z
      .object({
        name: z.enum(LOGGERS).meta({ description: "Kea's name of the logger, without kea-dhcp4 before it." }),
        severity: severity('What it logs: this and what is worse.'),
        debuglevel: z
          .int()
          .min(0)
          .max(99)
          .meta({ description: 'How much it logs at severity DEBUG; 99 is all. Left out: 40.', format: 'int32' })
          .optional(),
      })
      .meta({
        title: 'Logger',
        description: 'How much one logger writes.',
        ...cel({
          rule: "!has(self.debuglevel) || self.severity == 'DEBUG'",
          message: 'debuglevel is of severity DEBUG alone: choose that, or leave debuglevel out',
          fieldPath: '.debuglevel',
        }),
      }),
  )
  .max(LOGGERS.length)
  .meta({
    description:
      'Single loggers that log more or less than logSeverity says. leases at INFO writes a line for each offer and each lease: who got which address.',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['name'],
  })
  .optional();
