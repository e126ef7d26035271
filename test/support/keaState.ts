import type { KeaJson } from '../../src/kea/answers.ts';
import { canonicalNetwork, canonicalSubnet } from '../../src/kea/canonical.ts';
import type { KeaClient } from '../../src/kea/client.ts';
import { splitUserContext } from '../../src/kea/digest.ts';
import type { Family } from '../../src/kea/family.ts';
import { fieldsAt } from '../../src/kea/keywords.ts';
import type { Item, NetworkBody, SubnetBody } from '../../src/kea/state.ts';

/** What a server has in memory, in canonical form. */
export interface ServerState {
  readonly networks: ReadonlyMap<string, Item<NetworkBody>>;
  readonly subnets: ReadonlyMap<number, Item<SubnetBody>>;
}

/** Keys that Kea adds to every object without being asked. */
const ADDED = ['4o6-interface', '4o6-interface-id', '4o6-subnet', 'metadata', 'reservations'];

/** What a server is configured to do, less the word around it. */
export const configOf = async (client: KeaClient): Promise<KeaJson> =>
  decodeText((await client.call('config-get', undefined))[client.family.json.root]) as KeaJson;

/** Asks for the whole configuration. Throws where a network or subnet has a keyword that canonical form does not know. */
export const serverState = async (client: KeaClient): Promise<ServerState> => {
  const config = await configOf(client);
  const { family } = client;
  const { subnets: word } = family.json;
  const networks = list(config['shared-networks']);
  const subnets = [
    ...list(config[word]).map((json) => subnetItem(family, json)),
    ...networks.flatMap((network) => list(network[word]).map((json) => subnetItem(family, json, String(network.name)))),
  ];
  return {
    networks: new Map(networks.map((json) => [String(json.name), networkItem(family, json)])),
    subnets: new Map(subnets.map((item) => [item.body.id, item])),
  };
};

const networkItem = (family: Family, json: KeaJson): Item<NetworkBody> => {
  const { read, ...marked } = readObject(family, json, 'network');
  return { body: canonicalNetwork(read as unknown as NetworkBody), ...marked };
};

export const subnetItem = (family: Family, json: KeaJson, network?: string): Item<SubnetBody> => {
  const { read, ...marked } = readObject(family, json, 'subnet');
  return { body: canonicalSubnet({ ...(read as unknown as SubnetBody), 'shared-network-name': network }), ...marked };
};

/** The keywords of the table; Kea adds others, and writes out what live commands freeze. */
const readObject = (family: Family, json: KeaJson, level: 'network' | 'subnet') => {
  const keywords = fieldsAt(level, family.version).flatMap(({ keyword, rowOnly }) =>
    rowOnly ? [] : [keyword as string],
  );
  const known = new Set<string>([...keywords, ...ADDED, family.json.subnets, ...family.frozen]);
  const unknown = Object.keys(json).filter((key) => !known.has(key));
  if (unknown.length > 0) throw new Error(`keywords without a field: ${unknown.join(', ')}`);
  const { context, marker } = splitUserContext(json['user-context']);
  const read = { ...Object.fromEntries(keywords.map((keyword) => [keyword, json[keyword]])), 'user-context': context };
  return { read, ...(marker ? { marker } : {}) };
};

const list = (value: unknown): readonly KeaJson[] => (Array.isArray(value) ? (value as readonly KeaJson[]) : []);

/** Kea prints every byte of UTF-8 text as a character of its own. */
const decodeText = (value: unknown): unknown => {
  if (typeof value === 'string') return Buffer.from(value, 'latin1').toString('utf8');
  if (Array.isArray(value)) return value.map(decodeText);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, decodeText(inner)]));
};
