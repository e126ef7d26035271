import type { Referable } from '../../src/kea/globalOptions.ts';
import type { KnownOptions } from '../../src/kea/knownOptions.ts';

/** Options of a pair that may be for any class. */
export const anyClass = (known: KnownOptions): Referable => ({ known, knowsClass: () => true });
