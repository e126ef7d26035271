/**
 * Every reason that a condition, a warning or an event can carry, with what it means and what to do.
 * `docs/reference/reasons.md` is generated from these tables; nothing else invents a reason.
 */
import { acceptedReasons, type Explanation } from './acceptedReasons.ts';
import { pressureReasons } from './pressureReasons.ts';

export { acceptedReasons } from './acceptedReasons.ts';
export { pressureReasons } from './pressureReasons.ts';

/** Of the conditions `Programmed` and `Ready`. */
export const programmedReasons = {
  Programmed: { means: 'The configuration is in the database and every reachable server runs it.' },
  Pending: { means: 'Waiting for something else: the message says for what.', remedy: 'Look at what it names.' },
  Reconciling: {
    means: 'Work is under way.',
    remedy:
      'Wait; the message says for what. What does not come right by itself is an error after a minute, of a new HAPair after ten.',
  },
  AwaitingServers: {
    means: 'The rows are written; one or more servers have not yet taken the change.',
    remedy: 'Wait; where it lasts, look at the condition Synchronized of the HAPair.',
  },
  ServersUnreachable: {
    means: 'No server answers, so that nothing can be checked before it is written.',
    remedy:
      'Look at the condition WorkloadAvailable of the HAPair, and whether its controlPort is open to the operator.',
  },
  BackendUnavailable: {
    means: 'The database cannot be reached. The servers go on with what they have.',
    remedy: 'Put right what the message says of the database; the operator tries again by itself.',
  },
  SchemaNotReady: {
    means: "Kea's schema is not yet in the database; the job that makes it is under way.",
    remedy: 'Wait; where it is an error, put right what the message says of the job or its pod.',
  },
  ServerRefused: {
    means:
      'A server refused the change when it was tried before it is written, or its configuration; it was not written, and what there was goes on.',
    remedy: "Correct what Kea's own words in the message name.",
  },
  BackendRefused: {
    means:
      'The database refused the row of the object, for a constraint or a value that it cannot hold, as the message says; the changes of others were written.',
    remedy:
      'Correct the value, or take away what the database was given beside Kea’s schema (a trigger, a constraint).',
  },
  ObjectRefused: {
    means:
      'The API server does not let the operator put its finalizer on the object, as the message says; without it no row is written for the object.',
    remedy: 'Correct the object, or the admission policy or webhook that refuses it.',
  },
  SubnetIdPending: {
    means:
      'The id of a subnet is not chosen yet: a server has to say first whether it holds leases of the prefix under an earlier id.',
    remedy: 'Let a server of the HAPair answer: see its condition WorkloadAvailable.',
  },
  DryRun: {
    means: 'changePolicy is DryRun: changes are shown in status.plan of the HAPair and not made.',
    remedy: 'Set changePolicy to Sync to have them made.',
  },
  Paused: { means: 'The HAPair is paused.', remedy: 'Set spec.paused to false.' },
  MassDeletionWithheld: {
    means:
      'More than half of what the pair has would be removed, or more than 200 rows at once, or rows with more than 20 active leases in all, or rows whose CustomResourceDefinition was made anew.',
    remedy:
      'Restore the objects, or annotate the HAPair with kea-operator.io/allow-mass-deletion and the number to let it through.',
  },
  SubnetsVanished: {
    means:
      'Subnets are gone that nobody deleted (etcd was restored, or a finalizer taken off), while their leases are active or cannot be counted; their rows stay and serve.',
    remedy:
      'Create the Subnets again, or annotate the HAPair with kea-operator.io/allow-removal and their names or ids, as the message says.',
  },
  DefinitionMissing: {
    means:
      "A CustomResourceDefinition of this operator is being deleted or is not there. What becomes of its objects is nobody's decision about each of them: rows and servers stay as they are until it is back.",
    remedy: 'Install the definitions again and apply the objects.',
  },
  LeasesActive: {
    means: 'The object is being deleted, but leases are active; it goes on serving until they end.',
    remedy:
      'Wait; where clients renew for ever, set deletionPolicy to Drain to have them go, or to Delete to remove it at once.',
  },
  Draining: {
    means:
      'The Subnet is being deleted with deletionPolicy Drain: no client gets or renews an address of it, and it goes with the last lease. The message says how many are left, and until when.',
    remedy:
      'Wait, or set deletionPolicy to Delete to remove it at once, or to Protect to have it serve again meanwhile.',
  },
  ReferencesExist: {
    means: 'The object is being deleted, but others still refer to it.',
    remedy: 'Delete them first.',
  },
  NotAccepted: { means: 'The object is not accepted.', remedy: 'See the condition Accepted.' },
} as const satisfies Record<string, Explanation>;

