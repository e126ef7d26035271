/** The serving certificate, read from files that are replaced while the server runs. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { AWAY_BACKOFF } from '../runtime/backoff.ts';
import { type Clock, sleep } from '../runtime/clock.ts';
import { asError } from '../runtime/errors.ts';
import type { Logger } from '../runtime/log.ts';
import { retry } from '../runtime/retry.ts';

/** PEM files, as a Secret of type kubernetes.io/tls is mounted. */
export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

export interface ServingCertificate {
  readonly cert: string;
  readonly key: string;
}

/** @throws Error where the files are not there, or the key does not belong to the certificate, as in the midst of a replacement. */
export const readCertificate = async ({ certFile, keyFile }: CertificateFiles): Promise<ServingCertificate> => {
  const [cert, key] = await Promise.all([readFile(certFile, 'utf8'), readFile(keyFile, 'utf8')]);
  if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) {
    throw new Error(`the key in ${keyFile} does not belong to the certificate in ${certFile}`);
  }
  return { cert, key };
};

/** As {@link readCertificate}, but waits for files that are not there yet. Rejects with the signal's reason. */
export const awaitCertificate = (
  files: CertificateFiles,
  clock: Clock,
  log: Logger,
  signal: AbortSignal | undefined,
): Promise<ServingCertificate> =>
  retry(() => readCertificate(files), {
    clock,
    policy: AWAY_BACKOFF,
    onFailure: (error, failures) => {
      if (failures === 1)
        log.warn({ error: asError(error).message }, 'the serving certificate cannot be read: waiting');
    },
    ...(signal === undefined ? {} : { signal }),
  });

export interface CertificateWatch {
  readonly files: CertificateFiles;
  readonly current: ServingCertificate;
  readonly onChange: (certificate: ServingCertificate) => void;
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Reads the files again and again until the signal is aborted. Events of the file system are not used: the kubelet swaps
 * a symbolic link two levels up, which they tell in different ways.
 */
export const watchCertificate = async (watch: CertificateWatch, signal: AbortSignal): Promise<void> => {
  let { current } = watch;
  for (;;) {
    try {
      await sleep(watch.clock, watch.intervalMs, signal);
    } catch {
      return;
    }
    try {
      const certificate = await readCertificate(watch.files);
      if (certificate.cert === current.cert && certificate.key === current.key) continue;
      watch.onChange(certificate);
      current = certificate;
      watch.log.info({ certFile: watch.files.certFile }, 'serving certificate replaced');
    } catch (error) {
      watch.log.warn({ error: asError(error).message }, 'the serving certificate cannot be read: the last one stays');
    }
  }
};
