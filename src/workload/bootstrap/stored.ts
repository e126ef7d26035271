/** What is read of the configuration in a server’s Secret. */
import { z } from 'zod';
import { MARKER_KEY } from '../../kea/state.ts';
import type { SecretData } from './files.ts';
import { CARRIED_FILE, CONFIG_FILE } from '../podPaths.ts';
import type { ServerConfig } from './digest.ts';
import { carriedConfig } from './config.ts';

/** What a server's Secret says of the configuration in it. */
export interface StoredBootstrap {
  readonly data: SecretData;
  readonly config: ServerConfig;
  readonly digest: string;
  /** Where a server listens that runs it. */
  readonly control: { readonly address: string; readonly port: number };
}

const marked = z.object({
  'user-context': z.object({ [MARKER_KEY]: z.object({ bootstrap: z.string(), carried: z.boolean().default(false) }) }),
});
const schema = z.object({
  Dhcp4: z
    .looseObject({
      'control-sockets': z.array(
        z.looseObject({ 'socket-address': z.string().optional(), 'socket-port': z.number().optional() }),
      ),
    })
    .and(marked.loose()),
});

/** What a configuration says of itself. */
export interface RunningBootstrap {
  readonly digest: string;
  /** It has its rows from the operator, not from the database (config.ts). */
  readonly carried: boolean;
}

/** What a configuration as config-get gives it says of itself; undefined for one that is not the operator's. */
export const bootstrapOf = (dhcp4: unknown): RunningBootstrap | undefined => {
  const parsed = marked.safeParse(dhcp4);
  if (!parsed.success) return undefined;
  const { bootstrap: digest, carried } = parsed.data['user-context'][MARKER_KEY];
  return { digest, carried };
};

/** Undefined where the Secret holds no configuration of ours: it is then made anew. */
export const readStored = (data: SecretData): StoredBootstrap | undefined => {
  const Dhcp4 = readConfig(data[CONFIG_FILE] ?? '');
  const control = Dhcp4 && controlOf(Dhcp4);
  return Dhcp4 && control && { data, config: { Dhcp4 }, digest: Dhcp4['user-context'][MARKER_KEY].bootstrap, control };
};

/** Where a server listens that starts with the rows it is given; undefined where it has no such configuration. */
export const carriedControl = (data: SecretData): StoredBootstrap['control'] | undefined => {
  const Dhcp4 = readConfig(carriedConfig(data[CARRIED_FILE] ?? ''));
  return Dhcp4 && controlOf(Dhcp4);
};

const readConfig = (text: string): z.output<typeof schema>['Dhcp4'] | undefined =>
  schema.safeParse(parseJson(text)).data?.Dhcp4;

const controlOf = (dhcp4: z.output<typeof schema>['Dhcp4']): StoredBootstrap['control'] | undefined => {
  const https = dhcp4['control-sockets'].find((socket) => socket['socket-port'] !== undefined);
  if (https?.['socket-address'] === undefined || https['socket-port'] === undefined) return undefined;
  return { address: https['socket-address'], port: https['socket-port'] };
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
