/** For the pure code above Kea, which has nothing else to do with the runtime. */
export { legible } from '../runtime/legible.ts';

/** Kea's text without the lines and columns of a text that nobody has: ` (<string>:1:344)`. */
export const withoutPlaces = (text: string): string => text.replace(/ ?\((<\w+>)?:\d+:\d+\)/g, '');
