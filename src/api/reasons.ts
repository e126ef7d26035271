/**
 * Every reason that a condition or an event can carry, with what it means and what to do.
 * `docs/reference/reasons.md` is generated from these tables; nothing else invents a reason.
 */

/** Of the condition `Accepted` of SharedNetworks, Subnets and HostReservations. */
export const acceptedReasons = {
  Accepted: 'The object is valid and takes part in the configuration.',
  RefNotFound: 'A referenced object does not exist (yet), or is being deleted. Create it, or correct the reference.',
  ParentRejected: 'The network or subnet that the object belongs to is itself rejected. Look at its condition.',
  PrefixConflict: 'Another Subnet of the namespace has the same prefix. Delete one of them.',
  PrefixOverlap: "The prefix overlaps another Subnet's of the namespace. Choose prefixes that do not overlap.",
  PoolOutsidePrefix: 'A pool does not lie within the prefix of its Subnet. Correct the pool.',
  PoolReversed: 'The first address of a pool is greater than its last. Swap them.',
  PoolOverlap: 'Two pools of the Subnet overlap. Correct the pools.',
  SubnetIdConflict:
    'The wished subnetId belongs to another subnet, or belonged to one whose leases may live on. Choose another or leave it out.',
  NameConflict: 'Another object has the same name in the database.',
  AddressConflict: 'Another HostReservation keeps the same address. Delete one of them.',
  AddressOutsidePrefix:
    'The reserved address does not lie within the prefix of its Subnet, or is its network or broadcast address.',
  AddressInPool:
    'The reserved address lies in a pool, but reservationsOutOfPool is true: Kea would ignore the reservation in silence.',
  IdentifierConflict: 'Another HostReservation of the same Subnet names the same client. Delete one of them.',
  ReservationNotLookedUp:
    'The servers would never find the reservation: its scope or its kind of identifier is not looked up. Kea takes it in silence.',
  UnknownClientClass:
    'A pool or an option is guarded by a client class that does not exist. Kea would accept it in silence and serve nobody.',
  LoadBalancingPool:
    'In mode LoadBalancing a pool with client classes of its own cannot be divided between the servers.',
  InvalidOption:
    'An option has no such name, a value that does not fit its definition, or client classes where Kea keeps none.',
  InvalidLifetimes: 'Lifetimes or timers contradict each other, counting those inherited from network and pair.',
  InterfaceMismatch: 'The subnets of a shared network name different interfaces.',
  AuthoritativeMismatch:
    'The Subnet says of authoritative what its shared network does not say. Leave it out in the Subnet, or set it in the SharedNetwork.',
  InterfaceNotServed: 'Not every server of the pair listens on the named interface.',
  ForeignRow:
    'The database has a row for this that the operator did not write. Set the annotation kea-operator.io/adopt to "true" to take it over, or remove the row.',
  InvalidSpec:
    'The object does not fit the schema of its kind, as it was stored by an older version of the schema; or it is beyond what is read of an object: 64 KiB of JSON, 32 levels, 4096 values.',
} as const satisfies Record<string, string>;

/** Of the conditions `Programmed` and `Ready`. */
export const programmedReasons = {
  Programmed: 'The configuration is in the database and every reachable server runs it.',
  Pending: 'Waiting for something else: the message says for what, and why.',
  Reconciling: 'Work is under way.',
  AwaitingServers: 'The rows are written; one or more servers have not yet taken the change.',
  ServersUnreachable: 'No server answers, so that nothing can be checked before it is written.',
  BackendUnavailable: 'The database cannot be reached. The servers go on with what they have.',
  SchemaNotReady: "Kea's schema is not yet in the database; the job that makes it is under way.",
  ServerRefused:
    'A server refused the change when it was tried before it is written; it was not written, and what there was goes on.',
  BackendRefused:
    'The database refused the row of the object, for a constraint or a value that it cannot hold, as the message says; the changes of others were written.',
  ObjectRefused:
    'The API server does not let the operator put its finalizer on the object, as the message says; without it no row is written for the object.',
  SubnetIdPending:
    'The id of a subnet is not chosen yet: a server has to say first whether it holds leases of the prefix under an earlier id.',
  DryRun: 'changePolicy is DryRun: changes are shown in status.plan of the HAPair and not made.',
  Paused: 'The HAPair is paused.',
  MassDeletionWithheld:
    'More than half of what the pair has would be removed, or more than 200 rows at once, or rows with more than 20 active leases in all, or rows whose CustomResourceDefinition was made anew. Annotate the HAPair with kea-operator.io/allow-mass-deletion and the number to let it through.',
  SubnetsVanished:
    'Subnets are gone that nobody deleted (etcd was restored, or a finalizer taken off), while their leases are active or cannot be counted; their rows stay and serve. Create the Subnets again, or annotate the HAPair with kea-operator.io/allow-removal and their names or ids, as the message says.',
  DefinitionMissing:
    "A CustomResourceDefinition of this operator is being deleted or is not there. What becomes of its objects is nobody's wish for each of them: rows and servers stay as they are until it is back.",
  LeasesActive:
    'The object is being deleted, but leases are active; it goes on serving until they end. Set deletionPolicy to Delete to remove it at once.',
  ReferencesExist: 'The object is being deleted, but others still refer to it. Delete them first.',
  NotAccepted: 'The object is not accepted; see the condition Accepted.',
} as const satisfies Record<string, string>;