/** Of the further conditions of a HAPair, and of `Ready`, which sums up. */
export const pairReasons = {
  Ready: { means: 'All is well.' },
  WorkloadAvailable: { means: 'Every server runs, and all clients are answered.' },
  WorkloadUnavailable: {
    means: 'No client is answered: no server runs, has open DHCP sockets, and holds subnets.',
    remedy: 'Put right what the message says of each server or its pod.',
  },
  ScopeUnserved: {
    means:
      'The clients of one server are not answered: it does not serve them, and its partner has not taken them over.',
    remedy: 'Put right what the message says of the server; where the cause stays, the partner takes them over.',
  },
  SplitBrain: {
    means: 'The servers do not hear each other, and both answer all clients: one address may be given to two of them.',
    remedy: 'Open the way between the two haPorts.',
  },
  WorkloadForbidden: {
    means: 'The cluster refuses the server pods. The namespace must allow hostNetwork.',
    remedy: 'Label the namespace pod-security.kubernetes.io/enforce=privileged.',
  },
  NodeNotFound: {
    means: 'A server names a node that does not exist, or that has no InternalIP.',
    remedy: 'Correct spec.servers[].node, or give spec.servers[].address, as the message says.',
  },
  InterfaceTaken: {
    means:
      'A server names an interface of a node, or an address of it, that an earlier HAPair of the cluster serves; one interface has one DHCP server. What does not run yet is not started meanwhile.',
    remedy: 'Name another interface or node, or delete one of the pairs.',
  },
  PortTaken: {
    means:
      'A server would listen on a TCP port of a node that an earlier HAPair of the cluster uses. What does not run yet is not started meanwhile.',
    remedy: 'Set controlPort and haPort to free ones.',
  },
  PortInUse: {
    means:
      'Clients are not answered, as somebody else has a port of the node that a server needs: another DHCP server, or a HAPair that another operator looks after. The server starts or opens its sockets as soon as the port is free.',
    remedy: 'End what the message names, or give the HAPair other interfaces, nodes or ports.',
  },
  NotAllowed: {
    means:
      'The HAPair asks for a directory, an image, nodes or interfaces that whoever installed the operator does not allow (allowed in the values of the chart). Servers that run go on; none is started.',
    remedy: 'Change the specification, or ask for it to be allowed.',
  },
  BackendReachable: { means: 'The database answers and has the schema that is needed.' },
  CredentialsMissing: {
    means: 'A Secret that the HAPair names does not exist or lacks a key.',
    remedy: 'Create the Secret with the keys that the message names, or correct the reference.',
  },
  Synchronized: { means: 'Every server runs the present configuration and the HA states fit the mode.' },
  ServersOutOfSync: {
    means: 'A server does not run the present configuration, or the HA states do not fit the mode.',
    remedy: 'Wait; where it lasts, put right what the message says of the server.',
  },
  ClockSkew: {
    means: 'The clocks of the servers are too far apart for them to work together.',
    remedy: 'Set them right (NTP); the operator then brings the servers together again.',
  },
  HATerminated: {
    means: 'The servers ended their work together, as they could not agree on leases. Each answers its own clients.',
    remedy: 'Wait: the operator brings them together again.',
  },
  PartnerDown: {
    means: 'A server is down; its partner answers all clients.',
    remedy: 'Put right what the message says of the server or its pod.',
  },
  HACommunicationInterrupted: {
    means:
      'A server gets no answer from its partner, though both answer the operator. Leases may differ, and a failover may come late.',
    remedy: 'Open the way to the haPort of the partner.',
  },
} as const satisfies Record<string, Explanation>;

