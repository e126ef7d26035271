/** A TCP proxy in this process: the place to cut and to freeze connections between two real programs. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface TcpProxy {
  readonly port: number;
  /** Connections that are open now. */
  readonly connections: number;
  /** Breaks every open connection; new ones are taken as before. */
  readonly cut: () => void;
  /**
   * From now on nothing passes in either direction and nothing is closed, as when a cable is pulled: open connections
   * fall silent, new ones are accepted and get no answer.
   */
  readonly freeze: () => void;
  /** Breaks the frozen connections and lets new ones pass again. */
  readonly thaw: () => void;
  close(): Promise<void>;
}

/**
 * Listens on a free loopback port and passes everything to `target` on loopback.
 * @param swallows Looks at what a client sends: from the first chunk on for which it is true that connection gets no answer any more, nor does the target
 * hear of it.
 */
export const startTcpProxy = async (target: number, swallows?: (chunk: Buffer) => boolean): Promise<TcpProxy> => {
  const open = new Set<Socket>();
  let frozen = false;

  const track = (socket: Socket): void => {
    open.add(socket);
    // What broke is seen at the other end; here it is only the end of a socket.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => open.delete(socket));
    if (frozen) socket.pause();
  };
  const pass = (from: Socket, to: Socket, ends?: (chunk: Buffer) => boolean): void => {
    let ended = false;
    from.on('data', (chunk) => {
      ended ||= ends?.(chunk) === true;
      if (!frozen && !ended) to.write(chunk);
    });
    from.on('end', () => to.end());
    from.on('close', () => to.destroy());
  };

  const server = createServer((inbound) => {
    track(inbound);
    if (frozen) return;
    const outbound = connect({ port: target, host: '127.0.0.1' });
    track(outbound);
    pass(inbound, outbound, swallows);
    pass(outbound, inbound);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });

  const cut = (): void => {
    for (const socket of open) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return open.size / 2;
    },
    cut,
    freeze: () => {
      frozen = true;
      for (const socket of open) socket.pause();
    },
    thaw: () => {
      frozen = false;
      cut();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        cut();
      }),
  };
};
