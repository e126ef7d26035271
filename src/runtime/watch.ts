/** The stream of a watch: one JSON document a line. */
import type { Readable } from 'node:stream';
import { errors } from 'undici';
import { reasonOf } from './clock.ts';
import { ApiError, asError, ConnectionError, type StatusBody } from './errors.ts';
import type { KubeObject } from './object.ts';
import { ANSWER_BYTES, readEvent } from './read.ts';
import type { Bounds } from './resource.ts';
import type { Call, Transport } from './transport.ts';

/** A change; a BOOKMARK's object has nothing but the resourceVersion up to which all changes have been sent. */
export interface WatchEvent<T extends KubeObject> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: T;
}

type RawEvent<T extends KubeObject> = WatchEvent<T> | { readonly type: 'ERROR'; readonly object: StatusBody };

/**
 * Opens a watch and gives its events until the server ends it in good order.
 * @throws ApiError for an error answer and for an ERROR event; ConnectionError when the stream breaks or falls silent.
 */
export async function* watchEvents<T extends KubeObject>(
  transport: Transport,
  call: Call,
  inactivityMs: number,
  bounds?: Bounds,
): AsyncGenerator<WatchEvent<T>> {
  const request = `WATCH ${call.path}`;
  const stream = await transport.stream(call, inactivityMs);
  try {
    for await (const line of lines(stream.body)) {
      const event = parseEvent<T>(line, request, bounds);
      if (event.type === 'ERROR') throw new ApiError(event.object.code ?? 500, event.object, request);
      yield event;
    }
  } catch (error) {
    if (error instanceof ApiError || error instanceof ConnectionError) throw error;
    if (call.signal?.aborted) throw reasonOf(call.signal);
    const silent = error instanceof errors.BodyTimeoutError;
    const message = silent ? `nothing came for ${inactivityMs} ms` : asError(error).message;
    throw new ConnectionError(silent ? 'Timeout' : 'Unreachable', `${request}: ${message}`, error);
  } finally {
    stream.release();
  }
}

const parseEvent = <T extends KubeObject>(line: Buffer, request: string, bounds?: Bounds): RawEvent<T> => {
  try {
    return readEvent(line, bounds) as RawEvent<T>;
  } catch {
    // The line is not quoted: it may be a Secret.
    throw new ConnectionError('Unreachable', `${request}: an event is not JSON`);
  }
};

const NEWLINE = 0x0a;

/** The full lines of a stream. A last line without its end is a broken stream's, and no event. One that is larger than an event can be ends the stream. */
async function* lines(body: Readable): AsyncGenerator<Buffer> {
  let begun: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    let from = 0;
    // A large event comes in many chunks: only the new one is searched for the line's end.
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      const line = Buffer.concat([...begun, chunk.subarray(from, end)]);
      from = end + 1;
      begun = [];
      size = 0;
      if (line.length > 0) yield line;
    }
    begun.push(chunk.subarray(from));
    size += chunk.length - from;
    if (size > ANSWER_BYTES) throw new Error(`an event has more than ${ANSWER_BYTES} bytes`);
  }
}
