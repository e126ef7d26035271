/** What one field of an option's value is. `counted` is bytes after their number; `routes` and `text` are Kea's internal formats, each read as a whole. */
export type FieldType =
  | 'ipv4'
  | 'ipv6'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'int32'
  | 'boolean'
  | 'string'
  | 'fqdn'
  | 'binary'
  | 'counted'
  | 'psid'
  | 'tuple'
  | 'routes'
  | 'text';

/** A DHCPv4 option, or sub-option, as Kea 3.0 defines it. */
export interface OptionDefinition {
  readonly code: number;
  readonly name: string;
  /** The fields of the value in order; none: the option has no value of its own. */
  readonly fields: readonly FieldType[];
  /** The last field may come again and again. */
  readonly list: boolean;
  /** The fields come in groups of so many: Kea does not look at that, and clients refuse what is no group. */
  readonly group: number;
}

/**
 * code, name, fields; `*` after the last field: a list, `*2`: one of pairs. Codes and names are those of RFC 2132 and its successors as Kea spells them;
 * test/kea/options.test.ts holds every line, and that no line is missing, against a running Kea.
 */
const TABLE = `
  1 subnet-mask ipv4
  2 time-offset int32
  3 routers ipv4*
  4 time-servers ipv4*
  5 name-servers ipv4*
  6 domain-name-servers ipv4*
  7 log-servers ipv4*
  8 cookie-servers ipv4*
  9 lpr-servers ipv4*
  10 impress-servers ipv4*
  11 resource-location-servers ipv4*
  12 host-name string
  13 boot-size uint16
  14 merit-dump string
  15 domain-name string
  16 swap-server ipv4
  17 root-path string
  18 extensions-path string
  19 ip-forwarding boolean
  20 non-local-source-routing boolean
  21 policy-filter ipv4*2
  22 max-dgram-reassembly uint16
  23 default-ip-ttl uint8
  24 path-mtu-aging-timeout uint32
  25 path-mtu-plateau-table uint16*
  26 interface-mtu uint16
  27 all-subnets-local boolean
  28 broadcast-address ipv4
  29 perform-mask-discovery boolean
  30 mask-supplier boolean
  31 router-discovery boolean
  32 router-solicitation-address ipv4
  33 static-routes ipv4*2
  34 trailer-encapsulation boolean
  35 arp-cache-timeout uint32
  36 ieee802-3-encapsulation boolean
  37 default-tcp-ttl uint8
  38 tcp-keepalive-interval uint32
  39 tcp-keepalive-garbage boolean
  40 nis-domain string
  41 nis-servers ipv4*
  42 ntp-servers ipv4*
  43 vendor-encapsulated-options
  44 netbios-name-servers ipv4*
  45 netbios-dd-server ipv4*
  46 netbios-node-type uint8
  47 netbios-scope string
  48 font-servers ipv4*
  49 x-display-manager ipv4*
  50 dhcp-requested-address ipv4
  51 dhcp-lease-time uint32
  52 dhcp-option-overload uint8
  53 dhcp-message-type uint8
  54 dhcp-server-identifier ipv4
  55 dhcp-parameter-request-list uint8*
  56 dhcp-message string
  57 dhcp-max-message-size uint16
  58 dhcp-renewal-time uint32
  59 dhcp-rebinding-time uint32
  60 vendor-class-identifier string
  61 dhcp-client-identifier binary
  62 nwip-domain-name string
  63 nwip-suboptions binary
  64 nisplus-domain-name string
  65 nisplus-servers ipv4*
  66 tftp-server-name string
  67 boot-file-name string
  68 mobile-ip-home-agent ipv4*
  69 smtp-server ipv4*
  70 pop-server ipv4*
  71 nntp-server ipv4*
  72 www-server ipv4*
  73 finger-server ipv4*
  74 irc-server ipv4*
  75 streettalk-server ipv4*
  76 streettalk-directory-assistance-server ipv4*
  77 user-class binary
  78 slp-directory-agent boolean ipv4*
  79 slp-service-scope boolean string
  81 fqdn uint8 uint8 uint8 fqdn
  82 dhcp-agent-options
  85 nds-servers ipv4*
  86 nds-tree-name string
  87 nds-context string
  88 bcms-controller-names fqdn*
  89 bcms-controller-address ipv4*
  90 authenticate binary
  91 client-last-transaction-time uint32
  92 associated-ip ipv4*
  93 client-system uint16*
  94 client-ndi uint8 uint8 uint8
  97 uuid-guid uint8 binary
  98 uap-servers string
  99 geoconf-civic binary
  100 pcode string
  101 tcode string
  108 v6-only-preferred uint32
  112 netinfo-server-address ipv4*
  113 netinfo-server-tag string
  114 v4-captive-portal string
  116 auto-config uint8
  117 name-service-search uint16*
  118 subnet-selection ipv4
  119 domain-search fqdn*
  121 classless-static-route routes
  122 cablelabs-client-conf
  124 vivco-suboptions uint32 counted
  125 vivso-suboptions uint32
  136 pana-agent ipv4*
  137 v4-lost fqdn
  138 capwap-ac-v4 ipv4*
  141 sip-ua-cs-domains fqdn*
  143 v4-sztp-redirect tuple*
  146 rdnss-selection uint8 ipv4 ipv4 fqdn*
  151 status-code uint8 string
  152 base-time uint32
  153 start-time-of-state uint32
  154 query-start-time uint32
  155 query-end-time uint32
  156 dhcp-state uint8
  157 data-source uint8
  159 v4-portparams uint8 psid
  162 v4-dnr text
  212 option-6rd uint8 uint8 ipv6 ipv4*
  213 v4-access-domain fqdn
`;

