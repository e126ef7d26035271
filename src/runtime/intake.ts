/**
 * What peers have sent and is held: databases, Kea servers, whoever a tenant names. Every answer has a limit of its own, and all of them together have
 * one, so that many peers that keep within theirs do not end the process either.
 */
import { getHeapStatistics } from 'node:v8';
import { KnownError } from './errors.ts';

/** A peer has sent more than there is room for. */
export class TooMuch extends KnownError {
  override readonly name = 'TooMuch';
  readonly reason = 'TooMuch';
}

/** What one answer takes. */
export interface Portion {
  /** Counts what has come, in bytes of memory. Throws TooMuch where that is too much, and ever after. */
  take(bytes: number): void;
  /** What was counted so far. */
  readonly taken: number;
  /** It is held no more. */
  end(): void;
}

export interface Intake {
  /**
   * For an answer while it is read.
   * @param limit Of this answer, in bytes of memory.
   * @param cutOff Called once where it, or all together, became too much: nothing of it may be held any more.
   */
  open(limit: number, cutOff: (why: TooMuch) => void): Portion;
  /**
   * For what is kept of an answer, and could be asked for again: it goes before an answer is cut off that is not much greater.
   * @param drop Called where there is no room for it, at once or later.
   * @returns To be called where it is kept no more.
   */
  keep(bytes: number, drop: () => void): () => void;
}

interface Holder {
  bytes: number;
  readonly isKept: boolean;
  readonly cutOff: (why: TooMuch) => void;
}

/** What is kept counts for so many times its size where something has to go. */
const KEPT_COUNTS = 4;
const rankOf = ({ bytes, isKept }: Holder): number => (isKept ? bytes * KEPT_COUNTS : bytes);

/**
 * @param total What all may take together, in bytes. Beyond it the greatest is cut off: whoever sends without end is, and whoever asks for little
 * goes on.
 */
export const createIntake = (total: number): Intake => {
  const holders = new Set<Holder>();
  let held = 0;

  const release = (holder: Holder): void => {
    if (holders.delete(holder)) held -= holder.bytes;
  };
  const cut = (holder: Holder, message: string): void => {
    release(holder);
    holder.cutOff(new TooMuch(message));
  };
  const makeRoom = (): void => {
    while (held > total) {
      const [first] = [...holders].sort((a, b) => rankOf(b) - rankOf(a));
      if (first === undefined) return;
      cut(first, `the greatest of answers that together take more than ${sizeOf(total)}, which is the room there is`);
    }
  };

  return {
    open: (limit, cutOff) => {
      let why: TooMuch | undefined;
      const holder: Holder = {
        bytes: 0,
        isKept: false,
        cutOff: (reason) => {
          why = reason;
          cutOff(reason);
        },
      };
      holders.add(holder);
      return {
        take: (bytes) => {
          if (holders.has(holder)) {
            holder.bytes += bytes;
            held += bytes;
            if (holder.bytes > limit) cut(holder, `an answer that takes more than ${sizeOf(limit)}`);
            makeRoom();
          }
          if (why !== undefined) throw why;
        },
        get taken() {
          return holder.bytes;
        },
        end: () => {
          release(holder);
        },
      };
    },
    keep: (bytes, drop) => {
      const holder: Holder = { bytes, isKept: true, cutOff: drop };
      holders.add(holder);
      held += bytes;
      makeRoom();
      return () => {
        release(holder);
      };
    },
  };
};

const MIB = 2 ** 20;
const sizeOf = (bytes: number): string =>
  bytes >= MIB ? `${Math.floor(bytes / MIB)} MiB` : `${Math.floor(bytes / 1024)} KiB`;

/** What a value takes beside its text, about: an empty object 56 bytes, a short string 24, its place in a list or object 8 and more. */
const VALUE_BYTES = 32;
/** By the byte, whether a value begins with it: a comma, a bracket or a brace. */
const BEGINS = Uint8Array.from({ length: 256 }, (_, byte) => (',[{'.includes(String.fromCharCode(byte)) ? 1 : 0));

/** What text takes in memory once it is parsed, about, in bytes: `[{},{},…` takes twenty times its length. */
export const weigh = (text: Uint8Array): number => {
  let values = 0;
  // By index: an iterator takes five times as long.
  let at = text.length;
  while (at-- > 0) values += BEGINS[text[at] ?? 0] ?? 0;
  return text.length + values * VALUE_BYTES;
};

/** The other part of the memory is for what the process knows of the cluster. */
const PART = 3 / 8;

/** Of this process: for answers of peers, and for what is kept of them. */
export const intake = createIntake(getHeapStatistics().heap_size_limit * PART);
