/** What a server counts: packets, failures, leases that it took back. */
import { type KeaClient, KeaRefused, KeaUnreachable } from '../kea/client.ts';

/** Up to so many subnets all is asked for at once. It takes a server 0.1 ms for each, in which it serves nobody. */
const ASK_ALL = 500;

/**
 * Statistics of a server by Kea's names; of one with a great many subnets those that are named alone. Empty where it does not answer.
 * @param names Of the server as a whole.
 */
export const figuresOfServer = async (
  client: KeaClient,
  names: readonly string[],
  subnets: number,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> => {
  try {
    if (subnets <= ASK_ALL) return (await client.call('statistic-get-all', undefined, signal)) ?? new Map();
    const figures = new Map<string, number>();
    for (const name of names)
      for (const figure of (await client.call('statistic-get', { name }, signal)) ?? []) figures.set(...figure);
    return figures;
  } catch (error) {
    if (error instanceof KeaUnreachable || error instanceof KeaRefused) return new Map();
    throw error;
  }
};
