/** The names of the commands of DHCPv4, and what they call subnets. */
export const DHCPV4_SUBNETS = 'subnet4';

export const DHCPV4_COMMANDS = {
  subnetList: 'subnet4-list',
  subnetGet: 'subnet4-get',
  subnetAdd: 'subnet4-add',
  subnetUpdate: 'subnet4-update',
  subnetRemove: 'subnet4-del',
  networkList: 'network4-list',
  networkGet: 'network4-get',
  networkAdd: 'network4-add',
  networkRemove: 'network4-del',
  memberAdd: 'network4-subnet-add',
  memberRemove: 'network4-subnet-del',
  leaseGet: 'lease4-get',
  leaseRemove: 'lease4-del',
  leasePage: 'lease4-get-page',
  leasesOfSubnets: 'lease4-get-all',
  leasesOfClient: 'lease4-get-by-client-id',
  leasesOfHwAddress: 'lease4-get-by-hw-address',
  leasesOfHostname: 'lease4-get-by-hostname',
  leaseStatistics: 'stat-lease4-get',
} as const;
