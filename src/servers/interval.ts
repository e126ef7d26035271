/** When something happened, as far as a whole number of seconds tells: between two moments of the monotonic clock, ms. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

/** Clocks of two machines drift apart, a little. */
const SLACK_MS = 500;

/**
 * The moment of which a server said that it was so many whole seconds ago. A busy server answers late: the question may
 * have waited before or after its clock was read.
 */
export const intervalOf = (secondsAgo: number, askedAt: number, answeredAt: number): Interval => ({
  from: askedAt - (secondsAgo + 1) * 1000,
  to: answeredAt - secondsAgo * 1000,
});

/** Whether two answers may speak of the same event. */
export const maySame = (one: Interval, other: Interval): boolean =>
  one.from <= other.to + SLACK_MS && other.from <= one.to + SLACK_MS;
