/** How each injection is done, and undone. */
import { clientFaults } from './faults/clients.ts';
import { databaseFaults } from './faults/database.ts';
import { nodeFaults } from './faults/nodes.ts';
import { objectFaults } from './faults/objects.ts';
import { processFaults } from './faults/processes.ts';
import { rolloutFaults } from './faults/rollouts.ts';
import type { Lab } from './lab.ts';
import type { FaultName, Step } from './steps.ts';

/** Takes a fault away. Has to work also where the case ended in the middle, and where the fault went by itself. */
export type Undo = () => Promise<void>;

/** Does the fault to what the word says; without an undo where it ends by itself. */
export type Injection = (lab: Lab, on: string) => Promise<Undo | undefined>;

const INJECTIONS: Readonly<Record<FaultName, Injection>> = {
  ...processFaults,
  ...nodeFaults,
  ...databaseFaults,
  ...objectFaults,
  ...clientFaults,
  ...rolloutFaults,
};

export const injectStep = (lab: Lab, { fault, on }: Step): Promise<Undo | undefined> => INJECTIONS[fault](lab, on);
