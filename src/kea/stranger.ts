/** Who is behind a port where a server of ours was expected. */
import { type Certificate, connect } from 'node:tls';

const TIMEOUT_MS = 1000;

/** What TLS says of a certificate that nobody signed whom we trust. */
const UNTRUSTED: ReadonlySet<unknown> = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
]);

export const isUntrusted = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && UNTRUSTED.has(error.code);

const nameIn = ({ CN }: Certificate): string => [CN].flat().join(' ');

/**
 * Whom the certificate names that a server shows which is not ours: of a pair of another operator its server and its authority. Nobody vouches for it.
 * Undefined where it shows none.
 */
export const strangerAt = (host: string, port: number): Promise<string | undefined> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout: TIMEOUT_MS, rejectUnauthorized: false });
    const end = (name?: string): void => {
      resolve(name);
      socket.destroy();
    };
    socket.once('secureConnect', () => {
      const { subject, issuer } = socket.getPeerCertificate();
      end(`${nameIn(subject)}, signed by ${nameIn(issuer)}`);
    });
    socket.once('timeout', () => {
      end();
    });
    // What comes after the answer is of no matter: a server may end whoever has no certificate.
    socket.on('error', () => {
      end();
    });
  });
