/** A program with client-go and nothing of ours asks the lease API, and tells what client-go made of the answers. */
import { expect, it } from 'vitest';
import { binary } from '../../support/postgres.ts';
import { run } from '../../support/run.ts';
import { LEASES, NAMES, NAMESPACE, SELECTIONS } from './clientsWorld.ts';
import type { World } from './world.ts';

interface Listed {
  readonly types: readonly string[];
  readonly names: readonly string[];
  readonly labels: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly sizes: readonly number[];
  readonly resourceVersions: readonly string[];
}

interface Failure {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  readonly is: readonly string[];
}

/** What test/cluster/go/lease-client prints. */
interface Report {
  readonly words: Readonly<Record<string, unknown>>;
  readonly list: Listed;
  readonly pages: Listed;
  readonly pager: Listed;
  readonly metadata: Listed;
  readonly get: {
    readonly decoded: {
      readonly metadata: unknown;
      readonly spec: unknown;
      readonly status: Readonly<Record<string, string>>;
    };
    readonly partial: string;
  };
  readonly errors: Readonly<Record<string, Failure>>;
  readonly selected:
    readonly { readonly objects: Listed; readonly metadata: Listed; readonly refused?: Failure }[] | null;
}

const API_VERSION = 'state.kea-operator.io/v1alpha1';
const LIMIT = 5;
const GET = '10.7.0.5';
const MISSING = '10.7.99.99';
/** What users call the resource, with the short name claimed or with its group. */
const WORDS = [
  'dl',
  'dhcplease',
  'dhcpleases',
  'leases.state.kea-operator.io',
  `leases.v1alpha1.state.kea-operator.io`,
];

export const goClientTests = (world: () => World): void => {
  const ask = async (more: object = {}): Promise<Report> => {
    const { kubeconfig } = world().server;
    const questions = { kubeconfig, namespace: NAMESPACE, limit: LIMIT, get: GET, missing: MISSING, words: WORDS };
    const input = JSON.stringify({ ...questions, ...more });
    return JSON.parse(await run(await binary('lease-client'), [], { input, timeoutMs: 90_000 })) as Report;
  };

  it('finds, lists, pages, gets and decodes leases, and understands every refusal', async () => {
    const { words, list, pages, pager, metadata, get, errors } = await ask();

    const leases = { resource: `${API_VERSION}/leases`, kind: 'Lease', namespaced: true };
    expect(words).toEqual(Object.fromEntries(WORDS.map((word) => [word, leases])));

    expect(list).toMatchObject({ names: NAMES, sizes: [NAMES.length] });
    expect(list.types.toSorted()).toEqual([`${API_VERSION}/Lease`, `${API_VERSION}/LeaseList`]);
    const sizes = [5, 5, 5, 1];
    expect(pages).toMatchObject({ names: NAMES, sizes });
    expect(pager).toMatchObject({ names: NAMES, sizes });
    expect(metadata).toMatchObject({ names: NAMES, sizes });
    expect(metadata.types).toContain('meta.k8s.io/v1/PartialObjectMetadata');

    expect(get.partial).toBe(GET);
    expect(get.decoded).toMatchObject({
      metadata: { name: GET, namespace: NAMESPACE },
      spec: {
        address: GET,
        haPair: 'office',
        subnet: 'desks',
        subnetId: 7,
        hwAddress: '02:00:00:00:00:05',
        clientId: '01:02:00:00:00:00:05',
        hostname: 'desk-5',
        validLifetime: 3_600,
      },
      status: { state: 'Active' },
    });

    const { expires = '', lastTransaction = '' } = get.decoded.status;
    // As many seconds as it is valid, half of which are over.
    expect(Date.parse(expires) - Date.parse(lastTransaction)).toBe(3_600_000);

    const group = 'state.kea-operator.io';
    expect(errors['get of none']).toMatchObject({
      code: 404,
      reason: 'NotFound',
      message: `leases.${group} "${MISSING}" not found`,
      group,
      kind: 'leases',
      name: MISSING,
      is: ['NotFound'],
    });
    for (const what of ['list with a wrong token', 'list by an unknown field', 'list by no selector']) {
      expect(errors[what], what).toMatchObject({ code: 400, reason: 'BadRequest', group, is: ['BadRequest'] });
    }
    for (const what of ['watch', 'delete', 'delete of all', 'create', 'update', 'patch']) {
      const refused = { code: 405, reason: 'MethodNotAllowed', is: ['MethodNotSupported'] };
      expect(errors[what], what).toMatchObject(refused);
    }
  });

  it('decodes what belongs to a lease beside itself', async () => {
    const { get, metadata } = await ask();
    const labels = {
      'kea-operator.io/pair': 'office',
      'kea-operator.io/subnet': 'desks',
      'kea-operator.io/shared-network': 'floor',
      'kea-operator.io/family': 'IPv4',
      'kea-operator.io/state': 'Active',
      'kea-operator.io/type': 'Address',
    };
    expect(get.decoded).toMatchObject({
      metadata: { labels },
      spec: { ipFamily: 'IPv4', type: 'Address', sharedNetwork: 'floor', reservation: 'fifth-desk', fqdnForward: true },
    });
    expect(metadata.labels[GET]).toEqual(labels);
    // No Subnet object has its id.
    expect(metadata.labels[LEASES.withoutSubnet]).not.toHaveProperty('kea-operator.io/subnet');
  });

  it('selects by labels and fields, whole and in part, page by page', async () => {
    const { selected } = await ask({ selections: SELECTIONS.map(({ labels, fields }) => ({ labels, fields })) });
    const told = selected?.map(({ objects, metadata, refused }) => ({
      objects: objects.names,
      metadata: metadata.names,
      refused: refused?.message,
    }));
    expect(told).toEqual(SELECTIONS.map(({ names }) => ({ objects: names, metadata: names })));
  });

  it('is told which field cannot be selected by, and which can', async () => {
    const { selected } = await ask({
      selections: [{ fields: 'spec.iaid=7' }, { labels: 'kea-operator.io/pair in (' }],
    });
    const [field, label] = selected ?? [];
    expect(field?.refused).toMatchObject({ code: 400, is: ['BadRequest'] });
    for (const word of ['spec.iaid', 'hwAddress', 'hostname', 'state']) expect(field?.refused?.message).toContain(word);
    expect(label?.refused).toMatchObject({ code: 400, is: ['BadRequest'] });
  });
};
