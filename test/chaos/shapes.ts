/** PURE: which pairs the cases are tried on. */

export type Mode = 'HotStandby' | 'LoadBalancing' | 'Standalone';
export type Storage = 'Memfile' | 'PostgreSQL';

/** A pair as far as a case cares. */
export interface Shape {
  readonly mode: Mode;
  readonly storage: Storage;
}

export const STANDARD: Shape = { mode: 'HotStandby', storage: 'Memfile' };

const MODES: readonly Mode[] = ['HotStandby', 'LoadBalancing', 'Standalone'];
const STORAGES: readonly Storage[] = ['Memfile', 'PostgreSQL'];

export const SHAPES: readonly Shape[] = MODES.flatMap((mode) => STORAGES.map((storage) => ({ mode, storage })));

export const nameOf = ({ mode, storage }: Shape): string => `${mode}-${storage}`;

/** @throws Error for a name that is none. */
export const shapeNamed = (name: string): Shape => {
  const shape = SHAPES.find((one) => nameOf(one) === name);
  if (shape === undefined) throw new Error(`no pair "${name}"; there are: ${SHAPES.map(nameOf).join(', ')}`);
  return shape;
};

/** Timers of the chaos pair's HA, ms: short, so that a failover does not take a minute of each case. */
export const TIMERS = {
  heartbeatDelay: 1000,
  maxResponseDelay: 4000,
  maxAckDelay: 1000,
  maxUnackedClients: 2,
} as const;

/**
 * How long clients may be silent, in seconds, when a server's process is gone and its partner lives: until the partner has missed it, has seen
 * clients that it leaves alone, and two more for what a busy machine adds.
 */
export const FAILOVER = (TIMERS.heartbeatDelay + TIMERS.maxResponseDelay + TIMERS.maxAckDelay) / 1000 + 2;

/** Kea gives up a request to its partner after so many seconds where not even a refusal comes back, as of a node without power; until then it does not miss it. */
const REQUEST = 10;

/** How long clients may be silent, in seconds, when a server is gone with its node or its wire. */
export const LOST = REQUEST + (TIMERS.heartbeatDelay + TIMERS.maxAckDelay) / 1000 + 2;
