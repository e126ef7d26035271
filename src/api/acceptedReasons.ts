/** Why an object of a pair takes part, or does not. */

/** What a reason says, and what to do about it. */
export interface Explanation {
  readonly means: string;
  /** Absent of what is well: there is nothing to do. */
  readonly remedy?: string;
}

/** Of the condition `Accepted` of all that belongs to a HAPair. */
export const acceptedReasons = {
  Accepted: { means: 'The object is valid and takes part in the configuration.' },
  RefNotFound: {
    means: 'A referenced object does not exist (yet), or is being deleted.',
    remedy: 'Create it, or correct the reference.',
  },
  ParentRejected: {
    means: 'The network or subnet that the object belongs to is itself rejected.',
    remedy: 'Look at its condition Accepted, which the message repeats.',
  },
  PrefixConflict: {
    means: 'Another Subnet of the namespace has the same prefix.',
    remedy: 'Delete one of them.',
  },
  PrefixOverlap: {
    means: "The prefix overlaps another Subnet's of the namespace.",
    remedy: 'Choose prefixes that do not overlap.',
  },
  PoolOutsidePrefix: {
    means: 'A pool does not lie within the prefix of its Subnet, or holds its network or broadcast address.',
    remedy: 'Choose addresses from those that the message names.',
  },
  PoolReversed: { means: 'The first address of a pool is greater than its last.', remedy: 'Swap them.' },
  PoolOverlap: {
    means:
      'Two pools of the Subnet, be they of addresses or of prefixes, share addresses, or one holds the prefix of the Subnet itself.',
    remedy: 'Correct the pools: an address can be in one only.',
  },
  SubnetIdConflict: {
    means: 'The requested subnetId belongs to another subnet, or belonged to one whose leases may live on.',
    remedy: 'Choose another, or leave it out.',
  },
  ClassCycle: {
    means: 'ClientClasses ask for the members of one another in a circle.',
    remedy: 'Take one of the member() that the message names out.',
  },
  DefinitionInUse: {
    means:
      'The OptionDefinition was changed while the HAPair has an option of it among its own, which its servers would no longer understand. They go on with the former one.',
    remedy: 'Take the option out of the HAPair, wait until the OptionDefinition is Ready, and put it back.',
  },
  NameConflict: {
    means: 'Another object has the same name in the database.',
    remedy: 'Give one of them another name, or each HAPair a database of its own.',
  },
  AddressConflict: {
    means: 'Another HostReservation keeps the same address or prefix.',
    remedy: 'Choose another, or delete one of them.',
  },
  AddressOutsidePrefix: {
    means: 'The reserved address does not lie within the prefix of its Subnet, or is its network or broadcast address.',
    remedy: 'Choose an address of the subnet.',
  },
  AddressInPool: {
    means:
      'The reserved address or prefix lies in a pool, but reservationsOutOfPool is true: Kea would ignore the reservation in silence.',
    remedy: 'Choose one outside the pools, or set reservationsOutOfPool to false.',
  },
  IdentifierConflict: {
    means:
      'Another HostReservation of the same Subnet names the same client, perhaps in another spelling, or still has the row of it, as it is rejected itself.',
    remedy: 'Delete one of them, or correct the one that the message names.',
  },
  ReservationNotLookedUp: {
    means:
      'The servers would never find the reservation: its scope or its kind of identifier is not looked up. Kea takes it in silence.',
    remedy:
      'Set reservationsInSubnet or reservationsGlobal, add the identifier to dhcp4.hostReservationIdentifiers of the HAPair, or take another identifier, as the message says.',
  },
  UnknownClientClass: {
    means:
      'A pool or an option is guarded by a client class that does not exist. Kea would accept it in silence and serve nobody.',
    remedy: "Create the ClientClass, or use one of Kea's own, or one that a HostReservation gives.",
  },
  InvalidOption: {
    means:
      'An option has no such name, a value that Kea would not send as it is written, or client classes where Kea keeps none; or it is one that the server sets itself.',
    remedy: 'Correct the option that the message names by its place.',
  },
  InvalidLifetimes: {
    means: 'Lease times contradict each other, counting those inherited from network and pair.',
    remedy: 'Set both here, so that they fit.',
  },
  InterfaceMismatch: {
    means: 'The subnets of a shared network name different interfaces.',
    remedy: 'Name the same one in all of them: they are on one link.',
  },
  AuthoritativeMismatch: {
    means: 'The Subnet says of authoritative what its shared network does not say.',
    remedy: 'Leave it out in the Subnet, or set it in the SharedNetwork.',
  },
  RapidCommitMismatch: {
    means: 'The Subnet says of rapidCommit what its shared network does not say.',
    remedy: 'Leave it out in the Subnet, or set it in the SharedNetwork.',
  },
  FamilyNotServed: {
    means: 'The HAPair does not serve the family (IPv4 or IPv6) of the object. Rows that it has stay.',
    remedy: 'Add the family to ipFamilies of the HAPair.',
  },
  FamilyMismatch: {
    means: 'A field or a reference is of the other family (IPv4 or IPv6) than the object.',
    remedy: 'Leave the field out, or name an object of the same family.',
  },
  DelegationOverlap: {
    means:
      'A prefix of pdPools, or one that a HostReservation keeps, overlaps what another Subnet has, or what clients get out of pools: two clients would get the same.',
    remedy: 'Choose prefixes that do not overlap.',
  },
  InterfaceNotServed: {
    means: 'Not every server of the pair listens on the named interface.',
    remedy:
      'Add it to interfaces in spec.servers of the HAPair, or leave it out and serve these clients by a relay agent.',
  },
  ForeignRow: {
    means: 'The database has a row for this that the operator did not write.',
    remedy: 'Set the annotation kea-operator.io/adopt to "true" to take it over, or remove the row.',
  },
  InvalidSpec: {
    means:
      'The object does not fit the schema of its kind, as it was stored by an older version of the schema; or it is beyond what is read of an object: 64 KiB of JSON, 32 levels, 4096 values; or `extra` of a HAPair has what has a place of its own. What was accepted before goes on serving.',
    remedy: 'Correct the field that the message names.',
  },
} as const satisfies Record<string, Explanation>;
