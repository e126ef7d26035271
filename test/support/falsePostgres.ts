/** TCP servers that greet as PostgreSQL does, and then say whatever a test wants. */
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** A message of the protocol; `length` is what its header says, where that is not the truth. */
export const message = (type: string, body: string | Buffer = '', length?: number): Buffer => {
  const content = typeof body === 'string' ? Buffer.from(body, 'latin1') : body;
  const header = Buffer.alloc(5);
  header.write(type, 'latin1');
  header.writeUInt32BE(length ?? content.length + 4, 1);
  return Buffer.concat([header, content]);
};

/** A row of text values; null where there is none. */
export const row = (...values: readonly (string | null)[]): Buffer => {
  const count = Buffer.alloc(2);
  count.writeUInt16BE(values.length);
  const fields = values.map((value) => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(value === null ? -1 : Buffer.byteLength(value));
    return Buffer.concat([length, Buffer.from(value ?? '')]);
  });
  return message('D', Buffer.concat([count, ...fields]));
};

/** The description of a row, by the object ids of its columns' types. */
export const description = (types: readonly number[], names: readonly string[] = []): Buffer => {
  const count = Buffer.alloc(2);
  count.writeUInt16BE(types.length);
  const fields = types.map((type, index) => {
    const field = Buffer.alloc(18);
    field.writeUInt32BE(type, 6);
    field.writeInt16BE(-1, 10);
    field.writeInt32BE(-1, 12);
    return Buffer.concat([Buffer.from(`${names[index] ?? `c${index}`}\0`), field]);
  });
  return message('T', Buffer.concat([count, ...fields]));
};

export const TEXT = 25;
export const JSON_TYPE = 114;
export const FLOAT8 = 701;

/** What ends the answer to a query. */
export const COMPLETE = Buffer.concat([message('C', 'SELECT 1\0'), message('Z', 'I')]);

export interface FalsePostgres {
  readonly port: number;
  close(): Promise<void>;
}

const AUTHENTICATED = message('R', '\0\0\0\0');
const READY = message('Z', 'I');
const LINGER_MS = 100;

/** Where a server begins to say its own: in answer to the login, or to the first query after it. */
type At = 'login' | 'query';

const serve = async (at: At, speak: (socket: Socket) => void): Promise<FalsePostgres> => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    let heard = 0;
    socket.on('data', () => {
      heard++;
      if (at === 'query' && heard === 1) socket.write(Buffer.concat([AUTHENTICATED, READY]));
      if (heard === (at === 'query' ? 2 : 1)) speak(socket);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const socket of sockets) socket.destroy();
      }),
  };
};

/** Says `words`; a little later the connection ends. */
export const startFalsePostgres = (at: At, words: Buffer): Promise<FalsePostgres> =>
  serve(at, (socket) => {
    socket.write(words);
    setTimeout(() => socket.destroy(), LINGER_MS);
  });

export interface EndlessPostgres extends FalsePostgres {
  /** Bytes that were taken from it so far, or are on their way. */
  readonly sent: number;
  /** Connections that the other side ended. */
  readonly ended: number;
}

export interface Pace {
  /** Between what it says first and the rest. */
  readonly pauseMs?: number;
  /** Between two bytes of the rest. */
  readonly byteMs?: number;
}

/** Says `first`, and then `again` for ever, as fast as that is taken, or at a pace. */
export const startEndlessPostgres = async (
  at: At,
  first: Buffer,
  again: Buffer,
  { pauseMs, byteMs }: Pace = {},
): Promise<EndlessPostgres> => {
  let [sent, ended] = [0, 0];
  // Many times in one piece: a message or two at a time would be slow.
  const piece = Buffer.concat(Array<Buffer>(Math.ceil(65_536 / again.length)).fill(again));
  const server = await serve(at, (socket) => {
    socket.on('close', () => ended++);
    const pour = (): void => {
      while (!socket.destroyed) {
        sent += piece.length;
        if (!socket.write(piece)) return;
      }
    };
    let next = 0;
    const drip = (): void => {
      if (socket.destroyed) return;
      socket.write(piece.subarray(next, ++next));
      sent++;
      setTimeout(drip, byteMs);
    };
    const goOn = (): void => {
      if (byteMs !== undefined) {
        drip();
        return;
      }
      socket.on('drain', pour);
      pour();
    };
    socket.write(first);
    if (pauseMs === undefined) goOn();
    else setTimeout(goOn, pauseMs);
  });
  return {
    ...server,
    get sent() {
      return sent;
    },
    get ended() {
      return ended;
    },
  };
};