/** Of the further conditions of a HAPair, and of `Ready`, which sums up. */
export const pairReasons = {
  Ready: 'All is well.',
  WorkloadAvailable: 'Every server runs, and all clients are answered.',
  WorkloadUnavailable: 'No client is answered: no server runs, has open DHCP sockets, and holds subnets.',
  ScopeUnserved:
    'The clients of one server are not answered: it does not serve them, and its partner has not taken them over. The message says why; where the cause stays, the partner takes them over.',
  SplitBrain:
    'The servers do not hear each other, and both answer all clients: one address may be given to two of them. Open the way between the two haPorts.',
  WorkloadForbidden:
    'The cluster refuses the server pods. The namespace must allow hostNetwork: label it pod-security.kubernetes.io/enforce=privileged.',
  NodeNotFound: 'A server names a node that does not exist.',
  InterfaceTaken:
    'A server names an interface of a node that an earlier HAPair of the cluster serves; one interface has one DHCP server. Name another interface or node, or delete one of the pairs. What does not run yet is not started meanwhile.',
  PortTaken:
    'A server would listen on a TCP port of a node that an earlier HAPair of the cluster uses. Set controlPort and haPort to free ones. What does not run yet is not started meanwhile.',
  NotAllowed:
    'The HAPair asks for a directory, an image, nodes or interfaces that whoever installed the operator does not allow (allowed in the values of the chart). Servers that run go on; none is started. Change the specification, or ask for it to be allowed.',
  BackendReachable: 'The database answers and has the schema that is needed.',
  CredentialsMissing: 'A Secret that the HAPair names does not exist or lacks a key.',
  Synchronized: 'Every server runs the present configuration and the HA states fit the mode.',
  ServersOutOfSync: 'A server does not run the present configuration, or the HA states do not fit the mode.',
  ClockSkew:
    'The clocks of the servers are too far apart for them to work together. Set them right; the operator then brings the servers together again.',
  HATerminated:
    'The servers ended their work together, as they could not agree on leases. Each answers its own clients; the operator brings them together again.',
  PartnerDown: 'A server is down; its partner answers all clients.',
  HACommunicationInterrupted:
    'A server gets no answer from its partner, though both answer the operator. Leases may differ, and a failover may come late. Open the way to the haPort of the partner.',
} as const satisfies Record<string, string>;

/** Of warnings in a status; `ClockSkew` and `NotAllowed` are too. */
export const warningReasons = {
  SmallPoolHalves:
    'With mode LoadBalancing each server gives out its half of a pool. This one is so small that a client may find its half used up while the other is not. Use pools of 32 addresses or more, or mode HotStandby.',
  TimersLeftOut:
    'A timer is not less than the lease time, or T1 not less than T2, counting what is inherited. Kea leaves it out of its answers, and clients renew at times of their own. Set timers that fit, or calculateTeeTimes in their place.',
  ClientIdWithoutType:
    'A clientId is six bytes, as a hardware address is. Clients send one with its type before it. Write 01: before it, or use hwAddress.',
} as const satisfies Record<string, string>;

/** Of events. */
export const eventReasons = {
  DriftCorrected: 'A row or a server differed from what was wished for and was put right.',
  RowAdopted: 'A row that the operator had not written was taken over.',
  SubnetIdAssigned: 'A Subnet got its id.',
  ConfigurationApplied: 'Changes were written and taken by the servers.',
  ServerConfigured: 'A server took a new configuration by config-set.',
  ServerCarried:
    'A server took its configuration together with the subnets that it had, as it did not find them in its database.',
  ServerRestarted: 'A server pod was replaced to take a change that needs it.',
  ReconcileFailed: 'An attempt ended in an error and will be repeated.',
} as const satisfies Record<string, string>;

export const reasons = {
  ...acceptedReasons,
  ...programmedReasons,
  ...pairReasons,
  ...warningReasons,
  ...eventReasons,
} as const;

export type Reason = keyof typeof reasons;
