/**
 * The frames of PostgreSQL's protocol (version 3): a byte that says what a message is, its length in four bytes, its body. pg believes
 * whatever a server says; a HAPair's author names the server.
 */

/** What a server sent is not PostgreSQL's protocol: the connection is of no use any more. */
export class BrokenAnswer extends Error {
  override readonly name = 'BrokenAnswer';
}

const HEADER_BYTES = 5;
/** ErrorResponse and NoticeResponse: fields that end in a zero byte each, and a zero byte after the last. */
const FIELDED: ReadonlySet<number> = new Set([0x45, 0x4e]);
/** The largest message that there is for us is a row, and the largest value in it some user context. */
const LONGEST = 64 * 1024 * 1024;

/**
 * Follows a stream of bytes from message to message.
 * @returns Takes the next bytes. Throws BrokenAnswer for a length that cannot be, and for fields without an end, in which pg's parser
 * would look for it for ever.
 */
export const createFrameCheck = (): ((chunk: Buffer) => void) => {
  const header = Buffer.alloc(HEADER_BYTES);
  let headed = 0;
  let left = 0;
  /** The last two bytes of the body so far, the last one lowest; above them ones. */
  let tail = ~0;

  const begin = (): void => {
    const length = header.readUInt32BE(1);
    if (length < 4 || length > LONGEST) throw new BrokenAnswer(`a message of ${length} bytes`);
    left = length - 4;
    tail = ~0;
  };

  const end = (): void => {
    const isLone = header.readUInt32BE(1) === HEADER_BYTES;
    const isEnded = isLone ? (tail & 0xff) === 0 : (tail & 0xffff) === 0;
    if (FIELDED.has(header[0] ?? 0) && !isEnded) throw new BrokenAnswer('a message of fields without an end');
    headed = 0;
  };

  return (chunk) => {
    for (let at = 0; at < chunk.length;) {
      if (headed < HEADER_BYTES) {
        header[headed++] = chunk[at++] ?? 0;
        if (headed === HEADER_BYTES) begin();
      } else {
        const taken = Math.min(left, chunk.length - at);
        for (const byte of chunk.subarray(at + Math.max(0, taken - 2), at + taken)) tail = (tail << 8) | byte;
        at += taken;
        left -= taken;
      }
      if (headed === HEADER_BYTES && left === 0) end();
    }
  };
};
