/** Text of many pieces as bytes, without ever being one string. */
export interface Utf8 {
  push(piece: string): void;
  /** What was pushed; nothing may be pushed any more. */
  bytes(): Buffer;
}

/** So many letters are put together before they are written: pieces that are joined cost little, each call that writes costs more, and what is young is collected for nothing. */
const AT_ONCE = 16 * 1024;
/** Of a UTF-16 code unit. */
const MOST_BYTES = 3;

/** @param room How many bytes to begin with. */
export const createUtf8 = (room: number): Utf8 => {
  let bytes = Buffer.allocUnsafe(room);
  let end = 0;
  let text = '';
  const write = (): void => {
    const most = MOST_BYTES * text.length;
    if (end + most > bytes.length) {
      const longer = Buffer.allocUnsafe(2 * bytes.length + most);
      bytes.copy(longer, 0, 0, end);
      bytes = longer;
    }
    end += bytes.write(text, end);
    text = '';
  };
  return {
    push: (piece) => {
      text += piece;
      if (text.length >= AT_ONCE) write();
    },
    bytes: () => {
      write();
      return bytes.subarray(0, end);
    },
  };
};
