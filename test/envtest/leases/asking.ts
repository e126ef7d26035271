import { expect } from 'vitest';
import type { World } from './world.ts';

/** The lines of a table, their cells apart. */
export const linesOf = (text: string): string[][] =>
  text
    .trim()
    .split('\n')
    .map((line) => line.split(/\s{2,}/).map((cell) => cell.trim()));

/** kubectl where it is to succeed without a word of warning, and where it is to be refused. */
export const askingWith = (world: () => World) => ({
  kubectl: async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await world().kubectl(args);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    return stdout;
  },
  refused: async (...args: string[]) => {
    const { code, stdout, stderr } = await world().kubectl(args);
    expect(code).not.toBe(0);
    return { stdout, stderr };
  },
});
