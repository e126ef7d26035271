/**
 * The custom resources below a pair, each read once: its name, its parent, and its spec in the shape of its schema, or what is wrong with it. Nothing
 * behind it looks at a spec that was not read so. What is more than a schema's matter (which prefix, which id) is read whatever else is wrong.
 */
import { clientClassKind, type ClientClassSpec } from '../api/clientClass.ts';
import { hostReservationKind, type HostReservationSpec } from '../api/hostReservation.ts';
import type {
  ChildObject,
  ClientClass,
  HostReservation,
  OptionDefinition,
  SharedNetwork,
  Subnet,
} from '../api/index.ts';
import { optionDefinitionKind, type OptionDefinitionSpec } from '../api/optionDefinition.ts';
import { sharedNetworkKind, type SharedNetworkSpec } from '../api/sharedNetwork.ts';
import { subnetKind, type SubnetSpec } from '../api/subnet.ts';
import type { Prefix } from '../kea/address.ts';
import { compareText } from '../kea/canonical.ts';
import { familyOfText, IP_FAMILIES } from '../kea/families.ts';
import type { Family } from '../kea/family.ts';
import type { ObjectKind } from '../kea/kinds.ts';
import { type KnownOptions, knownOptions } from '../kea/knownOptions.ts';
import type { DeletionPolicy, ObjectRef } from '../kea/state.ts';
import { draftOf, type ReservationDraft } from './hosts.ts';
import type { Checked } from './networkPart.ts';
import { type AnyObject, at, isDeleting, refOf, subnetIdAt, textAt, wantsAdoption } from './objects.ts';
import { cidrIn } from './pools.ts';
import { type Parsed, readSpec } from './spec.ts';

/** What an object names as that which it belongs to. */
export interface ParentRef {
  readonly kind: 'HAPair' | 'SharedNetwork' | 'Subnet';
  readonly name: string;
}

/** The family that an object says it is of. */
const familyIn = (spec: unknown): Family => (at(spec, 'ipFamily') === 'IPv6' ? IP_FAMILIES.IPv6 : IP_FAMILIES.IPv4);

abstract class ChildRecord<Kind extends ObjectKind, T extends AnyObject> {
  readonly kind: Kind;
  readonly object: T;
  readonly ref: ObjectRef;
  readonly name: string;
  /** An object without a time (it never came from an API server) counts as the youngest. */
  readonly created: string;
  readonly isDeleting: boolean;
  /** Whether it asks to take over a row that nobody wrote for it. */
  readonly adopts: boolean;
  readonly parent: ParentRef | undefined;

  constructor(kind: Kind, object: T, parent: ParentRef | undefined) {
    this.kind = kind;
    this.object = object;
    this.ref = refOf(kind, object);
    this.name = object.metadata.name;
    this.created = object.metadata.creationTimestamp ?? '~';
    this.isDeleting = isDeleting(object);
    this.adopts = wantsAdoption(object);
    this.parent = parent;
  }
}

/** The parent that a spec of which nothing is known yet names: of several the first. */
const parentIn = (
  spec: unknown,
  ...fields: readonly (readonly [string, ParentRef['kind']])[]
): ParentRef | undefined => {
  for (const [field, kind] of [['haPairRef', 'HAPair'] as const, ...fields]) {
    const name = textAt(spec, field, 'name');
    if (name !== undefined) return { kind, name };
  }
  return undefined;
};

export class DefinitionChild extends ChildRecord<'OptionDefinition', OptionDefinition> {
  readonly family: Family;
  #parsed: Parsed<OptionDefinitionSpec> | undefined;

  constructor(object: OptionDefinition) {
    super('OptionDefinition', object, parentIn(object.spec));
    this.family = familyIn(object.spec);
  }

  get parsed(): Parsed<OptionDefinitionSpec> {
    return (this.#parsed ??= readSpec(optionDefinitionKind.spec, this.object));
  }
}

export class ClassChild extends ChildRecord<'ClientClass', ClientClass> {
  readonly family: Family;
  #parsed: Parsed<ClientClassSpec> | undefined;

  constructor(object: ClientClass) {
    super('ClientClass', object, parentIn(object.spec));
    this.family = familyIn(object.spec);
  }

