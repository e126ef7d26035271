/** The options of DHCPv6. */
import { DHCPV6 } from './dhcpv6.ts';
import { type OptionRules, readTable } from './optionDefinition.ts';

/**
 * Codes and names are those of RFC 8415 and its companions as Kea spells them; test/kea/options.test.ts holds every line, and that no line is
 * missing, against a running Kea.
 */
const TABLE = `
  1 clientid binary
  2 serverid binary
  3 ia-na! uint32 uint32 uint32
  4 ia-ta uint32
  5 iaaddr! ipv6 uint32 uint32
  6 oro uint16*
  7 preference uint8
  8 elapsed-time uint16
  9 relay-msg binary
  11 auth binary
  12 unicast ipv6
  13 status-code! uint16 string
  14 rapid-commit
  15 user-class binary
  16 vendor-class! uint32 tuples
  17 vendor-opts uint32
  18 interface-id binary
  19 reconf-msg uint8
  20 reconf-accept
  21 sip-server-dns fqdn*
  22 sip-server-addr ipv6*
  23 dns-servers ipv6*
  24 domain-search fqdn*
  25 ia-pd! uint32 uint32 uint32
  26 iaprefix! uint32 uint32 uint8 ipv6
  27 nis-servers ipv6*
  28 nisp-servers ipv6*
  29 nis-domain-name fqdn*
  30 nisp-domain-name fqdn*
  31 sntp-servers ipv6*
  32 information-refresh-time uint32
  33 bcmcs-server-dns fqdn*
  34 bcmcs-server-addr ipv6*
  36 geoconf-civic uint8 uint16 binary
  37 remote-id uint32 binary
  38 subscriber-id binary
  39 client-fqdn! uint8 fqdn
  40 pana-agent ipv6*
  41 new-posix-timezone string
  42 new-tzdb-timezone string
  43 ero uint16*
  44 lq-query uint8 ipv6
  45 client-data
  46 clt-time uint32
  47 lq-relay-data ipv6 binary
  48 lq-client-link ipv6*
  51 v6-lost fqdn
  52 capwap-ac-v6 ipv6*
  53 relay-id binary
  56 ntp-server
  57 v6-access-domain fqdn
  58 sip-ua-cs-list fqdn*
  59 bootfile-url string
  60 bootfile-param tuple*
  61 client-arch-type uint16*
  62 nii uint8 uint8 uint8
  64 aftr-name fqdn
  65 erp-local-domain-name fqdn
  66 rsoo
  67 pd-exclude! prefix
  74 rdnss-selection ipv6 uint8 fqdn*
  79 client-linklayer-addr binary
  80 link-address ipv6
  82 solmax-rt uint32
  83 inf-max-rt uint32
  87 dhcpv4-message binary
  88 dhcp4o6-server-addr ipv6*
  94 s46-cont-mape
  95 s46-cont-mapt
  96 s46-cont-lw
  103 v6-captive-portal string
  135 relay-source-port uint16
  136 v6-sztp-redirect tuple*
  143 ipv6-address-andsf ipv6*
  144 v6-dnr resolver
  148 addr-reg-enable
`;

const NTP = 'v6-ntp-server-suboptions';
const MAPE = 's46-cont-mape-options';
const MAPT = 's46-cont-mapt-options';
const LIGHTWEIGHT = 's46-cont-lw-options';
const RULE = 's46-rule-options';
const BIND = 's46-v4v6bind-options';

/** The sub-options that Kea defines, by space. */
const SUB_OPTIONS: Readonly<Record<string, string>> = {
  [NTP]: `
  1 ntp-server-address ipv6
  2 ntp-server-multicast ipv6
  3 ntp-server-fqdn fqdn
`,
  [MAPE]: `
  89 s46-rule uint8 uint8 uint8 ipv4 prefix
  90 s46-br ipv6
`,
  [MAPT]: `
  89 s46-rule uint8 uint8 uint8 ipv4 prefix
  91 s46-dmr prefix
`,
  [LIGHTWEIGHT]: `
  90 s46-br ipv6
  92 s46-v4v6bind ipv4 prefix
`,
  [RULE]: `
  93 s46-portparams uint8 psid
`,
  [BIND]: `
  93 s46-portparams uint8 psid
`,
  'vendor-4491': `
  1 oro uint16*
  2 device-type string
  10 vendor-type string
  32 tftp-servers ipv6*
  33 config-file string
  34 syslog-servers ipv6*
  36 device-id binary
  37 time-servers ipv6*
  38 time-offset int32
  1026 cmts-cm-mac binary
`,
  'vendor-2495': `
  60000 4o6-interface string
  60001 4o6-source-address ipv6
  60002 4o6-source-port uint16
`,
};

