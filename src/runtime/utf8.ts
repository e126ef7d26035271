/** Text of many pieces as bytes, without ever being one string: pieces that are joined are first kept, then copied, then copied again into UTF-8. */
export interface Utf8 {
  push(...pieces: readonly string[]): void;
  /** What was pushed; nothing may be pushed any more. */
  bytes(): Buffer;
}

/** From this length on a call of Node's own is faster than a loop. */
const LONG = 24;
/** Of a UTF-16 code unit. */
const MOST_BYTES = 3;

/** @param room How many bytes to begin with. */
export const createUtf8 = (room: number): Utf8 => {
  let bytes = Buffer.allocUnsafe(room);
  let end = 0;
  const makeRoom = (more: number): void => {
    const longer = Buffer.allocUnsafe(2 * bytes.length + more);
    bytes.copy(longer, 0, 0, end);
    bytes = longer;
  };
  return {
    push: (...pieces) => {
      for (const piece of pieces) {
        const most = MOST_BYTES * piece.length;
        if (end + most > bytes.length) makeRoom(most);
        if (piece.length >= LONG) {
          end += bytes.write(piece, end);
          continue;
        }
        let at = 0;
        for (let code = 0; at < piece.length && (code = piece.charCodeAt(at)) < 0x80; at++) bytes[end + at] = code;
        // What is not ASCII is left to Node.
        end += at === piece.length ? at : bytes.write(piece, end);
      }
    },
    bytes: () => bytes.subarray(0, end),
  };
};
