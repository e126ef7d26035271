/**
 * The frames of PostgreSQL's protocol (version 3): a byte that says what a message is, its length in four bytes, its body. pg believes
 * whatever a server says, and keeps all of it; a HAPair's author names the server.
 */
import { KnownError } from '../runtime/errors.ts';
import { weigh } from '../runtime/intake.ts';

/** What a server sent is not PostgreSQL's protocol: the connection is of no use any more. */
export class BrokenAnswer extends KnownError {
  override readonly name = 'BrokenAnswer';
  readonly reason = 'BrokenAnswer';
}

const HEADER_BYTES = 5;
const COUNT_BYTES = 2;
const DATA_ROW = 0x44;
const ROW_DESCRIPTION = 0x54;
/** ErrorResponse and NoticeResponse: fields that end in a zero byte each, and a zero byte after the last. */
const FIELDED: ReadonlySet<number> = new Set([0x45, 0x4e]);
/** The largest row that there is for us holds some user context. */
const LONGEST_ROW = 16 * 1024 * 1024;
/** Any other message describes a row, or is a line or two. */
const LONGEST = 64 * 1024;

/** What pg makes of a message beside its text, in bytes, about. */
const MESSAGE_BYTES = 512;
/** And of each column that it says it has: of a row a place and a text, of the description of rows an object. */
const COLUMN_BYTES: ReadonlyMap<number, number> = new Map([
  [DATA_ROW, 32],
  [ROW_DESCRIPTION, 160],
]);

/**
 * Follows a stream of bytes from message to message.
 * @param take Told what they take in memory, in bytes, before anything of them is kept; throws where that is too much.
 * @returns Takes the next bytes. Throws BrokenAnswer for a length that cannot be, and for fields without an end, in which pg's parser
 * would look for it for ever.
 */
export const createFrameCheck = (take: (bytes: number) => void): ((chunk: Buffer) => void) => {
  /** With the number of columns, of what has some. */
  const header = Buffer.alloc(HEADER_BYTES + COUNT_BYTES);
  let headed = 0;
  let left = 0;
  /** The last two bytes of the body so far, the last one lowest; above them ones. */
  let tail = ~0;

  const type = (): number => header[0] ?? 0;

  const begin = (): void => {
    const length = header.readUInt32BE(1);
    if (length < 4 || length > (type() === DATA_ROW ? LONGEST_ROW : LONGEST)) {
      throw new BrokenAnswer(`a message of ${length} bytes`);
    }
    left = length - 4;
    tail = ~0;
    if (type() !== DATA_ROW) take(MESSAGE_BYTES);
  };

  const count = (): void => {
    take((header.readUInt16BE(HEADER_BYTES) + 1) * (COLUMN_BYTES.get(type()) ?? 0));
  };

  const end = (): void => {
    const isLone = header.readUInt32BE(1) === HEADER_BYTES;
    const isEnded = isLone ? (tail & 0xff) === 0 : (tail & 0xffff) === 0;
    if (FIELDED.has(type()) && !isEnded) throw new BrokenAnswer('a message of fields without an end');
    headed = 0;
  };

  /** How many bytes say what the message is. */
  const needed = (): number => {
    if (headed < HEADER_BYTES || !COLUMN_BYTES.has(type())) return HEADER_BYTES;
    return HEADER_BYTES + Math.min(COUNT_BYTES, left + headed - HEADER_BYTES);
  };

  return (chunk) => {
    take(weigh(chunk));
    for (let at = 0; at < chunk.length;) {
      if (headed < needed()) {
        header[headed++] = chunk[at++] ?? 0;
        if (headed === HEADER_BYTES) begin();
        else if (headed > HEADER_BYTES) left--;
        if (headed === header.length) count();
      } else {
        const taken = Math.min(left, chunk.length - at);
        const end = at + taken;
        for (at = Math.max(at, end - 2); at < end; at++) tail = (tail << 8) | (chunk[at] ?? 0);
        left -= taken;
      }
      if (headed >= needed() && left === 0) end();
    }
  };
};
