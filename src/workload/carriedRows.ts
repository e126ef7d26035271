/**
 * What a server serves where its database cannot be read: the rows that the pair's servers were last proven to run. The operator keeps them in
 * one Secret of the pair, from which a server takes them at a start (server-image/kea-start), and sends them along in a config-set.
 */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { z } from 'zod';
import type { KeaJson } from '../kea/answers.ts';
import { canonicalJson } from '../kea/canonical.ts';
import { digest } from '../kea/digest.ts';
import { type Family, perFamily } from '../kea/family.ts';
import { contentOf, preflightFragment, type PreflightItems } from '../kea/json.ts';
import type { InMemory, KeaState, StateOf } from '../kea/kinds.ts';
import { HostMap } from '../kea/partedMap.ts';
import type { ClassBody, HostBody, Item, NetworkBody, SubnetBody } from '../kea/state.ts';
import type { Steps } from '../kea/steps.ts';
import type { Clock } from '../runtime/clock.ts';
import { inSlices } from '../runtime/steps.ts';
import { metadata, pairLabels } from './labels.ts';
import type { Secret } from './objects.ts';
import type { Topology } from './topology.ts';

/** Classes, subnets, networks and reservations as keywords of a configuration. */
export interface CarriedRows {
  /**
   * Client classes, shared networks, subnets and, where they fit, reservations. Not definitions of options: a configuration has some of its own, and can name
   * the keyword once. Values that are bytes do without.
   */
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

const networksIn = ({ owned, foreign }: ProvenRows): readonly Item<NetworkBody>[] =>
  [...foreign.networks.values(), ...owned.networks.values()].map(lean);
const subnetsIn = ({ owned, foreign }: ProvenRows): readonly Item<SubnetBody>[] =>
  [...foreign.subnets.values(), ...owned.subnets.values()].map(lean);
const classesIn = ({ owned, foreign }: ProvenRows): readonly Item<ClassBody>[] =>
  [...foreign.classes.values(), ...owned.classes.values()].map(lean);
/** A reservation is not compared by its marker: it travels without. */
const hostsIn = (hosts: Iterable<Item<HostBody>> = []): readonly Item<HostBody>[] =>
  [...hosts].map(({ body }) => ({ body }));

/** The rows as a configuration carries them. */
export const carriedRows = (family: Family, rows: ProvenRows): CarriedRows => {
  const hosts = hostsIn(rows.owned.hosts.values());
  const items = { classes: classesIn(rows), networks: networksIn(rows), subnets: subnetsIn(rows), hosts };
  const keywords = contentOf(family, preflightFragment(family, items));
  return { keywords, revision: rows.revision, digest: digest(keywords) };
};

/** So many rows are rendered before somebody else may have the processor. */
const SLICE = 128;

/** The same as text without the braces around it, with its digest, in steps: 10,000 subnets and their reservations take 0.4 s. */
function* renderSteps(
  family: Family,
  rows: ProvenRows,
  withHosts: boolean,
): Steps<{ readonly text: Buffer; readonly digest: string }> {
  const { parts } = HostMap.of(rows.owned.hosts);
  const withTheirs = (networks: PreflightItems['networks'], subnets: readonly Item<SubnetBody>[]): PreflightItems => {
    const hosts = withHosts ? subnets.flatMap(({ body }) => hostsIn(parts.get(body.id)?.values())) : [];
    return { networks, subnets, hosts };
  };
  const members = Map.groupBy(subnetsIn(rows), ({ body }) => body['shared-network-name']);
  yield;
  const networks = new Map<string | undefined, Item<NetworkBody>[]>(
    networksIn(rows).map((item) => [item.body.name, [item]]),
  );
  const names = [...new Set([...networks.keys(), ...members.keys()])].filter((name) => name !== undefined);
  const classes = classesIn(rows);
  const global = slicesOf(withHosts ? hostsIn(parts.get(0)?.values()) : []);
  const lists = [
    yield* renderList(family, family.json.subnets, slicesOf(members.get(undefined) ?? []), (subnets) =>
      withTheirs([], subnets),
    ),
    yield* renderList(family, 'shared-networks', names, (name) =>
      withTheirs(networks.get(name) ?? [], members.get(name) ?? []),
    ),
    ...(global.length === 0
      ? []
      : [yield* renderList(family, 'reservations', global, (hosts) => ({ networks: [], subnets: [], hosts }))]),
    // Their order is one of all together.
    ...(classes.length === 0
      ? []
      : [
          yield* renderList(family, 'client-classes', [classes], (all) => ({
            networks: [],
            subnets: [],
            classes: all,
          })),
        ]),
  ];
  const text = lists.flatMap(({ texts }, index) => (index === 0 ? texts : [Buffer.from(','), ...texts]));
  const hash = createHash('sha256').update('{');
  // In the order of their keywords.
  for (const [index, { canonical }] of lists.toReversed().entries()) {
    if (index > 0) hash.update(',');
    for (const piece of canonical) {
      yield;
      hash.update(piece);
    }
  }
  return { text: Buffer.concat(text), digest: hash.update('}').digest('hex').slice(0, 16) };
}

/** A list of a configuration, in pieces: as it is sent, and in canonical form. */
function* renderList<Part>(
  family: Family,
  keyword: string,
  parts: readonly Part[],
  itemsOf: (part: Part) => PreflightItems,
): Steps<{ readonly texts: readonly Buffer[]; readonly canonical: readonly string[] }> {
  const texts = [Buffer.from(`"${keyword}":[`)];
  const canonical = [`"${keyword}":[`];
  for (const [index, part] of parts.entries()) {
    yield;
    const found = contentOf(family, preflightFragment(family, itemsOf(part)))[keyword] as readonly unknown[];
    const comma = index === 0 ? '' : ',';
    texts.push(Buffer.from(comma + found.map((one) => JSON.stringify(one)).join(',')));
    canonical.push(comma + found.map(canonicalJson).join(','));
  }
  return { texts: [...texts, Buffer.from(']')], canonical: [...canonical, ']'] };
}

const slicesOf = <T>(list: readonly T[]): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(list.length / SLICE) }, (_, at) => list.slice(at * SLICE, (at + 1) * SLICE));

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
export const packRows = async (
  family: Family,
  rows: ProvenRows,
  clock: Pick<Clock, 'monotonic'>,
  signal?: AbortSignal,
): Promise<PackedRows | undefined> => {
  for (const without of ['nothing', 'reservations'] as const) {
    const { text, digest: identity } = await inSlices(renderSteps(family, rows, without === 'nothing'), clock, signal);
    const packed = await promisify(gzip)(text);
    if (packed.length <= LIMIT) return { revision: rows.revision, digest: identity, rows: packed, without };
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
