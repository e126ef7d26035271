import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pair, sceneOf, subnet, TO_PAIR } from '../../test/support/objects.ts';
import { pass, SYNC } from '../../test/support/passes.ts';
import { WARNING_REASONS, type WarningReason } from '../api/reasons.ts';
import type { Warning } from '../compile/types.ts';
import { report } from './report.ts';
import { toldOf } from './told.ts';
import { pairWarnings } from './warnings.ts';

const objectWith = (silence?: string) => ({
  metadata: { name: 'x', ...(silence === undefined ? {} : { annotations: { 'kea-operator.io/silence': silence } }) },
});
const warning = (reason: WarningReason, field = 'spec.pools'): Warning => ({ reason, field, message: `${field}: !` });
const toldBy = (silence: string | undefined, ...found: readonly Warning[]) =>
  toldOf(objectWith(silence), found).map(({ reason }) => reason);

describe('the annotation silence', () => {
  it.each<readonly [string, string | undefined, readonly string[]]>([
    ['left out', undefined, ['SmallPoolHalves', 'TimersLeftOut']],
    ['empty', '', ['SmallPoolHalves', 'TimersLeftOut']],
    ['with one reason', 'TimersLeftOut', ['SmallPoolHalves']],
    ['with several', ' SmallPoolHalves ,TimersLeftOut, ', []],
    ['with one that there is nothing of', 'ClockSkew', ['SmallPoolHalves', 'TimersLeftOut']],
    ['in another spelling', 'timersleftout', ['SmallPoolHalves', 'TimersLeftOut', 'UnknownWarning']],
    [
      'with what is no warning, and is not to be told so',
      'Nonsense,UnknownWarning',
      ['SmallPoolHalves', 'TimersLeftOut'],
    ],
  ])('%s', (_case, silence, told) => {
    expect(toldBy(silence, warning('SmallPoolHalves'), warning('TimersLeftOut'))).toEqual(told);
  });

  it('is told what warnings there are where it names none', () => {
    const [unknown] = toldOf(objectWith('SmallPools, Nonsense'), []);
    expect(unknown).toMatchObject({ reason: 'UnknownWarning', field: 'metadata.annotations[kea-operator.io/silence]' });
    expect(unknown?.message).toMatch(
      /no warning is called SmallPools or Nonsense\. Name some of SmallPoolHalves, .*, NotAllowed,/,
    );
  });

  it('silences exactly what it names', () => {
    const reasons = fc.subarray([...WARNING_REASONS]);
    fc.assert(
      fc.property(reasons, reasons, (found, silenced) => {
        const told = toldBy(silenced.join(','), ...found.map((reason) => warning(reason)));
        expect(told).toEqual(found.filter((reason) => !silenced.includes(reason)));
      }),
    );
  });

  it('is asked of a HAPair for its own, of which there is no event then either', () => {
    const silent = pair(SYNC, { annotations: { 'kea-operator.io/silence': 'NotAllowed' } });
    const attempt = { ...pass(sceneOf({}, silent)), notAllowed: 'it may not' };
    expect(pairWarnings(attempt)).toEqual([]);
    expect(report(attempt).events.filter(({ type }) => type === 'Warning')).toEqual([]);
  });
});

describe('a status', () => {
  it('has a reason once, with all that it is about', () => {
    const [one, ...more] = toldOf(objectWith(), [
      warning('SmallPoolHalves', 'spec.pools'),
      warning('SmallPoolHalves', 'spec.pdPools'),
      warning('SmallPoolHalves', 'spec.pdPools'),
    ]);
    expect(more).toEqual([]);
    expect(one).toMatchObject({ field: 'spec.pools, spec.pdPools' });
  });

  it.each<readonly [string, object, number | undefined]>([
    ['of what surprises', {}, 1],
    ['not of what is silenced', { annotations: { 'kea-operator.io/silence': 'DispensableSubnet' } }, undefined],
  ])('counts its warnings: %s', (_case, options, count) => {
    const nobody = subnet('office', { ...TO_PAIR, cidr: '10.0.0.0/24' }, options);
    const { statuses } = report(pass(sceneOf({ subnets: [nobody] }, pair(SYNC))));
    const status = statuses.find(({ object }) => object.kind === 'Subnet')?.status;
    expect(status).toEqual(
      count === undefined
        ? expect.not.objectContaining({ warningCount: expect.anything() as unknown })
        : expect.objectContaining({
            warningCount: count,
            warnings: [expect.objectContaining({ field: 'spec.pools' })],
          }),
    );
  });
});