/** Of warnings in a status; `ClockSkew` and `NotAllowed` are too. */
export const warningReasons = {
  SmallPoolHalves: {
    means:
      'With mode LoadBalancing each server gives out its half of a pool. This one is so small that a client may find its half used up while the other is not.',
    remedy: 'Use pools of 32 or more addresses or prefixes, or mode HotStandby.',
  },
  TakenAddressInPool: {
    means:
      'A pool holds the address of a router, of a relay agent or of a server of the HAPair: it would be given to a client.',
    remedy: 'Leave it out of the pool, or reserve it.',
  },
  LinkWithoutInterface: {
    means:
      'A server is on the link of an IPv6 Subnet that names no interface. Kea knows clients that are behind no relay by the interface alone, and gives those of this link nothing.',
    remedy: 'Set interface in the Subnet or its SharedNetwork: the name that it has on all servers.',
  },
  CacheMaxAgeLeftOut: {
    means:
      'cacheMaxAge is not 0, and the servers of the HAPair tell each other of leases when they write them (leaseStorage Memfile, mode HotStandby or LoadBalancing). It is left out: a lease that is given again without being written may be unknown to the partner, which would give its address away.',
    remedy: 'Leave cacheMaxAge out, or set it to 0.',
  },
  TimersLeftOut: {
    means:
      'A timer is not less than the lease time, or T1 not less than T2, counting what is inherited. Kea leaves it out of its answers, and clients renew at times of their own.',
    remedy: 'Set timers that fit, or calculateTeeTimes in their place.',
  },
  ClientIdWithoutType: {
    means: 'A clientId is six bytes, as a hardware address is. Clients send one with its type before it.',
    remedy: 'Write 01: before it, or use hwAddress.',
  },
  HwAddressOfNobody: {
    means:
      'A hwAddress is all zeros or that of a group (its first byte is odd, as in ff:ff:ff:ff:ff:ff). No client sends from one.',
    remedy: 'Name the address of the client.',
  },
  DuidWithoutType: {
    means:
      'A duid is six bytes, as a hardware address is, and begins with no type of DUID. No client sends such a one.',
    remedy: 'Name the whole DUID (of its hardware address alone: 00:03:00:01: before it), or use hwAddress.',
  },
  PoolsReserved: {
    means:
      'Each address of the pools, or each prefix of the pdPools, is kept for a client by a HostReservation: all other clients get none.',
    remedy: 'Make the pools larger. Where nobody else is to be served, leave the pools out: reservations need none.',
  },
  DispensableSubnet: {
    means:
      'A Subnet has neither pools nor reservations, so that no client gets anything of it. One of IPv6 that has options is for clients that make their addresses themselves.',
    remedy: 'Give it pools or HostReservations, or delete it.',
  },
  DispensableSharedNetwork: {
    means: 'A SharedNetwork has one Subnet, or none. It is for links that have several.',
    remedy:
      'Add the other Subnets of the link, or create the one anew with haPairRef in place of sharedNetworkRef, and delete the SharedNetwork.',
  },
  RouterOffLink: {
    means:
      'The option routers names an address that is in no prefix of the link. Clients ask for it on the link, and get no answer.',
    remedy: 'Name an address of the Subnet; where it is inherited, give the Subnet an option routers of its own.',
  },
  GuardNeverMet: {
    means:
      'Clients are let in by classes alone that Kea puts them into too late: those with onlyInAdditionalList once they have an address, KNOWN, UNKNOWN and all that hang on reservations once their subnet is chosen.',
    remedy:
      'Guard by a class with a test of its own. What hangs on reservations can guard pools, and Subnets of a SharedNetwork.',
  },
  ComparisonNeverTrue: {
    means:
      "A test compares what can never be the same, as option[93].hex == '00:07' does: the option is two bytes, and what is in quotes are five letters.",
    remedy: 'Write bytes as 0x0007, addresses without quotes, and as many bytes as are compared.',
  },
  ClassWithoutClients: {
    means:
      'Nobody is in a ClientClass: it has no test, or one that is looked at where evaluateAdditionalClasses names it alone, and no Subnet, SharedNetwork, pool or HostReservation names it.',
    remedy: 'Give it a test, or name it where its clients are.',
  },
  ClassWithoutEffect: {
    means: 'A ClientClass gives its clients nothing, and nothing refers to it.',
    remedy: 'Give it options, lifetimes or boot fields, name it in clientClasses, or delete it.',
  },
  LeasesNeverEnd: {
    means: 'Leases are for ever (validLifetime is 4294967295): an address that a client once had is never free again.',
    remedy: 'Set a lease time, however long.',
  },
  LeasesEndInFailover: {
    means:
      'Leases are shorter than the silence after which a server takes its partner for lost (ha.maxResponseDelay): clients lose their addresses when a server fails.',
    remedy: 'Set a greater validLifetime, or a smaller ha.maxResponseDelay.',
  },
  UnknownWarning: {
    means: 'The annotation kea-operator.io/silence names something that is no warning.',
    remedy: 'Correct it to one of the reasons of this table, or take it out.',
  },
} as const satisfies Record<string, Explanation>;

