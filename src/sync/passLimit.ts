/**
 * How long a pass of a pair may take, ms. Who has not answered in time the last time is not waited for so long again, as others wait for the worker
 * meanwhile; but every fourth time for as long as ever: what is slow and not stuck must come to its end.
 *
 * @param objects What belongs to the pair: what grows with them has the time for it.
 * @param hung Passes in a row in which the pair's database or servers did not answer in time.
 */
export const passLimitMs = (objects: number, hung: number): number =>
  Math.min((hung % PATIENT_EVERY === 0 ? WHOLE_MS : SHORT_MS) + EACH_MS * objects, LONGEST_MS);

const WHOLE_MS = 60_000;
/** Enough for a database and two servers that do not answer, each with its own limit. */
const SHORT_MS = 20_000;
const PATIENT_EVERY = 4;
/** 50,000 subnets take a minute or two in all, most of it on the servers. */
const EACH_MS = 10;
/** Below the limit that the controller has for every pass, so that what has become of it is told. */
const LONGEST_MS = 540_000;
