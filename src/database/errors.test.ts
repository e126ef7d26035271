import { describe, expect, it } from 'vitest';
import { wordsOf } from './errors.ts';

describe('what is said of a certificate', () => {
  const error = (code: string, message: string) => Object.assign(new Error(message), { code });

  it.each([
    [
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'unable to verify the first certificate; if the root CA is installed locally, try running Node.js with --use-system-ca',
      'unable to verify the first certificate: give the certificate of the CA that signed it, in the Secret that caSecretRef of the HAPair’s database.tls names, or database.caSecret of the chart’s values',
    ],
    [
      'CERT_HAS_EXPIRED',
      'certificate has expired',
      'certificate has expired: renew the certificate of the database server',
    ],
    ['ECONNREFUSED', 'connect ECONNREFUSED 10.0.0.1:5432', 'connect ECONNREFUSED 10.0.0.1:5432'],
  ])('%s: has a remedy of ours, and none of Node.js', (code, message, words) => {
    expect(wordsOf(error(code, message))).toBe(words);
    expect(wordsOf(new AggregateError([error(code, message)], ''))).toBe(words);
  });
});
