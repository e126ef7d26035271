import { expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fakeClock.ts';
import { createFairUse } from './fairUse.ts';

const { signal } = new AbortController();

it('a user has three lists at a time; a fourth waits for a place', async () => {
  const fair = createFairUse(createFakeClock());
  const places = await Promise.all([1, 2, 3].map(() => fair.enter('alice', signal)));
  let entered = false;
  const fourth = fair.enter('alice', signal).then((leave) => {
    entered = true;
    return leave;
  });
  await Promise.resolve();
  expect(entered).toBe(false);
  places[0]?.();
  // A place that is given back twice is one place.
  places[0]?.();
  await fourth;
  expect(entered).toBe(true);
});

it('the lists of another user have places of their own', async () => {
  const fair = createFairUse(createFakeClock());
  for (let n = 0; n < 3; n++) await fair.enter('alice', signal);
  await fair.enter('bob', signal);
});

it('a list that gets no place for five seconds is refused, to be tried again', async () => {
  const clock = createFakeClock();
  const fair = createFairUse(clock);
  for (let n = 0; n < 3; n++) await fair.enter('alice\u001b', signal);
  const refused = expect(fair.enter('alice\u001b', signal)).rejects.toMatchObject({
    code: 429,
    retryAfter: 1,
    message: 'too many leases of user alice\\u{1b} are being read at this moment: try again',
  });
  await clock.advance(5_000);
  await refused;
});

it('where 50 lists of a user wait, the others are refused at once', async () => {
  const fair = createFairUse(createFakeClock());
  for (let n = 0; n < 53; n++) void fair.enter('alice', signal);
  await expect(fair.enter('alice', signal)).rejects.toMatchObject({ code: 429 });
});

it('who does not wait any more takes no place', async () => {
  const fair = createFairUse(createFakeClock());
  const places = await Promise.all([1, 2, 3].map(() => fair.enter('alice', signal)));
  const gone = new AbortController();
  const waiting = expect(fair.enter('alice', gone.signal)).rejects.toThrow('gone');
  gone.abort(new Error('gone'));
  await waiting;
  for (const leave of places) leave();
  for (let n = 0; n < 3; n++) await fair.enter('alice', signal);
});
