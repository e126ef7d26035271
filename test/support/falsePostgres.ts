/** A TCP server that greets as PostgreSQL does, and then says whatever a test wants. */
import { type AddressInfo, type Socket, createServer } from 'node:net';

/** A message of the protocol; `length` is what its header says, where that is not the truth. */
export const message = (type: string, body: string | Buffer = '', length?: number): Buffer => {
  const content = typeof body === 'string' ? Buffer.from(body, 'latin1') : body;
  const header = Buffer.alloc(5);
  header.write(type, 'latin1');
  header.writeUInt32BE(length ?? content.length + 4, 1);
  return Buffer.concat([header, content]);
};

export interface FalsePostgres {
  readonly port: number;
  close(): Promise<void>;
}

const AUTHENTICATED = message('R', '\0\0\0\0');
const READY = message('Z', 'I');
const LINGER_MS = 100;

/** Says `words` in answer to the login or to the first query after it; a little later the connection ends. */
export const startFalsePostgres = async (at: 'login' | 'query', words: Buffer): Promise<FalsePostgres> => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    let heard = 0;
    socket.on('data', () => {
      heard++;
      if (at === 'query' && heard === 1) socket.write(Buffer.concat([AUTHENTICATED, READY]));
      if (heard !== (at === 'query' ? 2 : 1)) return;
      socket.write(words);
      setTimeout(() => socket.destroy(), LINGER_MS);
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
