import { describe, expect, it } from 'vitest';
import { reasons } from './reasons.ts';

/** Of these there is nothing to do: all is well, or something was done. */
const WELL: ReadonlySet<string> = new Set([
  'Accepted',
  'Programmed',
  'Ready',
  'WorkloadAvailable',
  'BackendReachable',
  'Synchronized',
  'EnoughFree',
  'DriftCorrected',
  'RowAdopted',
  'SubnetIdAssigned',
  'ConfigurationApplied',
  'ServerConfigured',
  'ServerCarried',
  'ServerRestarted',
  'LeaseReleased',
]);

describe('every reason', () => {
  it.each(Object.entries(reasons))(
    '%s says what it means and, unless all is well, what to do',
    (reason, explanation) => {
      expect(explanation.means).toMatch(/^[A-Zc].+[.]$/);
      const remedy = 'remedy' in explanation ? explanation.remedy : undefined;
      if (WELL.has(reason)) expect(remedy).toBeUndefined();
      else expect(remedy).toMatch(/^[A-Z].+[.]$/);
    },
  );
});
