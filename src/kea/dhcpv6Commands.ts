/** The names of the commands of DHCPv6, and what they call subnets. */
export const DHCPV6_SUBNETS = 'subnet6';

export const DHCPV6_COMMANDS = {
  subnetList: 'subnet6-list',
  subnetGet: 'subnet6-get',
  subnetAdd: 'subnet6-add',
  subnetUpdate: 'subnet6-update',
  subnetRemove: 'subnet6-del',
  networkList: 'network6-list',
  networkGet: 'network6-get',
  networkAdd: 'network6-add',
  networkRemove: 'network6-del',
  memberAdd: 'network6-subnet-add',
  memberRemove: 'network6-subnet-del',
  leaseGet: 'lease6-get',
  leaseRemove: 'lease6-del',
  leasePage: 'lease6-get-page',
  leasesOfSubnets: 'lease6-get-all',
  leasesOfClient: 'lease6-get-by-duid',
  // Kea has it from 3.1.1 on: 3.0 is not asked.
  leasesOfHwAddress: 'lease6-get-by-hw-address',
  leasesOfHostname: 'lease6-get-by-hostname',
  leaseStatistics: 'stat-lease6-get',
} as const;