/** The sub-options that Kea defines, by space. */
const SUB_OPTIONS: Readonly<Record<string, string>> = {
  'cablelabs-client-conf': `
  1 tsp-primary-server ipv4
  2 tsp-secondary-server ipv4
  4 tsp-as-parameters uint32 uint32 uint32
  5 tsp-ap-parameters uint32 uint32 uint32
  6 tsp-realm fqdn
  7 tsp-use-tgt boolean
  8 tsp-provisioning-timer uint8
  9 tsp-sct uint16
  10 kdc-server ipv4*
`,
  'vendor-4491': `
  1 oro uint8*
  2 tftp-servers ipv4*
`,
};

const readTable = (table: string): readonly OptionDefinition[] =>
  table
    .trim()
    .split('\n')
    .map((line) => {
      const [code, name = '', ...fields] = line.trim().split(' ');
      const [, repeats, group] = /(\*)?(\d?)$/.exec(line) ?? [];
      return {
        code: Number(code),
        name,
        fields: fields.map((field) => field.replace(/\*\d?$/, '') as FieldType),
        list: repeats !== undefined,
        group: repeats !== undefined && group ? Number(group) : 1,
      };
    });

/** By space. */
export const OPTION_DEFINITIONS: ReadonlyMap<string, readonly OptionDefinition[]> = new Map(
  Object.entries({ dhcp4: TABLE, ...SUB_OPTIONS }).map(([space, table]) => [space, readTable(table)]),
);

export const optionByName = (name: string, space = 'dhcp4'): OptionDefinition | undefined =>
  OPTION_DEFINITIONS.get(space)?.find((definition) => definition.name === name);
export const optionByCode = (code: number, space = 'dhcp4'): OptionDefinition | undefined =>
  OPTION_DEFINITIONS.get(space)?.find((definition) => definition.code === code);

const CLIENTS = 'only clients send it: leave it out';
const LEASEQUERY = 'it is of answers to a leasequery only: leave it out';

/**
 * Options whose value no configuration can give, by code, with what to do instead: those that Kea sets itself, whatever is configured, and
 * those that mean something from a client or a relay only. Kea takes them all, and ignores them or sends what confuses clients.
 */
const NOT_CONFIGURED: Readonly<Record<number, string>> = {
  1: 'the server sends the mask of the cidr: leave it out',
  50: CLIENTS,
  51: 'the server sets it: use validLifetime',
  52: 'it makes clients look for options where there are none: leave it out',
  53: 'the server sets it: leave it out',
  55: CLIENTS,
  57: CLIENTS,
  61: "it is the client's own: leave it out; echoClientId of the HAPair says whether the server sends it back",
  77: CLIENTS,
  80: 'Kea has no rapid commit for DHCPv4: leave it out',
  81: 'the server answers with one for each client: leave it out; a name for a client is hostname of its HostReservation',
  82: 'it is of relays, and the server sends back what it got from them: leave it out',
  91: LEASEQUERY,
  92: LEASEQUERY,
  93: CLIENTS,
  94: CLIENTS,
  97: CLIENTS,
  118: "it is the client's own, and the server sends it back: leave it out",
  151: LEASEQUERY,
  152: LEASEQUERY,
  153: LEASEQUERY,
  154: LEASEQUERY,
  155: LEASEQUERY,
  156: LEASEQUERY,
  157: LEASEQUERY,
};

/** Why an option of the space dhcp4 has no place in a configuration, and what to do instead; undefined: it has one. */
export const whyNotConfigured = (code: number): string | undefined => NOT_CONFIGURED[code];

/** Options that Kea sends to every client that they are configured for: it does not look whether they are never to be sent. */
export const SENT_ANYWAY: ReadonlySet<number> = new Set([3, 6, 15, 54]);

/** The name nearest to a mistyped one, if any is near. */
export const nearestOptionName = (name: string): string | undefined => {
  const wanted = name.toLowerCase().replaceAll('_', '-');
  const limit = Math.max(2, Math.floor(wanted.length / 4));
  const [best] = (OPTION_DEFINITIONS.get('dhcp4') ?? [])
    .map((definition) => ({ name: definition.name, distance: editDistance(wanted, definition.name) }))
    .toSorted((a, b) => a.distance - b.distance);
  return best && best.distance <= limit ? best.name : undefined;
};

/** Levenshtein's distance, one row at a time. */
const editDistance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const substitute = (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1);
      next.push(Math.min(substitute, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
};
