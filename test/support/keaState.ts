import { canonicalNetwork, canonicalSubnet } from '../../src/kea/canonical.ts';
import type { KeaClient } from '../../src/kea/client.ts';
import { splitUserContext } from '../../src/kea/digest.ts';
import { NETWORK_FIELDS } from '../../src/kea/fields.ts';
import type { KeaJson } from '../../src/kea/json.ts';
import type { Item, NetworkPart, OptionData, PoolBody, NetworkBody, SubnetBody } from '../../src/kea/state.ts';

/** What a server has in memory, in canonical form. */
export interface ServerState {
  readonly networks: ReadonlyMap<string, Item<NetworkBody>>;
  readonly subnets: ReadonlyMap<number, Item<SubnetBody>>;
}

/** Keys that Kea adds to every object without being asked. */
const ADDED = new Set(['4o6-interface', '4o6-interface-id', '4o6-subnet', 'subnet4', 'metadata', 'reservations']);
/** Keys that live commands write out although they are inherited; of no field that rows have. */
const FROZEN = new Set(['store-extended-info', 'cache-threshold', 'cache-max-age']);

/** Asks for the whole configuration. Throws where a network or subnet has a keyword that canonical form does not know. */
export async function serverState(client: KeaClient): Promise<ServerState> {
  const { Dhcp4 } = (await client.call('config-get', undefined).then(decodeText)) as { readonly Dhcp4: KeaJson };
  const networks = list(Dhcp4['shared-networks']);
  const subnets = [
    ...list(Dhcp4.subnet4).map((json) => subnetItem(json)),
    ...networks.flatMap((network) => list(network.subnet4).map((json) => subnetItem(json, String(network.name)))),
  ];
  return {
    networks: new Map(networks.map((json) => [String(json.name), networkItem(json)])),
    subnets: new Map(subnets.map((item) => [item.body.id, item])),
  };
}

function networkItem(json: KeaJson): Item<NetworkBody> {
  const { part, ...marked } = networkPart(json, ['name']);
  return { body: canonicalNetwork({ ...part, name: String(json.name) }), ...marked };
}

export function subnetItem(json: KeaJson, network?: string): Item<SubnetBody> {
  const { part, ...marked } = networkPart(json, ['id', 'subnet', 'pools']);
  const body = canonicalSubnet({
    ...part,
    id: Number(json.id),
    subnet: String(json.subnet),
    'shared-network-name': network,
    pools: list(json.pools).map(pool),
  });
  return { body, ...marked };
}

function networkPart(json: KeaJson, own: readonly string[]) {
  const scalars = NETWORK_FIELDS.map(({ keyword }) => keyword as string);
  const known = new Set([...own, ...scalars, 'relay', 'option-data', 'user-context']);
  const unknown = Object.keys(json).filter((key) => !known.has(key) && !ADDED.has(key) && !FROZEN.has(key));
  if (unknown.length > 0) throw new Error(`keywords without a field: ${unknown.join(', ')}`);
  const { context, marker } = splitUserContext(json['user-context']);
  const part = {
    ...Object.fromEntries(scalars.map((keyword) => [keyword, json[keyword]])),
    relay: json.relay,
    'option-data': list(json['option-data']).map(option),
    'user-context': context,
  } as NetworkPart;
  return { part, ...(marker ? { marker } : {}) };
}

const pool = (json: KeaJson): PoolBody => ({
  pool: String(json.pool),
  'option-data': list(json['option-data']).map(option),
  ...(json['client-classes'] ? { 'client-classes': json['client-classes'] as readonly string[] } : {}),
});

/** Kea names the option too, and says false where a flag is not set. */
const option = (json: KeaJson): OptionData => ({
  code: Number(json.code),
  space: String(json.space),
  ...(typeof json.data === 'string' ? { data: json.data } : {}),
  'csv-format': json['csv-format'] === true,
  ...(json['always-send'] === true ? { 'always-send': true } : {}),
  ...(json['never-send'] === true ? { 'never-send': true } : {}),
  ...(json['client-classes'] ? { 'client-classes': json['client-classes'] as readonly string[] } : {}),
});

const list = (value: unknown): readonly KeaJson[] => (Array.isArray(value) ? (value as readonly KeaJson[]) : []);

/** Kea prints every byte of UTF-8 text as a character of its own. */
function decodeText(value: unknown): unknown {
  if (typeof value === 'string') return Buffer.from(value, 'latin1').toString('utf8');
  if (Array.isArray(value)) return value.map(decodeText);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, decodeText(inner)]));
}
