/** What makes a custom resource: its group and version, and how a kind is defined. */
import type { z } from 'zod';
import type { CelRule } from './cel.ts';

/** API group of the custom resources. The lease API has a group of its own (docs/adr/0003-lease-api.md). */
export const GROUP = 'kea-operator.io';
export const SERVED_VERSION = 'v1alpha1';
export const API_VERSION = `${GROUP}/${SERVED_VERSION}`;

/** Held by HAPair, SharedNetwork and Subnet until their rows and workloads are gone or left behind on purpose. */
export const FINALIZER = `${GROUP}/cleanup`;

/** Annotations that users set. */
export const ANNOTATIONS = {
  /** "true" on a child lets it take over a row of the database that carries no marker of ours. */
  adopt: `${GROUP}/adopt`,
  /** On a HAPair: the number of removals to let through, as the condition MassDeletionWithheld names it. */
  allowMassDeletion: `${GROUP}/allow-mass-deletion`,
  /** On a HAPair: names or subnet ids, with commas between, of Subnets that vanished and whose rows may go though their leases are active. */
  allowRemoval: `${GROUP}/allow-removal`,
  /** On a HAPair: with each new value its servers start anew, one after the other. */
  restartedAt: `${GROUP}/restartedAt`,
  /** On any object: reasons of warnings, with commas between, that its status is not to tell. */
  silence: `${GROUP}/silence`,
} as const;

/** The status of an object that nobody has looked at: whoever compares the generations (kstatus, Argo CD) then waits, and takes nothing for done. */
export const UNOBSERVED = { observedGeneration: -1 } as const;

/** A column of `kubectl get`. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'boolean' | 'date' | 'number';
  readonly jsonPath: string;
  readonly description?: string;
  /** Columns with priority > 0 show with `-o wide` only. */
  readonly priority?: number;
}

/** The last columns of every kind. */
export const readyColumns: readonly PrinterColumn[] = [
  { name: 'Warnings', type: 'integer', jsonPath: '.status.warningCount', priority: 1 },
  { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
  { name: 'Reason', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].reason' },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  { name: 'Message', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].message', priority: 1 },
];

/** Of kinds that have pools. */
export const pressureColumn: PrinterColumn = {
  name: 'Pressure',
  type: 'string',
  jsonPath: '.status.conditions[?(@.type=="PoolPressure")].reason',
  description: 'How near the pools are to their end.',
  priority: 1,
};

/** Everything needed to make the CustomResourceDefinition, its reference page and its TypeScript type of one kind. */
export interface Kind<Spec extends z.ZodType = z.ZodType, Status extends z.ZodType = z.ZodType> {
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly description: string;
  readonly spec: Spec;
  readonly status: Status;
  /** Rules over the whole object: they see `self.metadata.name`, `self.spec` and `self.status`. */
  readonly rules?: readonly CelRule[];
  readonly columns: readonly PrinterColumn[];
  /** Paths of texts by which `kubectl get --field-selector` selects. */
  readonly selectable: readonly string[];
}

/** The pair of what belongs to one directly. */
export const BY_PAIR = ['.spec.haPairRef.name'] as const;

/** Keeps the literal schema types of a kind while checking its shape. */
export const defineKind = <Spec extends z.ZodType, Status extends z.ZodType>(
  kind: Kind<Spec, Status>,
): Kind<Spec, Status> => kind;
