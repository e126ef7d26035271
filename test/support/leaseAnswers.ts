/** An HTTP server on loopback that speaks as kube-apiserver with the lease API behind it, for the commands that ask it. */
import type { ServerResponse } from 'node:http';
import { leasedPlace, type ShownLease } from '../../src/cli/lease.ts';
import { contains, prefixIn } from '../../src/kea/address.ts';
import type { KubeObject } from '../../src/runtime/object.ts';
import { answerJson, failure, type HttpAnswers, type SeenRequest, startHttpAnswers } from './httpAnswers.ts';

export interface LeaseAnswers {
  readonly http: HttpAnswers;
  leases: ShownLease[];
  /** Objects of the custom resources, as `hostreservations` and `subnets`. */
  readonly others: Map<string, KubeObject[]>;
  /** `list leases *`, `list leases dhcp`, `get subnets dhcp`: what is answered with 403. */
  readonly forbidden: Set<string>;
  /** Headers of warning of each list of leases. */
  warnings: string[];
  /** Statuses with which the next lists of leases are answered in place of leases; 0: with leases. */
  failures: number[];
  pageSize: number;
  /** Names and bodies of releases. */
  readonly released: { readonly name: string; readonly body: unknown }[];
  /** Whether the group is served. */
  isServed: boolean;
  close(): Promise<void>;
}

export const leaseOf = (
  address: string,
  {
    namespace = 'dhcp',
    haPair = 'office',
    state = 'Active',
    expires = '2026-11-22T15:00:00Z',
    ...spec
  }: Partial<ShownLease['spec'] & { namespace: string; state: string; expires: string }> = {},
): ShownLease => {
  const { prefixLength } = spec;
  const isIPv6 = address.includes(':');
  const family = isIPv6 ? 'IPv6' : 'IPv4';
  const type = prefixLength === undefined ? 'Address' : 'Prefix';
  return {
    apiVersion: 'state.kea-operator.io/v1alpha1',
    kind: 'Lease',
    metadata: {
      name: prefixLength === undefined ? address : `${address}-${prefixLength}`,
      namespace,
      labels: {
        'kea-operator.io/pair': haPair,
        'kea-operator.io/family': family,
        'kea-operator.io/state': state,
        'kea-operator.io/type': type,
        ...(spec.subnet === undefined ? {} : { 'kea-operator.io/subnet': spec.subnet }),
        ...(spec.sharedNetwork === undefined ? {} : { 'kea-operator.io/shared-network': spec.sharedNetwork }),
      },
    },
    spec: {
      ipFamily: family,
      type,
      address,
      haPair,
      subnetId: 7,
      validLifetime: 3600,
      ...spec,
    },
    status: { state, expires, lastTransaction: '2026-11-22T14:00:00Z' },
  };
};

/** Terms of a selector: commas within parentheses divide values. */
const termsOf = (selector: string): readonly string[] => selector.split(/,(?![^(]*\))/).filter((term) => term !== '');

const isLabelled = ({ metadata: { labels = {} } }: ShownLease, term: string): boolean => {
  const [, key = '', values] = /^(\S+) in \((.*)\)$/.exec(term) ?? /^([^=!]+)==?(.*)$/.exec(term) ?? [];
  if (values !== undefined) return values.split(',').includes(labels[key] ?? '');
  const [, not = '', value] = /^([^=!]+)!=(.*)$/.exec(term) ?? [];
  return value !== undefined && labels[not] !== value;
};

const isSelected = (lease: ShownLease, term: string): boolean => {
  const [, path = '', value = ''] = /^([^=]+)==?(.*)$/.exec(term) ?? [];
  const field = path.replace(/^(spec|status)\./, '');
  switch (field) {
    case 'metadata.name':
      return lease.metadata.name === value;
    case 'address': {
      const address = prefixIn(`${lease.spec.address}/${lease.spec.address.includes(':') ? 128 : 32}`);
      const asked = prefixIn(value.includes('/') ? value : `${value}/${value.includes(':') ? 128 : 32}`);
      return (
        asked?.of === address?.of && asked !== undefined && address !== undefined && contains(asked, address.first)
      );
    }
    case 'hostname': {
      const name = (lease.spec.hostname ?? '').toLowerCase();
      return value.endsWith('*') ? name.startsWith(value.slice(0, -1)) : name === value;
    }
    default:
      return lease.spec[field] === value;
  }
};

export const startLeaseAnswers = async (): Promise<LeaseAnswers> => {
  const http = await startHttpAnswers();
  const answers: LeaseAnswers = {
    http,
    leases: [],
    others: new Map(),
    forbidden: new Set(),
    warnings: [],
    failures: [],
    pageSize: 1_000,
    released: [],
    isServed: true,
    close: () => http.close(),
  };
  http.handler = (request, response) => {
    answer(answers, request, response);
  };
  return answers;
};

