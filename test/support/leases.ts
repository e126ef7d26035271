import { Pool } from 'undici';
import type { KeaServer } from './kea.ts';

/** A lease as the test wants it in Kea's store; what is left out Kea fills in. */
export interface LeaseToAdd {
  readonly address: string;
  readonly subnetId: number;
  readonly hwAddress?: string;
  readonly clientId?: string;
  /** Of DHCPv6. */
  readonly duid?: string;
  readonly iaid?: number;
  /** Of a prefix. */
  readonly prefixLength?: number;
  readonly hostname?: string;
  /** Whether its names are in DNS. */
  readonly fqdn?: boolean;
  /** Kea's number: 0 default, 1 declined, 2 expired-reclaimed, 3 released. */
  readonly state?: number;
  readonly validLifetime?: number;
  /** Seconds since 1970; the last transaction is this less the lifetime. */
  readonly expire?: number;
}

/** Writes leases into the store of a Kea server, whatever the storage: the operator itself only reads. */
export interface LeaseWriter {
  add(...leases: readonly LeaseToAdd[]): Promise<void>;
  /** Removes every lease of these subnets. */
  wipe(...subnetIds: readonly number[]): Promise<void>;
  close(): Promise<void>;
}

export const leaseWriter = (server: KeaServer): LeaseWriter => {
  const { url, tls, auth } = server.endpoint;
  const { version } = server.client.family;
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections: 1, keepAliveTimeout: 5_000, connect: tls });
  const headers = {
    'content-type': 'application/json',
    authorization: `Basic ${Buffer.from(`${auth.user}:${auth.password}`).toString('base64')}`,
  };
  const call = async (command: string, args: object, fine: readonly number[]): Promise<void> => {
    const body = JSON.stringify({ command, arguments: args });
    const response = await pool.request({ method: 'POST', path: pathname, headers, body });
    const [answer] = (await response.body.json()) as { result: number; text: string }[];
    if (answer === undefined || !fine.includes(answer.result))
      throw new Error(`${command}: ${answer?.text ?? 'no answer'}`);
  };
  return {
    async add(...leases) {
      for (const lease of leases) {
        const {
          address,
          subnetId,
          hwAddress = '02:00:00:00:00:01',
          clientId,
          duid,
          iaid,
          prefixLength,
          hostname,
        } = lease;
        const { state, validLifetime, expire, fqdn } = lease;
        const args = {
          'ip-address': address,
          'subnet-id': subnetId,
          'hw-address': hwAddress,
          'client-id': clientId,
          duid,
          iaid,
          ...(prefixLength === undefined ? {} : { type: 'IA_PD', 'prefix-len': prefixLength }),
          hostname,
          'fqdn-fwd': fqdn,
          'fqdn-rev': fqdn,
          state,
          'valid-lft': validLifetime,
          expire,
        };
        await call(`lease${version}-add`, args, [0]);
      }
    },
    async wipe(...subnetIds) {
      for (const id of subnetIds) await call(`lease${version}-wipe`, { 'subnet-id': id }, [0, 3]);
    },
    close: () => pool.close(),
  };
};
