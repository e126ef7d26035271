import { createInterface } from 'node:readline';
import type { Family } from '../../src/kea/family.ts';
import { controlSocketOf } from '../../src/workload/podPaths.ts';
import type { Cluster } from '../support/cluster.ts';
import { NAMESPACE } from '../support/install.ts';

/** A conversation with a Kea server over its own socket, inside its pod. */
export interface Talk {
  /** Sends a command and gives the answer's text. One command at a time. */
  ask(request: unknown): Promise<string>;
  end(): void;
}

/** One line in, one line out, until the input ends. */
const loopOf = (family: Family): string =>
  `while IFS= read -r line; do printf %s "$line" | socat -t 60 - UNIX-CONNECT:${controlSocketOf(family)} | tr -d '\\n'; echo; done`;

/** Stays open: a kubectl for each question would take more of the machine than what is measured. */
export const openTalk = (cluster: Cluster, pod: string, family: Family): Talk => {
  const child = cluster.start([
    'kubectl',
    'exec',
    '-i',
    '-n',
    NAMESPACE,
    pod,
    '-c',
    'kea',
    '--',
    'sh',
    '-c',
    loopOf(family),
  ]);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    ask: async (request) => {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      const { done, value } = await lines.next();
      if (done === true) throw new Error(`the conversation with ${pod} ended`);
      return value;
    },
    end: () => {
      child.stdin.end();
    },
  };
};
