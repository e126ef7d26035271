/**
 * What a server serves where its database cannot be read: the rows that the pair's servers were last proven to run. The operator keeps them in
 * one Secret of the pair, from which a server takes them at a start (server-image/kea-start), and sends them along in a config-set.
 */
import { gunzip, gzip } from 'node:zlib';
import { promisify } from 'node:util';
import { z } from 'zod';
import { digest } from '../kea/digest.ts';
import { type Family, perFamily } from '../kea/family.ts';
import type { KeaJson } from '../kea/answers.ts';
import { preflightFragment } from '../kea/json.ts';
import type { InMemory, KeaState, StateOf } from '../kea/kinds.ts';
import type { Item, NetworkBody, SubnetBody } from '../kea/state.ts';
import { pairLabels, metadata } from './labels.ts';
import type { Secret } from './objects.ts';
import type { Topology } from './topology.ts';

/** Subnets, networks and reservations as keywords of a configuration. */
export interface CarriedRows {
  /** Shared networks, subnets and, where they fit, reservations. */
  readonly keywords: KeaJson;
  /** Greatest audit revision of the database that these rows were read of: one that is behind it does not hold them. */
  readonly revision: number;
  /** Identity of the rows, whatever the revision. */
  readonly digest: string;
}

/** The rows that a pair's servers read: its own, and those of others that its server tag sees. */
export interface ProvenRows {
  readonly owned: KeaState;
  readonly foreign: StateOf<InMemory>;
  readonly revision: number;
}

/** A Secret holds 1 MiB; some of it are names and the revision. */
const LIMIT = 1_000_000;
const ROWS_KEY = 'rows.json.gz';
const REVISION_KEY = 'revision';

/** Who wrote a row is not needed to serve it: of its marker the digest tells what the server runs, and a uid hardly compresses. */
const lean = <Body>({ body, marker }: Item<Body>): Item<Body> => ({
  body,
  ...(marker === undefined ? {} : { marker: { ...marker, uid: '' } }),
});

const rendered = (family: Family, { owned, foreign, revision }: ProvenRows, withHosts: boolean): CarriedRows => {
  const networks: readonly Item<NetworkBody>[] = [...foreign.networks.values(), ...owned.networks.values()];
  const subnets: readonly Item<SubnetBody>[] = [...foreign.subnets.values(), ...owned.subnets.values()];
  // A reservation is not compared by its marker: it travels without.
  const hosts = withHosts ? [...owned.hosts.values()].map(({ body }) => ({ body })) : [];
  const items = { networks: networks.map(lean), subnets: subnets.map(lean), hosts };
  const keywords = preflightFragment(family, items)[family.json.root];
  return { keywords, revision, digest: digest(keywords) };
};

/** The rows as a configuration carries them. */
export const carriedRows = (family: Family, rows: ProvenRows): CarriedRows => rendered(family, rows, true);

/** What a Secret can hold of the rows. */
export interface PackedRows {
  readonly revision: number;
  readonly digest: string;
  /** Gzip of the keywords without the braces around them, so that a configuration can include them anywhere. */
  readonly rows: Buffer;
  /** Left out as they did not fit: the servers then ask the database for reservations alone. */
  readonly without: 'nothing' | 'reservations';
}

/**
 * Packs rows for the Secret; undefined where even the subnets do not fit, which is at some 30,000 of them.
 * 10,000 subnets take about 0.3 MB and 50 ms.
 */
export const packRows = async (family: Family, rows: ProvenRows): Promise<PackedRows | undefined> => {
  for (const without of ['nothing', 'reservations'] as const) {
    const { keywords, revision, digest: identity } = rendered(family, rows, without === 'nothing');
    const packed = await promisify(gzip)(JSON.stringify(keywords).slice(1, -1));
    if (packed.length <= LIMIT) return { revision, digest: identity, rows: packed, without };
  }
  return undefined;
};

const DIGEST_ANNOTATION = 'kea-operator.io/rows';

export const rowsSecret = (topology: Topology, { revision, digest: identity, rows }: PackedRows): Secret => {
  const meta = metadata(topology, topology.names.rows, pairLabels(topology, 'rows'));
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { ...meta, annotations: { [DIGEST_ANNOTATION]: identity } },
    type: 'Opaque',
    data: { [ROWS_KEY]: rows.toString('base64'), [REVISION_KEY]: Buffer.from(String(revision)).toString('base64') },
  };
};

/** What is read of them is what a server could be given. */
const shapeOf = perFamily(({ json: { subnets } }) => {
  const list = z.array(z.unknown());
  const network = z.looseObject({ [subnets]: list.default([]) });
  return z.looseObject({ [subnets]: list, 'shared-networks': z.array(network) });
});

/** The rows in a Secret; undefined where it holds none that can be read. */
export const readRows = async (family: Family, secret: Secret | undefined): Promise<CarriedRows | undefined> => {
  const [packed, revision] = [secret?.data?.[ROWS_KEY], secret?.data?.[REVISION_KEY]];
  if (packed === undefined || revision === undefined) return undefined;
  try {
    const text = (await promisify(gunzip)(Buffer.from(packed, 'base64'))).toString('utf8');
    const keywords = shapeOf(family).parse(JSON.parse(`{${text}}`));
    const identity = secret?.metadata.annotations?.[DIGEST_ANNOTATION] ?? '';
    return { keywords, revision: Number(Buffer.from(revision, 'base64').toString('utf8')), digest: identity };
  } catch {
    return undefined;
  }
};