/** All that a warning can have. */
export type WarningReason = keyof typeof warningReasons | 'ClockSkew' | 'NotAllowed';
export const WARNING_REASONS = [...Object.keys(warningReasons), 'ClockSkew', 'NotAllowed'] as readonly WarningReason[];

/** Of a pass that failed and will be repeated: of the conditions `Programmed` and `Ready` of a HAPair, and of events. What it was to change was not changed, or not all of it. */
export const failureReasons = {
  StaleObservation: {
    means: 'Somebody else wrote to the database while a change was calculated. It is calculated anew at once.',
    remedy: 'Wait; where it lasts, look who else writes to the database of the HAPair.',
  },
  LeasesUnavailable: {
    means: 'The leases cannot be read: the database or the servers that hold them do not answer.',
    remedy: 'Put right what the message says.',
  },
  NameTaken: {
    means: 'An object that the operator would make has the name of one that is not the HAPair’s.',
    remedy: 'Delete or rename what the message names.',
  },
  APIServerUnavailable: {
    means: 'The API server does not answer, or cannot do what it is asked. The servers go on with what they have.',
    remedy: 'Wait: the operator tries again by itself. Where it lasts, look after the API server.',
  },
  APIServerRefused: {
    means: 'The API server refuses something that the operator asks of it, as the message says.',
    remedy: 'Look at the rights of the operator, as the chart gives them, and at admission policies and webhooks.',
  },
  DefinitionUnreadable: {
    means: 'Whether objects that are missing were deleted is not known: rows and servers stay as they are.',
    remedy: 'Let the ClusterRole of the operator get customresourcedefinitions, as that of the chart does.',
  },
  ReconcileFailed: {
    means: 'An attempt ended in an error that nobody expected, and will be repeated.',
    remedy: "Put right what the message says; where it says nothing that you know, look into the operator's log.",
  },
} as const satisfies Record<string, Explanation>;

/** Of events. */
export const eventReasons = {
  DriftCorrected: { means: 'A row or a server differed from what was desired and was put right.' },
  RowAdopted: { means: 'A row that the operator had not written was taken over.' },
  SubnetIdAssigned: { means: 'A Subnet got its id.' },
  ConfigurationApplied: { means: 'Changes were written and taken by the servers.' },
  ServerConfigured: { means: 'A server took a new configuration by config-set.' },
  ServerCarried: {
    means:
      'A server took its configuration together with the subnets that it had, as it did not find them in its database.',
  },
  ServerRestarted: { means: 'A server pod was replaced to take a change that needs it.' },
  LeaseReleased: { means: 'A lease was released, as somebody asked for: the message says whose, and who asked.' },
  LeaseHalfReleased: {
    means:
      'A lease was deleted from one server and not from the other, which answers no more: it may come back from there. The operator goes on trying.',
    remedy: 'Look after the server that the message names, then release the lease again.',
  },
} as const satisfies Record<string, Explanation>;

export const reasons = {
  ...acceptedReasons,
  ...programmedReasons,
  ...pairReasons,
  ...pressureReasons,
  ...warningReasons,
  ...failureReasons,
  ...eventReasons,
} as const;

export type Reason = keyof typeof reasons;
