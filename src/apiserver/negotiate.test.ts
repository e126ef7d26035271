import { describe, expect, it } from 'vitest';
import { aggregatedDiscoveryVersion, negotiateForm } from './negotiate.ts';

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';

describe('negotiateForm', () => {
  it.each([
    [undefined, 'Object', 'a client that does not care'],
    ['*/*', 'Object', 'curl'],
    ['application/json', 'Object', 'kubectl get -o yaml'],
    [`${TABLE},application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json`, 'Table', 'kubectl get'],
    [
      'application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json',
      'Object',
      'a Table of before Kubernetes 1.15',
    ],
    ['application/vnd.kubernetes.protobuf,application/json', 'Object', 'client-go'],
    ['application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1', 'Metadata', 'a metadata informer'],
    ['application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1', 'Metadata', 'a metadata client'],
    ['text/html, application/json;q=0.9', 'Object', 'a browser'],
  ])('%s → %s: %s', (accept, form, because) => {
    expect(negotiateForm(accept), because).toBe(form);
  });

  it.each(['application/vnd.kubernetes.protobuf', 'application/yaml', 'application/json;as=Table;v=v9;g=meta.k8s.io'])(
    '%s alone is not to be had',
    (accept) => {
      expect(() => negotiateForm(accept)).toThrow('only the following media types are accepted');
    },
  );
});

describe('aggregatedDiscoveryVersion', () => {
  const OF = (version: string) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
  it.each([
    [`${OF('v2')},application/json`, 'v2'],
    [`${OF('v2')},${OF('v2beta1')},application/json`, 'v2'],
    [`${OF('v2beta1')},application/json`, 'v2beta1'],
    [`${OF('v3')},application/json`, undefined],
    ['application/json', undefined],
    [undefined, undefined],
  ])('%s: %s', (accept, version) => {
    expect(aggregatedDiscoveryVersion(accept)).toBe(version);
  });
});
