import { createSocket } from 'node:dgram';
import { once } from 'node:events';

export interface ExchangeOptions {
  readonly family: 4 | 6;
  /** Of this machine; answers come back to it. */
  readonly address: string;
  /** The port of both sides: relays and servers have the same. */
  readonly port: number;
  /** What an answer and its question have in common. */
  readonly transactionOf: (packet: Buffer) => string;
}

/** Questions and answers over UDP, whichever version of DHCP they are of. */
export interface Exchange {
  /** The answer of one server; undefined where it stays silent. */
  ask(server: string, question: Buffer, waitMs: number): Promise<Buffer | undefined>;
  close(): Promise<void>;
}

/** Needs root, as the ports of DHCP are below 1024. */
export const openExchange = async ({ family, address, port, transactionOf }: ExchangeOptions): Promise<Exchange> => {
  const socket = createSocket(family === 4 ? 'udp4' : 'udp6');
  const waiting = new Map<string, (answer: Buffer) => void>();
  socket.on('message', (packet) => waiting.get(transactionOf(packet))?.(packet));
  socket.bind(port, address);
  await once(socket, 'listening');
  return {
    async ask(server, question, waitMs) {
      const transaction = transactionOf(question);
      const answer = Promise.withResolvers<Buffer | undefined>();
      const timer = setTimeout(() => {
        answer.resolve(undefined);
      }, waitMs);
      waiting.set(transaction, answer.resolve);
      socket.send(question, port, server);
      return answer.promise.finally(() => {
        clearTimeout(timer);
        waiting.delete(transaction);
      });
    },
    async close() {
      socket.close();
      await once(socket, 'close');
    },
  };
};
