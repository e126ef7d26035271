import { connect } from 'node:net';

/** A machine that is there says so within a round trip. */
const TIMEOUT_MS = 1000;

/** Whether a machine answers that nobody listens on the port. False where somebody does, and where the machine is silent. */
export const refuses = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout: TIMEOUT_MS });
    const end = (refused: boolean): void => {
      socket.destroy();
      resolve(refused);
    };
    socket.once('connect', () => {
      end(false);
    });
    socket.once('timeout', () => {
      end(false);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      end(error.code === 'ECONNREFUSED');
    });
  });