  get parsed(): Parsed<ClientClassSpec> {
    return (this.#parsed ??= readSpec(clientClassKind.spec, this.object));
  }
}

export class NetworkChild extends ChildRecord<'SharedNetwork', SharedNetwork> {
  readonly family: Family;
  readonly policy: DeletionPolicy | undefined;
  #parsed: Parsed<SharedNetworkSpec> | undefined;

  constructor(object: SharedNetwork) {
    super('SharedNetwork', object, parentIn(object.spec));
    this.family = familyIn(object.spec);
    this.policy = policyIn(object.spec);
  }

  get parsed(): Parsed<SharedNetworkSpec> {
    return (this.#parsed ??= readSpec(sharedNetworkKind.spec, this.object));
  }
}

export class SubnetChild extends ChildRecord<'Subnet', Subnet> {
  /** That of its prefix, however wrong that is. */
  readonly family: Family;
  readonly policy: DeletionPolicy | undefined;
  readonly prefix: Prefix | undefined;
  /** The id that its spec asks for. */
  readonly wantedId: number | undefined;
  /** The id that its status has. */
  readonly knownId: number | undefined;
  #parsed: Parsed<SubnetSpec> | undefined;

  constructor(object: Subnet) {
    super('Subnet', object, parentIn(object.spec, ['sharedNetworkRef', 'SharedNetwork']));
    this.policy = policyIn(object.spec);
    this.family = familyOfText(textAt(object.spec, 'cidr') ?? '');
    this.prefix = cidrIn(object.spec);
    this.wantedId = subnetIdAt(object.spec);
    this.knownId = subnetIdAt(object.status);
  }

  get parsed(): Parsed<SubnetSpec> {
    return (this.#parsed ??= readSpec(subnetKind.spec, this.object));
  }
}

export class ReservationChild extends ChildRecord<'HostReservation', HostReservation> {
  /** Of a global one; another has that of its Subnet. */
  readonly family: Family;
  /** Client classes that it gives, defined or not. */
  readonly classes: readonly string[];
  /** Whether prefixes are kept for the client. */
  readonly hasPrefixes: boolean;
  readonly #hasOptions: boolean;
  #draft: { readonly known: KnownOptions; readonly draft: Checked<ReservationDraft> } | undefined;

  constructor(object: HostReservation) {
    super('HostReservation', object, parentIn(object.spec, ['subnetRef', 'Subnet']));
    this.family = familyIn(object.spec);
    this.#hasOptions = at(object.spec, 'optionData') !== undefined;
    this.hasPrefixes = at(object.spec, 'prefixes') !== undefined;
    const classes = at(object.spec, 'clientClasses');
    this.classes = Array.isArray(classes)
      ? (classes as readonly unknown[]).filter((name): name is string => typeof name === 'string')
      : NONE;
  }

  /** What it says by itself, in whatever Subnet of the family it is. One without options is not read again where the pair defines others. */
  draftIn(all: KnownOptions): Checked<ReservationDraft> {
    const known = this.#hasOptions ? all : knownOptions(all.family);
    if (this.#draft?.known !== known) {
      this.#draft = { known, draft: draftOf(known, this.ref, this.object, this.#parse()) };
    }
    return this.#draft.draft;
  }

  #parse(): Parsed<HostReservationSpec> {
    return readSpec(hostReservationKind.spec, this.object);
  }
}

const NONE: readonly string[] = [];

export type Child = DefinitionChild | ClassChild | NetworkChild | SubnetChild | ReservationChild;

export const childOf = (object: ChildObject): Child => {
  switch (object.kind) {
    case 'OptionDefinition':
      return new DefinitionChild(object as OptionDefinition);
    case 'ClientClass':
      return new ClassChild(object as ClientClass);
    case 'SharedNetwork':
      return new NetworkChild(object as SharedNetwork);
    case 'Subnet':
      return new SubnetChild(object as Subnet);
    default:
      return new ReservationChild(object as HostReservation);
  }
};

const POLICIES: readonly DeletionPolicy[] = ['Protect', 'Drain', 'Delete', 'Orphan'];
const policyIn = (spec: unknown): DeletionPolicy | undefined => {
  const policy = at(spec, 'deletionPolicy');
  return POLICIES.find((known) => known === policy);
};

/** Oldest first, then by name. */
export const byAge = (a: Child, b: Child): number => compareText(a.created, b.created) || compareText(a.name, b.name);
