import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './run.ts';

export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority for one test: what a Kea server and its client need to trust each other. PEM throughout. */
export interface TestAuthority {
  readonly ca: string;
  /** A server certificate for the addresses, or a client certificate without any. */
  issue(name: string, ...addresses: readonly string[]): Promise<KeyPair>;
  close(): Promise<void>;
}

export const createAuthority = async (): Promise<TestAuthority> => {
  const dir = await mkdtemp(join(tmpdir(), 'kea-operator-ca-'));
  let issued = 0;
  const make = async (name: string, ...extra: string[]): Promise<KeyPair> => {
    const [cert, key] = [join(dir, `${++issued}.crt`), join(dir, `${issued}.key`)];
    const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key];
    await run('openssl', ['req', '-x509', '-days', '2', '-subj', `/CN=${name}`, ...newKey, '-out', cert, ...extra]);
    return { cert: await readFile(cert, 'utf8'), key: await readFile(key, 'utf8') };
  };
  const { cert: ca } = await make('test authority');
  return {
    ca,
    issue: (name, ...addresses) =>
      make(
        name,
        ...['-CA', join(dir, '1.crt'), '-CAkey', join(dir, '1.key'), '-addext', 'basicConstraints=critical,CA:false'],
        ...(addresses.length === 0 ? [] : ['-addext', `subjectAltName=${addresses.map((one) => `IP:${one}`).join()}`]),
      ),
    close: () => rm(dir, { recursive: true, force: true }),
  };
};
