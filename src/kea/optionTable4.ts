/** The options of DHCPv4. */
import { DHCPV4 } from './dhcpv4.ts';
import { type OptionRules, readTable } from './optionDefinition.ts';

/**
 * Codes and names are those of RFC 2132 and its successors as Kea spells them; test/kea/options.test.ts holds every line, and that no line is
 * missing, against a running Kea.
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
  79 slp-service-scope! boolean string
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
  124 vivco-suboptions! uint32 counted
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

const CLIENTS = 'only clients send it: leave it out';
const LEASEQUERY = 'it is of answers to a leasequery only: leave it out';

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

/**
 * Kea's own definition of 43 takes its bytes for sub-options, and drops what is none; access points want plain text there. Kea lets
 * this one of the standard options be defined otherwise.
 */
export const RAW_VENDOR_OPTIONS = {
  name: 'vendor-encapsulated-options',
  code: 43,
  space: DHCPV4.optionSpace,
  type: 'binary',
} as const;

export const DHCPV4_OPTIONS: OptionRules = {
  standard: readTable(TABLE),
  inside: new Map(Object.entries(SUB_OPTIONS).map(([space, table]) => [space, readTable(table)])),
  own: [RAW_VENDOR_OPTIONS],
  codes: [1, 254],
  width: 1,
  // Of a longer one nothing, nor of any option with a greater code.
  longest: 253,
  notConfigured: NOT_CONFIGURED,
  sentAnyway: new Set([3, 6, 15, 54]),
  containers: new Map([
    ['vendor-encapsulated-options-space', { code: RAW_VENDOR_OPTIONS.code, again: false }],
    ['cablelabs-client-conf', { code: 122, again: false }],
  ]),
  nested: new Map(),
  vendor: { code: 125, counted: true },
  otherNames: new Map(),
  words: {
    spaces:
      'those of option 43 are in vendor-encapsulated-options-space, those of 125 in vendor- and the number of the enterprise, such as vendor-4491',
    vendor:
      'the number of an enterprise in four bytes, the number of bytes that follow, and sub-options as code, length and value, each once and in the order of codes',
    chain: 'a chain of sub-options as code, length and value, each once, right and in the order of codes',
    subOptions: () => 'its sub-options',
  },
};
