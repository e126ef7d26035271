/** An address family by the number of its IP version: what rows, keys and tables know it by. */
export type Bits = 4 | 6;