const PATH = /^\/apis\/([^/]+)\/v1alpha1(?:\/namespaces\/([^/]+))?\/([a-z]+)(?:\/([^/]+))?(?:\/(release))?$/;

const answer = (answers: LeaseAnswers, request: SeenRequest, response: ServerResponse): void => {
  const [, group = '', namespace, plural = '', encoded, release] = PATH.exec(request.path) ?? [];
  const name = encoded === undefined ? undefined : decodeURIComponent(encoded);
  const verb = request.method === 'GET' ? (name === undefined ? 'list' : 'get') : request.method.toLowerCase();
  const isLeases = group === 'state.kea-operator.io';
  const refuse = (code: number, reason: string, message: string, headers: Record<string, string> = {}): void => {
    answerJson(response, code, failure(code, reason, message), headers);
  };
  if (isLeases && !answers.isServed) refuse(404, 'NotFound', 'the server could not find the requested resource');
  else if (answers.forbidden.has(`${verb} ${plural}${release === undefined ? '' : '/release'} ${namespace ?? '*'}`))
    refuse(403, 'Forbidden', `${plural} is forbidden: User "alice" cannot ${verb} resource "${plural}"`);
  else if (!isLeases) answerOther(answers, request, response, { namespace, plural, name });
  else if (release !== undefined) answerRelease(answers, request, response, name ?? '');
  else if (name !== undefined) {
    const lease = answers.leases.find(({ metadata }) => metadata.name === name && metadata.namespace === namespace);
    if (lease === undefined) refuse(404, 'NotFound', `leases.state.kea-operator.io "${name}" not found`);
    else answerJson(response, 200, lease);
  } else {
    const status = answers.failures.shift() ?? 0;
    if (status !== 0)
      refuse(status, status === 410 ? 'Expired' : 'ServiceUnavailable', 'not now', { 'retry-after': '0' });
    else answerList(answers, request, response, namespace);
  }
};

const answerList = (
  { leases, warnings, pageSize }: LeaseAnswers,
  { query }: SeenRequest,
  response: ServerResponse,
  namespace: string | undefined,
): void => {
  const labels = termsOf(query.labelSelector ?? '');
  const fields = termsOf(query.fieldSelector ?? '');
  const all = leases.filter(
    (lease) =>
      (namespace === undefined || lease.metadata.namespace === namespace) &&
      labels.every((term) => isLabelled(lease, term)) &&
      fields.every((term) => isSelected(lease, term)),
  );
  const from = Number(query.continue ?? 0);
  const to = from + Math.min(Number(query.limit ?? Infinity), pageSize);
  const metadata = { resourceVersion: '1', ...(to < all.length ? { continue: String(to) } : {}) };
  const headers = warnings.length === 0 ? {} : { warning: warnings.map((text) => `299 - "${text}"`).join(', ') };
  const list = { apiVersion: 'state.kea-operator.io/v1alpha1', kind: 'LeaseList', metadata };
  answerJson(response, 200, { ...list, items: all.slice(from, to) }, headers);
};

const answerRelease = (answers: LeaseAnswers, { body }: SeenRequest, response: ServerResponse, name: string): void => {
  const lease = answers.leases.find(({ metadata }) => metadata.name === name);
  const wanted = (body as { spec?: Record<string, string> } | undefined)?.spec ?? {};
  if (lease === undefined) {
    answerJson(response, 404, failure(404, 'NotFound', `leases.state.kea-operator.io "${name}" not found`));
  } else if (Object.entries(wanted).some(([field, value]) => lease.spec[field] !== value)) {
    answerJson(response, 409, failure(409, 'Conflict', `lease ${name} is of another client by now`));
  } else {
    answers.released.push({ name, body });
    answers.leases = answers.leases.filter((other) => other !== lease);
    const message = `${leasedPlace(lease)} is released`;
    answerJson(response, 201, { apiVersion: 'v1', kind: 'Status', status: 'Success', message });
  }
};

const answerOther = (
  { others }: LeaseAnswers,
  request: SeenRequest,
  response: ServerResponse,
  at: { readonly namespace: string | undefined; readonly plural: string; readonly name: string | undefined },
): void => {
  const { namespace, plural, name } = at;
  const objects = (others.get(plural) ?? []).filter(
    ({ metadata }) => namespace === undefined || metadata.namespace === namespace,
  );
  const found = objects.find(({ metadata }) => metadata.name === name);
  if (request.method === 'PATCH') {
    others.set(plural, [...objects.filter((object) => object !== found), request.body as KubeObject]);
    answerJson(response, 200, request.body as object);
  } else if (name === undefined) {
    answerJson(response, 200, { metadata: { resourceVersion: '1' }, items: objects });
  } else if (found === undefined) {
    answerJson(response, 404, failure(404, 'NotFound', `${plural}.kea-operator.io "${name}" not found`));
  } else answerJson(response, 200, found);
};
