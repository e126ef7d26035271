/** Memory that is in use, told from memory that nobody has collected yet. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
/** After it nothing is in the heap that nobody needs any more. */
export const collectGarbage = runInNewContext('gc') as () => void;
