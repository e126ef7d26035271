import { z } from 'zod';
import { MARKER_KEY } from '../kea/state.ts';
import type { SecretData } from './bootstrapFiles.ts';
import { CONFIG_FILE } from './podPaths.ts';
import type { ServerConfig } from './serverConfig.ts';

/** What a server's Secret says of the configuration in it. */
export interface StoredBootstrap {
  readonly data: SecretData;
  readonly config: ServerConfig;
  readonly digest: string;
  readonly identifiers: readonly string[];
  /** Where a server listens that runs it. */
  readonly control: { readonly address: string; readonly port: number };
}

const marked = z.object({
  'user-context': z.object({ [MARKER_KEY]: z.object({ bootstrap: z.string() }) }),
});
const schema = z.object({
  Dhcp4: z
    .looseObject({
      'host-reservation-identifiers': z.array(z.string()),
      'control-sockets': z.array(
        z.looseObject({ 'socket-address': z.string().optional(), 'socket-port': z.number().optional() }),
      ),
    })
    .and(marked.loose()),
});

/** The digest in a configuration as config-get gives it; undefined for one that is not the operator's. */
export const bootstrapOf = (dhcp4: unknown): string | undefined => {
  const parsed = marked.safeParse(dhcp4);
  return parsed.success ? parsed.data['user-context'][MARKER_KEY].bootstrap : undefined;
};

/** Undefined where the Secret holds no configuration of ours: it is then made anew. */
export const readStored = (data: SecretData): StoredBootstrap | undefined => {
  const parsed = schema.safeParse(parseJson(data[CONFIG_FILE] ?? ''));
  if (!parsed.success) return undefined;
  const { Dhcp4 } = parsed.data;
  const https = Dhcp4['control-sockets'].find((socket) => socket['socket-port'] !== undefined);
  if (https?.['socket-address'] === undefined || https['socket-port'] === undefined) return undefined;
  return {
    data,
    config: { Dhcp4 },
    digest: Dhcp4['user-context'][MARKER_KEY].bootstrap,
    identifiers: Dhcp4['host-reservation-identifiers'],
    control: { address: https['socket-address'], port: https['socket-port'] },
  };
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
