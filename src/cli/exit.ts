/** How a command ends, and the error whose message is all that a person needs to read. */
import { KnownError } from '../runtime/errors.ts';

/** Said in `--help`. */
export const EXIT = { done: 0, failed: 1, usage: 2, notFound: 3 } as const;
export type Exit = (typeof EXIT)[keyof typeof EXIT];

/** The command cannot do what was asked: its message is a sentence with the remedy. */
export class Complaint extends KnownError {
  override readonly name = 'Complaint';
  readonly reason: 'Failed' | 'Usage';

  constructor(message: string, reason: 'Failed' | 'Usage' = 'Failed', cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.reason = reason;
  }
}

/** What was asked for makes no sense as it stands. */
export const usageError = (message: string): Complaint => new Complaint(message, 'Usage');

export const exitOf = (error: unknown): Exit =>
  error instanceof Complaint && error.reason === 'Usage' ? EXIT.usage : EXIT.failed;
