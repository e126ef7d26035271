/** When the certificates of a pair end. */
import { certificateInUse } from './bootstrap/server.ts';
import { type Authority, expiryOf } from './certificates.ts';
import type { Control } from './credentials.ts';
import type { WorkloadServer } from './workload.ts';

/** By name, ms since 1970. Of a server the certificate that it shows counts, not the one that it is to take. */
export const expiriesOf = (
  { authority, control }: { readonly authority: Authority; readonly control: Control },
  servers: readonly Pick<WorkloadServer, 'server' | 'stored' | 'wanted'>[],
): ReadonlyMap<string, number> => {
  const certificates: readonly (readonly [string, string])[] = [
    ['ca', authority.current.cert],
    ['control', control.client.cert],
    ...servers.map(({ server, stored, wanted }) => {
      const shown = stored && certificateInUse(stored);
      return [`server/${server.name}`, shown ?? wanted.files.cert] as const;
    }),
  ];
  return new Map(
    certificates.flatMap(([name, pem]) => {
      const end = expiryOf(pem);
      return end === undefined ? [] : [[name, end] as const];
    }),
  );
};
