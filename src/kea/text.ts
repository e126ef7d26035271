/** For the pure code above Kea, which has nothing else to do with the runtime. */
export { legible } from '../runtime/legible.ts';
