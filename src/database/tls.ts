/** TLS towards PostgreSQL: the words of the API, libpq’s words, and what pg does by them. */
import { checkServerIdentity, type ConnectionOptions } from 'node:tls';

/** libpq's sslmode. */
export type SslMode = 'disable' | 'require' | 'verify-ca' | 'verify-full';

/** By the names that a HAPair's `spec.database.tls.mode` gives them. */
export const SSL_MODES = {
  Disable: 'disable',
  Require: 'require',
  VerifyCA: 'verify-ca',
  VerifyFull: 'verify-full',
} as const satisfies Readonly<Record<string, SslMode>>;

export type SslWord = keyof typeof SSL_MODES;

export const SSL_WORDS = Object.keys(SSL_MODES) as readonly SslWord[];

/** The way back. */
export const SSL_WORD_OF = Object.fromEntries(SSL_WORDS.map((word) => [SSL_MODES[word], word])) as Readonly<
  Record<SslMode, SslWord>
>;

/**
 * `ssl` of a `pg` connection with the meaning that libpq gives the mode: `require` encrypts and believes any certificate,
 * `verify-ca` any name that the CA signs for, `verify-full` only the host's.
 * @param ca PEM of the CAs that sign the server's certificate; left out: those of the system.
 */
export const postgresTls = (
  { host, ca }: { readonly host: string; readonly ca?: string | undefined },
  mode: SslMode,
): ConnectionOptions | false => {
  const authority = ca === undefined ? {} : { ca };
  switch (mode) {
    case 'disable':
      return false;
    case 'require':
      return { rejectUnauthorized: false };
    case 'verify-ca':
      return { ...authority, checkServerIdentity: () => undefined };
    case 'verify-full':
      // pg names no server to TLS where the host is an address, and "localhost" would be looked for: the name is given here.
      return { ...authority, checkServerIdentity: (_, certificate) => checkServerIdentity(host, certificate) };
  }
};
