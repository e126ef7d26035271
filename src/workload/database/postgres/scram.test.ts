import { expect, it } from 'vitest';
import { scramVerifier } from './scram.ts';

it('gives the verifier of the example in RFC 7677: its server proves itself with this key', () => {
  // RFC 7677, section 3: password "pencil", salt W22ZaJ0SNY7soEsUEjb6gQ==, 4096 iterations. The keys are those PostgreSQL itself computes of them.
  const verifier = scramVerifier('pencil', Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'));
  expect(verifier).toBe(
    'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
  );
});

it('salts: the same password gives another verifier each time', () => {
  expect(scramVerifier('pencil')).not.toBe(scramVerifier('pencil'));
});
