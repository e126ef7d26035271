/**
 * Puts a note into a program of Linux (ELF of 64 bits, little-endian), for the program to find in its own memory. Node's documentation takes
 * `postject` for it, which has only ever had alpha releases; of what that does this is the part that is needed here.
 *
 * A note that the program reads in memory takes two more entries in the table of segments: PT_LOAD, which brings it there, and PT_NOTE, which says
 * where. For one the note that is there already gives its place, the build id that only debuggers read. For the other the table grows by one entry
 * over the text that follows, the path of the dynamic linker, which moves to the end of the file with the note. Nothing else moves. What is never
 * loaded, the symbols for debuggers and the table of sections, is left out: an eighth of the file.
 */

const HEADER = 64;
const ENTRY = 56;
const PT = { load: 1, interpreter: 3, note: 4, table: 6 } as const;
const READABLE = 4;
/** The largest page there is, that of some machines of arm64. */
const PAGE = 0x10000n;

interface Segment {
  readonly type: number;
  readonly flags: number;
  readonly offset: bigint;
  readonly address: bigint;
  readonly fileSize: bigint;
  readonly memorySize: bigint;
  readonly align: bigint;
}

const readSegment = (file: Buffer, at: number): Segment => ({
  type: file.readUInt32LE(at),
  flags: file.readUInt32LE(at + 4),
  offset: file.readBigUInt64LE(at + 8),
  address: file.readBigUInt64LE(at + 16),
  fileSize: file.readBigUInt64LE(at + 32),
  memorySize: file.readBigUInt64LE(at + 40),
  align: file.readBigUInt64LE(at + 48),
});

const segmentBytes = ({ type, flags, offset, address, fileSize, memorySize, align }: Segment): Buffer => {
  const bytes = Buffer.alloc(ENTRY);
  bytes.writeUInt32LE(type, 0);
  bytes.writeUInt32LE(flags, 4);
  [offset, address, address, fileSize, memorySize, align].forEach((value, nth) =>
    bytes.writeBigUInt64LE(value, 8 + 8 * nth),
  );
  return bytes;
};

const upTo = (value: bigint, unit: bigint): bigint => ((value + unit - 1n) / unit) * unit;

/** The note as it stands in memory: sizes of name and content, a type, and both, each filled up to four bytes. */
const noteBytes = (name: string, content: Buffer): Buffer => {
  const text = Buffer.from(`${name}\0`);
  const filled = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
  const head = Buffer.alloc(12);
  head.writeUInt32LE(text.length, 0);
  head.writeUInt32LE(content.length, 4);
  return Buffer.concat([head, filled(text), filled(content)]);
};

/** @throws Error for a program that is laid out in another way. */
export const withNote = (program: Buffer, name: string, content: Buffer): Buffer => {
  const isElf = program.readUInt32BE(0) === 0x7f454c46 && program[4] === 2 && program[5] === 1;
  if (!isElf) throw new Error('the program is no ELF file of 64 bits: a single file can only be made on Linux');
  const table = Number(program.readBigUInt64LE(32));
  const count = program.readUInt16LE(56);
  const segments = Array.from({ length: count }, (_, nth) => readSegment(program, table + nth * ENTRY));
  const interpreter = segments.find(({ type }) => type === PT.interpreter);
  const replaced = segments.find(({ type }) => type === PT.note);
  const end = table + count * ENTRY;
  // What the table grows over: the path of the dynamic linker and the note that gives its place, each at a multiple of four bytes.
  const isRoom =
    interpreter !== undefined &&
    replaced !== undefined &&
    interpreter.offset === BigInt(end) &&
    replaced.offset === upTo(interpreter.offset + interpreter.fileSize, 4n) &&
    replaced.offset + replaced.fileSize >= BigInt(end + ENTRY);
  if (table !== HEADER || !isRoom)
    throw new Error('the program is laid out in a way that this does not know: there is no room for one more segment');

  const loaded = segments.filter(({ type }) => type === PT.load);
  const greatest = (ends: readonly bigint[]): bigint => ends.reduce((last, to) => (to > last ? to : last), 0n);
  const used = greatest(loaded.map(({ offset: from, fileSize }) => from + fileSize));
  const offset = upTo(used, PAGE);
  const address = upTo(greatest(loaded.map(({ address: from, memorySize }) => from + memorySize)), PAGE);
  const path = program.subarray(Number(interpreter.offset), Number(interpreter.offset + interpreter.fileSize));
  const note = noteBytes(name, content);
  const noteAt = upTo(BigInt(path.length), 16n);
  const added = Buffer.concat([path, Buffer.alloc(Number(noteAt) - path.length), note]);
  const size = BigInt(added.length);
  const sized = (bytes: bigint): Pick<Segment, 'fileSize' | 'memorySize'> => ({ fileSize: bytes, memorySize: bytes });

  const changed = segments.map((segment): Segment => {
    if (segment === interpreter) return { ...segment, offset, address };
    if (segment === replaced)
      return { ...segment, offset: offset + noteAt, address: address + noteAt, ...sized(BigInt(note.length)) };
    return segment.type === PT.table ? { ...segment, ...sized(BigInt((count + 1) * ENTRY)) } : segment;
  });
  // In the order of addresses, as the kernel wants it.
  const load: Segment = { type: PT.load, flags: READABLE, offset, address, ...sized(size), align: PAGE };
  const result = Buffer.concat([program.subarray(0, Number(used)), Buffer.alloc(Number(offset - used)), added]);
  Buffer.concat([...changed, load].map(segmentBytes)).copy(result, table);
  result.writeUInt16LE(count + 1, 56);
  // The table of sections is of what was cut off.
  result.writeBigUInt64LE(0n, 40);
  result.fill(0, 58, 64);
  return result;
};