const CLIENTS = 'only clients send it: leave it out';
const RELAYS = 'only relays send it: leave it out';
const LEASEQUERY = 'it is of a leasequery only: leave it out';
const LEASES = 'the server makes it of the lease: leave it out';
const RECONFIGURE = 'Kea does not ask clients to come back (Reconfigure): leave it out';

const NOT_CONFIGURED: Readonly<Record<number, string>> = {
  1: "it is the client's own, and the server sends it back: leave it out",
  2: 'the server sends its own: leave it out',
  3: LEASES,
  4: 'Kea has no temporary addresses: leave it out',
  5: LEASES,
  6: CLIENTS,
  8: CLIENTS,
  9: 'it is what relays and the server wrap messages in: leave it out',
  13: 'the server sets it: leave it out',
  14: 'the server sets it: use rapidCommit',
  15: CLIENTS,
  18: 'it is of relays, and the server sends it back to them: leave it out; interfaceId of a Subnet names the one whose clients they serve',
  19: RECONFIGURE,
  20: RECONFIGURE,
  25: LEASES,
  26: LEASES,
  37: RELAYS,
  38: RELAYS,
  39: 'the server answers with one for each client: leave it out; a name for a client is hostname of its HostReservation',
  43: RELAYS,
  44: LEASEQUERY,
  45: LEASEQUERY,
  46: LEASEQUERY,
  47: LEASEQUERY,
  48: LEASEQUERY,
  53: RELAYS,
  61: CLIENTS,
  62: CLIENTS,
  66: RELAYS,
  67: 'the server makes it of the lease: use excludedPrefix of the pool of prefixes',
  79: RELAYS,
  80: RELAYS,
  87: 'it is what messages of DHCPv4 travel in: leave it out',
  135: RELAYS,
};

export const DHCPV6_OPTIONS: OptionRules = {
  standard: readTable(TABLE),
  inside: new Map(Object.entries(SUB_OPTIONS).map(([space, table]) => [space, readTable(table)])),
  own: [],
  codes: [1, 65_535],
  width: 2,
  longest: 65_535,
  notConfigured: NOT_CONFIGURED,
  sentAnyway: new Set(),
  // In any of them a code can come again: a container with several servers or rules is one option to Kea.
  containers: new Map([
    [NTP, { code: 56, again: true }],
    [MAPE, { code: 94, again: true }],
    [MAPT, { code: 95, again: true }],
    [LIGHTWEIGHT, { code: 96, again: true }],
  ]),
  nested: new Map([
    [RULE, { code: 89, name: 's46-rule' }],
    [BIND, { code: 92, name: 's46-v4v6bind' }],
  ]),
  vendor: { code: 17, counted: false },
  otherNames: new Map([
    ['routers', 'clients of DHCPv6 learn their routers from router advertisements: leave it out'],
    ['subnet-mask', 'clients of DHCPv6 learn the length of the prefix from router advertisements: leave it out'],
    ...Object.entries({
      'domain-name-servers': 'dns-servers',
      'name-servers': 'dns-servers',
      'domain-name': 'domain-search',
      'ntp-servers': 'ntp-server',
      'boot-file-name': 'bootfile-url',
      'tftp-server-name': 'bootfile-url',
      'vivso-suboptions': 'vendor-opts',
      'vendor-class-identifier': 'vendor-class',
      'v4-captive-portal': 'v6-captive-portal',
    }).map(([name, own]) => [name, `did you mean '${own}'?`] as const),
  ]),
  words: {
    spaces: `the standard options are in ${DHCPV6.optionSpace}, the sub-options of 17 in vendor- and the number of the enterprise, such as vendor-4491, those of 56 in ${NTP}, those of 94, 95 and 96 in ${MAPE}, ${MAPT} and ${LIGHTWEIGHT}`,
    vendor:
      'the number of an enterprise in four bytes, and sub-options as code and length in two bytes each and value, each once and in the order of codes',
    chain: 'a chain of sub-options as code and length in two bytes each and value, right and in the order of codes',
    subOptions: (space) => `its sub-options, which are in the space ${space}`,
  },
};
