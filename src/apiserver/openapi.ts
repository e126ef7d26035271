/** OpenAPI documents of the lease API, made from the schema of a lease: `kubectl explain` reads version 3, kube-apiserver merges version 2. */
import { hash } from 'node:crypto';
import { z } from 'zod';
import { SELECTABLE } from './fieldSelector.ts';
import { LABELS } from './labels.ts';
import { leaseSpec, leaseStatus } from './lease.ts';
import { releasePaths, releaseSchemas, type Writing } from './openapiRelease.ts';
import { LEASE_API_VERSION, LEASE_GROUP, LEASE_VERSION, LEASES } from './resource.ts';

/** A document as it is sent, and its hash for caches. */
export interface Document {
  readonly json: string;
  readonly hash: string;
}

const kindOf = (kind: string) => ({ group: LEASE_GROUP, version: LEASE_VERSION, kind });
const nameOf = (kind: string): string => `io.kea-operator.state.${LEASE_VERSION}.${kind}`;

/** What Kubernetes' structural readers do not know of JSON Schema is left out. */
const schemaOf = (schema: z.ZodType): object => {
  const {
    $schema: _,
    additionalProperties: __,
    ...rest
  } = z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io: 'input',
    override: ({ jsonSchema }) => {
      delete jsonSchema.additionalProperties;
      // zod gives every integer the bounds of a safe one.
      if (jsonSchema.type === 'integer') {
        delete jsonSchema.minimum;
        delete jsonSchema.maximum;
      }
    },
  });
  return rest;
};

const text = (description: string) => ({ type: 'string', description });
const typeMeta = {
  apiVersion: text('Version of the schema of this object: state.kea-operator.io/v1alpha1.'),
  kind: text('Kind of this object.'),
};

const schemas = (reference: (name: string) => string) => ({
  [nameOf(LEASES.kind)]: {
    description:
      'Lease is one DHCP lease, read from the lease store of the DHCP servers. It cannot be written or watched.',
    type: 'object',
    properties: {
      ...typeMeta,
      metadata: {
        type: 'object',
        description: `Name (the address), namespace (of the HAPair), and labels to select by: ${Object.values(LABELS).join(', ')}.`,
      },
      spec: schemaOf(leaseSpec),
      status: schemaOf(leaseStatus),
    },
    'x-kubernetes-group-version-kind': [kindOf(LEASES.kind)],
  },
  [nameOf(LEASES.listKind)]: {
    description: 'LeaseList is a list of leases.',
    type: 'object',
    required: ['items'],
    properties: {
      ...typeMeta,
      metadata: { type: 'object', description: 'Where the list goes on, if it does.' },
      items: { type: 'array', items: { $ref: reference(nameOf(LEASES.kind)) } },
    },
    'x-kubernetes-group-version-kind': [kindOf(LEASES.listKind)],
  },
  ...releaseSchemas(typeMeta, schemaOf),
});

interface Operation {
  readonly path: string;
  readonly action: 'get' | 'list';
  readonly id: string;
  readonly answer: string;
  readonly parameters: readonly string[];
}

const ROOT = `/apis/${LEASE_API_VERSION}`;
const OPERATIONS: readonly Operation[] = [
  {
    path: `${ROOT}/leases`,
    action: 'list',
    id: 'listStateKeaOperatorIoV1alpha1LeaseForAllNamespaces',
    answer: LEASES.listKind,
    parameters: [],
  },
  {
    path: `${ROOT}/namespaces/{namespace}/leases`,
    action: 'list',
    id: 'listStateKeaOperatorIoV1alpha1NamespacedLease',
    answer: LEASES.listKind,
    parameters: ['namespace'],
  },
  {
    path: `${ROOT}/namespaces/{namespace}/leases/{name}`,
    action: 'get',
    id: 'readStateKeaOperatorIoV1alpha1NamespacedLease',
    answer: LEASES.kind,
    parameters: ['namespace', 'name'],
  },
];

/** The paths; the two versions differ in where an answer's schema and a parameter's type stand. */
const paths = (writing: Writing) => {
  const { answerOf, parameterOf, reference } = writing;
  const reads = Object.fromEntries(
    OPERATIONS.map(({ path, action, id, answer, parameters }) => [
      path,
      {
        get: {
          operationId: id,
          tags: ['stateKeaOperatorIo_v1alpha1'],
          parameters: [
            ...parameters.map((name) => parameterOf({ name, in: 'path', required: true }, 'string')),
            ...(action === 'list' ? QUERY : []).map(([name, type, description]) =>
              parameterOf({ name, in: 'query', description }, type),
            ),
          ],
          responses: { '200': answerOf({ $ref: reference(nameOf(answer)) }), '401': { description: 'Unauthorized' } },
          'x-kubernetes-action': action,
          'x-kubernetes-group-version-kind': kindOf(LEASES.kind),
        },
      },
    ]),
  );
  return { ...reads, ...releasePaths(writing) };
};

/** Of lists: what is read of the query. */
const QUERY = [
  ['labelSelector', 'string', `Labels of the leases: ${Object.values(LABELS).join(', ')}.`],
  ['fieldSelector', 'string', `Fields of the leases, by = alone: ${SELECTABLE}.`],
  ['limit', 'integer', 'So many leases at most; a page has 1000 at most, and may have fewer though there are more.'],
  ['continue', 'string', 'The token of the page before.'],
] as const;

const documentOf = (content: object): Document => {
  const json = JSON.stringify(content);
  return { json, hash: hash('sha256', json).toUpperCase() };
};

const info = { title: 'kea-operator leases', version: LEASE_VERSION };
const inComponents = (name: string): string => `#/components/schemas/${name}`;
const inDefinitions = (name: string): string => `#/definitions/${name}`;

/** `GET /openapi/v3/apis/state.kea-operator.io/v1alpha1` */
export const OPENAPI_V3 = documentOf({
  openapi: '3.0.0',
  info,
  paths: paths({
    answerOf: (schema) => ({ description: 'OK', content: { 'application/json': { schema } } }),
    parameterOf: (parameter, type) => ({ ...parameter, schema: { type } }),
    reference: inComponents,
    bodyOf: (schema) => ({ parameters: [], requestBody: { content: { 'application/json': { schema } } } }),
  }),
  components: { schemas: schemas(inComponents) },
});

/** `GET /openapi/v3`: where the documents are. */
export const OPENAPI_V3_INDEX = {
  paths: {
    [`apis/${LEASE_API_VERSION}`]: {
      serverRelativeURL: `/openapi/v3/apis/${LEASE_API_VERSION}?hash=${OPENAPI_V3.hash}`,
    },
  },
};

/** `GET /openapi/v2`: without it kube-apiserver logs an error again and again. */
export const OPENAPI_V2 = documentOf({
  swagger: '2.0',
  info,
  paths: paths({
    answerOf: (schema) => ({ description: 'OK', schema }),
    parameterOf: (parameter, type) => ({ ...parameter, type }),
    reference: inDefinitions,
    bodyOf: (schema) => ({ parameters: [{ name: 'body', in: 'body', schema }] }),
  }),
  definitions: schemas(inDefinitions),
});
