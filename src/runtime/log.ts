/** Structured logs on standard output, one JSON object a line, with nothing in them that opens a door. */
import { type DestinationStream, type Logger as PinoLogger, pino, stdSerializers, stdTimeFunctions } from 'pino';
import { legibleLines } from './legible.ts';

/** The log interface that everything here takes; `child` adds fields to every line. */
export type Logger = Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error'> & { child(fields: object): Logger };

export interface LogOptions {
  readonly level?: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** Default: standard output. */
  readonly destination?: DestinationStream;
}

/**
 * Keys whose values are never logged, at any depth. A name that only points to a secret (`secretName`,
 * `credentialsSecretRef`) is not one.
 */
const SECRET_KEY =
  /^(authorization|cookie|set-cookie|secret|credentials?|.*(password|passwd|passphrase|token|privatekey|private_key|private-key|apikey|api_key))$/i;
/** A Secret object's content, whatever its keys are called. */
const SECRET_CONTENT = new Set(['data', 'stringData', 'binaryData']);
const REDACTED = '[redacted]';
const DEEPEST = 6;
/** The stack of an error with its causes, some of which quote what a peer said. */
const LONGEST = 8_192;

/** A copy of a value for a log: secret-looking keys blanked, the content of Secrets blanked, depth and texts bounded, and these legible. */
export const redact = (value: unknown, depth = 0): unknown => {
  if (typeof value === 'string') return legibleLines(value, LONGEST);
  if (value instanceof Error) return redact(stdSerializers.err(value), depth);
  if (value instanceof Date || typeof value !== 'object' || value === null) return value;
  if (depth >= DEEPEST) return '[…]';
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  const isSecret = 'kind' in value && value.kind === 'Secret';
  return Object.fromEntries(
    Object.entries(value).map(([key, held]) =>
      SECRET_KEY.test(key) || (isSecret && SECRET_CONTENT.has(key))
        ? [key, held === undefined ? undefined : REDACTED]
        : [key, redact(held, depth + 1)],
    ),
  );
};

const asFields = (value: unknown): Record<string, unknown> => ({ ...(redact(value) as object) });

export const createLogger = (options: LogOptions = {}): Logger => {
  const settings = {
    level: options.level ?? 'info',
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }), log: asFields },
    // Errors are taken apart by `redact`.
    serializers: { err: (err: unknown) => err },
  };
  return wrap(pino(settings, options.destination ?? standardOutput()));
};

/** A line that cannot be written must not throw where it is logged: pino hears of a reader that has gone, and throws on a full disk. */
const standardOutput = (): DestinationStream => {
  const output = pino.destination(1);
  output.on('error', () => undefined);
  return output;
};

/** pino's formatters do not see the fields of a child. */
const wrap = (logger: PinoLogger): Logger => ({
  debug: logger.debug.bind(logger),
  info: logger.info.bind(logger),
  warn: logger.warn.bind(logger),
  error: logger.error.bind(logger),
  child: (fields) => wrap(logger.child(asFields(fields))),
});
