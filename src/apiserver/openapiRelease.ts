/** What the OpenAPI documents say of releases. */
import type { z } from 'zod';
import { releaseSpec } from './release.ts';
import { LEASE_API_VERSION, LEASE_GROUP, LEASE_VERSION, LEASES, RELEASE } from './resource.ts';

const kind = { group: LEASE_GROUP, version: LEASE_VERSION, kind: RELEASE.kind };
const NAME = `io.kea-operator.state.${LEASE_VERSION}.${RELEASE.kind}`;

/** @param schemaOf Makes a schema as Kubernetes' readers know it. */
export const releaseSchemas = (typeMeta: object, schemaOf: (schema: z.ZodType) => object) => ({
  [NAME]: {
    description:
      'LeaseRelease asks for a lease to be released: it is deleted from the DHCP servers, and its names from DNS.',
    type: 'object',
    properties: { ...typeMeta, spec: schemaOf(releaseSpec) },
    'x-kubernetes-group-version-kind': [kind],
  },
});

/** How the two versions of OpenAPI write it. */
export interface Writing {
  readonly answerOf: (schema: object) => object;
  readonly parameterOf: (parameter: object, type: string) => object;
  readonly reference: (name: string) => string;
  /** What an operation has that takes such a body, beside its parameters. */
  readonly bodyOf: (schema: object) => { readonly parameters: readonly object[]; readonly requestBody?: object };
}

export const releasePaths = ({ answerOf, parameterOf, reference, bodyOf }: Writing) => {
  const { parameters, requestBody } = bodyOf({ $ref: reference(NAME) });
  return {
    [`/apis/${LEASE_API_VERSION}/namespaces/{namespace}/${LEASES.plural}/{name}/${RELEASE.subresource}`]: {
      post: {
        operationId: 'createStateKeaOperatorIoV1alpha1NamespacedLeaseRelease',
        tags: ['stateKeaOperatorIo_v1alpha1'],
        parameters: [
          ...['namespace', 'name'].map((name) => parameterOf({ name, in: 'path', required: true }, 'string')),
          ...parameters,
        ],
        ...(requestBody === undefined ? {} : { requestBody }),
        responses: {
          '201': answerOf({ type: 'object', description: 'A Status that says what was released.' }),
          '401': { description: 'Unauthorized' },
        },
        'x-kubernetes-action': 'post',
        'x-kubernetes-group-version-kind': kind,
      },
    },
  };
};
