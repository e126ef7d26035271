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
  leaseStatistics: 'stat-lease6-get',
} as const;
