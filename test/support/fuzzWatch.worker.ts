/** Ends a process that does not come to the end of one input: no timeout of a test gets through to a loop. */
import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';

export interface Watched {
  /** The number of the input that is under way, from 1 on; 0: none is. */
  readonly underWay: Int32Array;
  readonly seed: number;
  readonly limitMs: number;
}

const { underWay, seed, limitMs } = workerData as Watched;
let before = 0;
setInterval(() => {
  const now = Atomics.load(underWay, 0);
  if (now !== 0 && now === before) {
    writeSync(
      2,
      `fuzz: input ${now} has no end after ${limitMs / 1000} s, FUZZ_SEED=${seed} FUZZ_SHOW=${now} shows it\n`,
    );
    process.kill(process.pid, 'SIGKILL');
  }
  before = now;
}, limitMs);
