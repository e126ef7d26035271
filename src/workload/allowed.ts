/**
 * What the installation lets HAPairs ask of its nodes. kube-apiserver refuses what asks for more (the chart's ValidatingAdmissionPolicy says the
 * same in CEL); here it is for what was there before: no server of it is started, and what runs goes on.
 */
import { z } from 'zod';
import type { HAPair } from '../api/index.ts';
import { hostPathIn, imageIn, interfaceOf, priorityClassIn, serversIn, type StoredServer } from '../api/stored.ts';

/** A name, or its beginning and `*`. */
const patterns = z.array(z.string());

export const allowedSchema = z.strictObject({
  /** Directories of nodes for leases, word for word. */
  hostPaths: patterns,
  /** That they may name; the operator's own needs no leave. */
  images: patterns,
  /** Who may have servers where. */
  servers: z.array(z.strictObject({ namespaces: patterns, nodes: patterns, interfaces: patterns })),
  /** PriorityClasses that they may name. */
  priorityClasses: patterns,
});

export type Allowed = z.output<typeof allowedSchema>;

/** What a pair asks for beyond that; undefined: nothing. */
export const notAllowed = (pair: HAPair, allowed: Allowed): string | undefined => {
  const { hostPaths, images, priorityClasses } = allowed;
  const { namespace = '' } = pair.metadata;
  const places = serversIn(pair.spec).flatMap((server) => strangePlaces(namespace, server, allowed));
  const hostPath = hostPathIn(pair.spec);
  const image = imageIn(pair.spec);
  const priorityClass = priorityClassIn(pair.spec);
  const problems = [
    ...(hostPath !== undefined && !hostPaths.includes(hostPath)
      ? [`keep leases in ${hostPath} of the nodes (${orNone(hostPaths)})`]
      : []),
    ...(image !== undefined && !matches(image, images) ? [`run the image ${image} (${orNone(images)})`] : []),
    ...(priorityClass !== undefined && !matches(priorityClass, priorityClasses)
      ? [`have the priority class ${priorityClass} (${orNone(priorityClasses)})`]
      : []),
    ...(places.length > 0 ? [`have servers on ${places.join('; ')}`] : []),
  ];
  if (problems.length === 0) return undefined;
  const what = problems.map((problem) => `may not ${problem}`).join('; ');
  return `HAPairs of the namespace ${namespace} ${what}: change the spec, or ask who installed the operator (allowed in the chart’s values)`;
};

const strangePlaces = (
  namespace: string,
  { node, interfaces }: StoredServer,
  { servers }: Allowed,
): readonly string[] => {
  const here = servers.filter(({ namespaces, nodes }) => matches(namespace, namespaces) && matches(node, nodes));
  const strange = interfaces.filter((name) => !here.some((rule) => matches(interfaceOf(name), rule.interfaces)));
  return strange.length === 0 ? [] : [`${strange.join(', ')} of ${node}`];
};

/** For a message: what is allowed instead. */
const orNone = (allowed: readonly string[]): string =>
  allowed.length === 0 ? 'none is allowed' : `allowed: ${allowed.join(', ')}`;

const matches = (text: string, allowed: readonly string[]): boolean =>
  allowed.some((pattern) => (pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : text === pattern));
