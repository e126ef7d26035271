/** Parts of a HAPair's spec: the servers and how they share the work. */
import { z } from 'zod';
import { cel, type CelRule } from './cel.ts';
import { MODES, ROLES } from './roles.ts';
import { interfaceOrAddress, ipAddress, objectName, text } from './text.ts';

const server = z
  .object({
    name: text({
      description: "The server's name in the pair, Kea's this-server-name; a part of the name of its pod.",
      max: 32,
      pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
      message: 'must be a DNS label: lower-case letters, digits and -, such as server-1',
    }),
    role: z
      .enum(ROLES)
      .meta({
        description:
          'Role in the pair, given for all servers or none. Left out: the first server is Primary, the second Standby (HotStandby) or Secondary (LoadBalancing), further ones Backup.',
      })
      .optional(),
    node: objectName('The Kubernetes node that the server runs on.'),
    interfaces: z
      .array(interfaceOrAddress('A network interface of the node, or one of its addresses, as eth0/192.0.2.1.'))
      .min(1)
      .max(64)
      .meta({
        description:
          'The network interfaces of the node that DHCP is served on; they, and the addresses that are named, must exist when the server starts.',
        'x-kubernetes-list-type': 'set',
        ...cel({
          // Kea: "interface 'eth0' has already been selected".
          rule: "self.all(one, !one.contains('/') || !(one.split('/')[0] in self))",
          message:
            'an interface is named both alone and with an address: leave one of them out. Alone it is all its IPv4 addresses, and of IPv6 the link-local one',
        }),
      }),
    address: ipAddress("Address of the node for control channel and partner. Left out: the node's InternalIP.", {
      rule: '!isIP(self) || ip(self).isGlobalUnicast()',
      message: 'must be an address that the partner can reach: not a loopback, link-local or multicast one',
    }).optional(),
  })
  .meta({ title: 'Server', description: 'One Kea server.' });

export const servers = z
  .array(server)
  .min(1)
  .max(8)
  .meta({
    description: 'The servers: one (Standalone), or two and further ones with role Backup, each on a node of its own.',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['name'],
  });

export const mode = z.enum(MODES).default('HotStandby').meta({
  description:
    'How the servers share the work. Standalone: one server. HotStandby: the primary serves, the standby takes over. LoadBalancing: both serve, each its half of the clients, and either takes over.',
});

const withRoles = 'self.servers.exists(s, has(s.role))';
const countOf = (role: string) => `self.servers.filter(s, has(s.role) && s.role == '${role}').size()`;

/** Rules over `mode`, `ipFamilies` and `servers`. Kea refuses a pair whose roles do not fit its mode. */
export const serverRules: readonly CelRule[] = [
  {
    rule: "self.mode != 'Standalone' || self.servers.size() == 1",
    message: 'mode Standalone takes exactly one server: remove servers, or choose HotStandby or LoadBalancing',
    fieldPath: '.servers',
  },
  {
    rule: "self.mode == 'Standalone' || self.servers.size() >= 2",
    message: 'modes HotStandby and LoadBalancing take at least two servers: add one, or choose Standalone',
    fieldPath: '.servers',
  },
  {
    rule: 'self.servers.all(s, self.servers.exists_one(t, t.node == s.node))',
    message: 'servers must run on different nodes: give each its own node',
    fieldPath: '.servers',
  },
  {
    rule: 'self.servers.all(s, !has(s.address) || self.servers.exists_one(t, has(t.address) && (isIP(t.address) && isIP(s.address) ? ip(t.address) == ip(s.address) : t.address == s.address)))',
    message: 'servers must have different addresses: give each that of its own node, or leave address out',
    fieldPath: '.servers',
  },
  {
    // The workload of DHCPv6 of server `a` is `<pair>-a-v6`.
    rule: "!('IPv6' in self.ipFamilies) || !self.servers.exists(s, s.name.endsWith('-v6'))",
    message:
      'with IPv6 among ipFamilies no name of a server may end in -v6, as those of the workloads of DHCPv6 do: choose another name',
    fieldPath: '.servers',
  },
  {
    rule: `!${withRoles} || self.servers.all(s, has(s.role))`,
    message: 'give a role to every server or to none',
    fieldPath: '.servers',
  },
  {
    rule: `!${withRoles} || ${countOf('Primary')} == 1`,
    message: 'exactly one server must have role Primary',
    fieldPath: '.servers',
  },
  {
    rule: `self.mode != 'Standalone' || !${withRoles} || ${countOf('Primary')} == self.servers.size()`,
    message: 'the server of mode Standalone can have role Primary only: leave role out',
    fieldPath: '.servers',
  },
  {
    rule: `self.mode != 'HotStandby' || !${withRoles} || (${countOf('Standby')} == 1 && ${countOf('Secondary')} == 0)`,
    message: 'mode HotStandby takes one Primary and one Standby; further servers are Backup',
    fieldPath: '.servers',
  },
  {
    rule: `self.mode != 'LoadBalancing' || !${withRoles} || (${countOf('Secondary')} == 1 && ${countOf('Standby')} == 0)`,
    message: 'mode LoadBalancing takes one Primary and one Secondary; further servers are Backup',
    fieldPath: '.servers',
  },
];

/** Kea's HA hook keeps these in 16 bits and refuses more. */
const milliseconds = (description: string, least: number, value: number) =>
  z.int().min(least).max(65_535).default(value).meta({ description, format: 'int32' });

export const ha = z
  .object({
    heartbeatDelay: milliseconds(
      'Time between two heartbeats, in milliseconds. A server begins anew in steps of it: what it costs is a small request a second, what it spares is seconds of silence.',
      100,
      1000,
    ),
    maxResponseDelay: milliseconds(
      'Silence of the partner after which communication counts as interrupted, in milliseconds.',
      100,
      60_000,
    ),
    maxAckDelay: milliseconds(
      'While communication is interrupted: how long the partner leaves a client without an answer before the client counts as unacked, in milliseconds.',
      0,
      10_000,
    ),
    maxUnackedClients: z.int().min(0).max(4_294_967_295).default(10).meta({
      description:
        'More unacked clients than this, and the partner is taken to be down. 0: it is down as soon as communication is interrupted.',
      format: 'int64',
    }),
  })
  .meta({
    description:
      "High availability timers, with Kea's defaults but for heartbeatDelay. Mode Standalone has no use for them.",
    ...cel({
      rule: 'self.heartbeatDelay < self.maxResponseDelay',
      message:
        'heartbeatDelay must be less than maxResponseDelay: else a healthy partner counts as lost between two heartbeats',
      fieldPath: '.heartbeatDelay',
    }),
  });

export const packetQueue = z
  .object({
    capacity: z
      .int()
      .min(16)
      .max(100_000)
      .default(5000)
      .meta({ description: 'Number of packets kept while the server is busy.', format: 'int32' }),
  })
  .meta({
    description:
      'Keep packets waiting while a server takes a configuration change, instead of losing them. Kea can do so only without multi-threading, which this passes off: fewer leases per second, none lost.',
  });
