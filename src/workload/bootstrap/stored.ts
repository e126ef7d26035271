/** What is read of the configuration in a server’s Secret. */
import { z } from 'zod';
import { type Family, perFamily } from '../../kea/family.ts';
import { MARKER_KEY } from '../../kea/state.ts';
import { filesOf } from '../podPaths.ts';
import { carriedConfig } from './config.ts';
import type { ServerConfig } from './digest.ts';
import type { SecretData } from './files.ts';

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
const ours = z
  .looseObject({
    'control-sockets': z.array(
      z.looseObject({ 'socket-address': z.string().optional(), 'socket-port': z.number().optional() }),
    ),
  })
  .and(marked.loose());
const schemaOf = perFamily(({ json: { root } }) => z.object({ [root]: ours }));

/** What a configuration says of itself. */
export interface RunningBootstrap {
  readonly digest: string;
  /** It has its rows from the operator, not from the database (config.ts). */
  readonly carried: boolean;
}

/** What the keywords of a configuration as config-get gives it say of it; undefined for one that is not the operator's. */
export const bootstrapOf = (keywords: unknown): RunningBootstrap | undefined => {
  const parsed = marked.safeParse(keywords);
  if (!parsed.success) return undefined;
  const { bootstrap: digest, carried } = parsed.data['user-context'][MARKER_KEY];
  return { digest, carried };
};

/** Undefined where the Secret holds no configuration of ours: it is then made anew. */
export const readStored = (family: Family, data: SecretData): StoredBootstrap | undefined => {
  const config = readConfig(family, data[filesOf(family).config] ?? '');
  const keywords = config?.[family.json.root];
  const control = keywords && controlOf(keywords);
  return config && control && { data, config, digest: keywords['user-context'][MARKER_KEY].bootstrap, control };
};

/** Where a server listens that starts with the rows it is given; undefined where it has no such configuration. */
export const carriedControl = (family: Family, data: SecretData): StoredBootstrap['control'] | undefined => {
  const keywords = readConfig(family, carriedConfig(data[filesOf(family).carried] ?? ''))?.[family.json.root];
  return keywords && controlOf(keywords);
};

const readConfig = (family: Family, text: string) => schemaOf(family).safeParse(parseJson(text)).data;

const controlOf = (keywords: z.output<typeof ours>): StoredBootstrap['control'] | undefined => {
  const https = keywords['control-sockets'].find((socket) => socket['socket-port'] !== undefined);
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
