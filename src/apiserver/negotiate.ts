/** Which form of an answer a request's Accept header asks for. */
import { DISCOVERY_VERSIONS, type DiscoveryVersion } from './discovery.ts';
import { ApiFailure } from './failure.ts';

/** Objects as they are, a Table (kubectl get), or metadata only (garbage collector, `kubectl get -o name` of some clients). */
export type Form = 'Object' | 'Table' | 'Metadata';

interface MediaType {
  readonly type: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/**
 * The first form of the header that this API has. Weights (`q`) are passed over, as Kubernetes' own server does:
 * clients write their preferences in order.
 * @throws ApiFailure NotAcceptable, as for protobuf or YAML alone.
 */
export const negotiateForm = (accept: string | undefined): Form => {
  for (const { type, parameters } of mediaTypes(accept ?? '*/*')) {
    if (type !== 'application/json' && type !== 'application/*' && type !== '*/*') continue;
    const form = formOf(parameters);
    if (form !== undefined) return form;
  }
  throw new ApiFailure('NotAcceptable', 'only the following media types are accepted: application/json');
};

const formOf = ({ as, g, v }: MediaType['parameters']): Form | undefined => {
  if (as === undefined) return 'Object';
  if (g !== 'meta.k8s.io' || v !== 'v1') return undefined;
  if (as === 'Table') return 'Table';
  return as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList' ? 'Metadata' : undefined;
};

/** Whether discovery is wanted in one document for all groups (`apidiscovery.k8s.io`), and of which version: the first of the header that this API has. */
export const aggregatedDiscoveryVersion = (accept: string | undefined): DiscoveryVersion | undefined => {
  for (const { parameters } of mediaTypes(accept ?? '')) {
    const { as, g, v } = parameters;
    const version = DISCOVERY_VERSIONS.find((known) => known === v);
    if (as === 'APIGroupDiscoveryList' && g === 'apidiscovery.k8s.io' && version !== undefined) return version;
  }
  return undefined;
};

const mediaTypes = (accept: string): MediaType[] =>
  accept.split(',').map((part) => {
    const [type = '', ...parameters] = part.split(';').map((piece) => piece.trim());
    return {
      type: type.toLowerCase(),
      parameters: Object.fromEntries(
        parameters.map((parameter): [string, string] => {
          const [name = '', value = ''] = parameter.split('=', 2);
          return [name, value];
        }),
      ),
    };
  });
