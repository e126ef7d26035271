/** PURE: the leases that are measured, as rows of PostgreSQL and as lines of Kea's lease file. */
import { DHCPV4 } from '../../src/kea/dhcpv4.ts';
import { leaseColumns } from '../../src/leases/postgres/rows.ts';

const FIRST_NETWORK = 10;
/** Leases of a subnet: all addresses of a /16. */
const OF_SUBNET = 65_536;
const LIFETIME = 86_400;

/** The lease number n, from 0 on. */
export interface LeaseOf {
  readonly address: string;
  readonly hwAddress: string;
  readonly clientId: string;
  readonly hostname: string;
  readonly subnetId: number;
}

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
const colons = (bytes: string): string => bytes.replace(/..(?!$)/g, '$&:');

export const leaseAt = (n: number): LeaseOf => {
  const hwAddress = colons(`020b${hex(n, 8)}`);
  return {
    address: `${FIRST_NETWORK}.${n >> 16}.${(n >> 8) & 255}.${n & 255}`,
    hwAddress,
    clientId: `01:${hwAddress}`,
    hostname: `host-${n}.example.org`,
    subnetId: 1 + Math.floor(n / OF_SUBNET),
  };
};

export interface SubnetOf {
  readonly id: number;
  readonly cidr: string;
}

/** The subnets of so many leases. @throws Error where a network of class A has no room for them */
export const subnetsOfLeases = (leases: number): readonly SubnetOf[] => {
  const subnets = Math.ceil(leases / OF_SUBNET);
  if (!(leases >= 1 && subnets <= 256)) throw new Error('LEASES is a number from 1 to 16777216');
  return Array.from({ length: subnets }, (_, n) => ({ id: n + 1, cidr: `${FIRST_NETWORK}.${n}.0.0/16` }));
};

/**
 * Statements that write the leases, and the figures that Kea's triggers would have kept: by the triggers each row would change one row of figures
 * once more, and of a statement with 65,536 of them each would look at all versions before.
 * @param now Seconds since 1970; Kea writes whole ones.
 */
export const insertLeases = (leases: number, now: number): readonly string[] => [
  'ALTER TABLE lease4 DISABLE TRIGGER USER',
  `INSERT INTO lease4 (address, hwaddr, client_id, valid_lifetime, expire, subnet_id, fqdn_fwd, fqdn_rev, hostname, state, pool_id)
   SELECT ${FIRST_NETWORK * 2 ** 24} + n, decode('020b' || lpad(to_hex(n), 8, '0'), 'hex'), decode('01020b' || lpad(to_hex(n), 8, '0'), 'hex'),
     ${LIFETIME}, to_timestamp(${now + LIFETIME}), 1 + n / ${OF_SUBNET}, false, false, 'host-' || n || '.example.org', 0, 0
   FROM generate_series(0, ${leases - 1}) n`,
  'ALTER TABLE lease4 ENABLE TRIGGER USER',
  'INSERT INTO lease4_stat (subnet_id, state, leases) SELECT subnet_id, state, count(*) FROM lease4 GROUP BY subnet_id, state',
  'INSERT INTO lease4_pool_stat (subnet_id, pool_id, state, leases) SELECT subnet_id, pool_id, state, count(*) FROM lease4 GROUP BY subnet_id, pool_id, state',
  // As autovacuum does within a minute.
  'VACUUM ANALYZE lease4',
];

const COLUMNS = leaseColumns(DHCPV4).replaceAll(/\s+/g, ' ');

/** The SELECT of a first page. */
export const selectPage = (limit: number): string =>
  `SELECT ${COLUMNS} FROM lease4 ORDER BY lease4.address LIMIT ${limit}`;

/** All leases, one line of JSON for each. */
export const copyAll = (): string =>
  `COPY (SELECT row_to_json(lease) FROM (SELECT ${COLUMNS} FROM lease4 ORDER BY lease4.address) lease) TO STDOUT`;

const CSV_HEADER =
  'address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id\n';
const LINES_AT_ONCE = 10_000;

/** Kea's lease file, piece by piece. @param now As above. */
export const leaseFile = function* (leases: number, now: number): Generator<string> {
  yield CSV_HEADER;
  for (let from = 0; from < leases; from += LINES_AT_ONCE) {
    const lines = Array.from({ length: Math.min(LINES_AT_ONCE, leases - from) }, (_, offset) => {
      const { address, hwAddress, clientId, hostname, subnetId } = leaseAt(from + offset);
      return `${address},${hwAddress},${clientId},${LIFETIME},${now + LIFETIME},${subnetId},0,0,${hostname},0,,0\n`;
    });
    yield lines.join('');
  }
};

/** The same lease as a custom resource, in the place of what the lease API makes of it. */
export const copyOf = (n: number, apiVersion: string, kind: string, namespace: string, now: number) => {
  const { address, hwAddress, clientId, hostname, subnetId } = leaseAt(n);
  const pair = 'office';
  const subnet = `net-${subnetId}`;
  const labels = {
    'kea-operator.io/pair': pair,
    'kea-operator.io/subnet': subnet,
    'kea-operator.io/family': 'IPv4',
    'kea-operator.io/state': 'Active',
    'kea-operator.io/type': 'Address',
  };
  const at = (seconds: number): string => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
  return {
    apiVersion,
    kind,
    metadata: { name: address, namespace, labels },
    spec: {
      ipFamily: 'IPv4',
      type: 'Address',
      address,
      haPair: pair,
      subnet,
      subnetId,
      hwAddress,
      clientId,
      hostname,
      validLifetime: LIFETIME,
    },
    status: { state: 'Active', expires: at(now + LIFETIME), lastTransaction: at(now) },
  };
};
