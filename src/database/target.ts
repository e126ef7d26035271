import type { SslMode } from './tls.ts';

/** Where a PostgreSQL database is, and who the operator and Kea are there. Holds a secret: never logged. */
export interface DatabaseTarget {
  readonly host: string;
  readonly port: number;
  readonly name: string;
  readonly user: string;
  readonly password: string;
  readonly sslMode: SslMode;
  /** PEM of the CAs that sign the server's certificate; there where sslMode verifies. */
  readonly ca?: string;
}
