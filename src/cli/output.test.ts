import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { leaseOf } from '../../test/support/leaseAnswers.ts';
import type { HostReservation } from '../api/hostReservation.ts';
import { createOutput, type Format } from './output.ts';
import type { Shown } from './row.ts';

const PRINTER = leaseOf('10.7.0.1', { hwAddress: '02:00:5e:10:00:01', hostname: 'printer', subnet: 'desks' });
const PREFIX = leaseOf('2001:db8:8000::', { prefixLength: 56, duid: '00:03:00:01', iaid: 5, reservation: 'home' });
const RESERVATION: HostReservation = {
  apiVersion: 'kea-operator.io/v1alpha1',
  kind: 'HostReservation',
  metadata: { name: 'plotter', namespace: 'dhcp' },
  spec: { subnetRef: { name: 'desks' }, identifier: { hwAddress: '02:00:5e:10:00:09' }, ipAddress: '10.7.0.9' },
};

const of = (object: typeof PRINTER): Shown => ({ kind: 'lease', object });
const text = (
  format: Format,
  pages: readonly (readonly Shown[])[],
  withNamespace = false,
  withTitles = true,
): string => {
  const now = (): number => Date.parse('2026-11-22T14:30:02Z');
  const output = createOutput(format, { withNamespace, withTitles, now });
  return [...pages.map((page) => output.page(page)), output.end()].join('');
};

describe('a table', () => {
  it('has columns as wide as the pages so far want them, and titles once', () => {
    const pages = [[of(PRINTER)], [], [of(PREFIX)]];
    expect(text('table', pages)).toBe(
      [
        'ADDRESS    HW-ADDRESS          HOSTNAME   SUBNET   STATE    EXPIRES   PAIR',
        '10.7.0.1   02:00:5e:10:00:01   printer    desks    Active   29m58s    office',
        '2001:db8:8000::/56   <none>              <none>     #7       Active   29m58s    office',
        '',
      ].join('\n'),
    );
  });

  it('shows a reservation as a row of its own kind', () => {
    expect(text('wide', [[{ kind: 'reservation', object: RESERVATION }]], true, false)).toBe(
      'dhcp   10.7.0.9   02:00:5e:10:00:09   <none>   desks   Reserved   -   <none>   plotter   <none>   <none>   <none>   <none>\n',
    );
  });

  it.each([
    ['an order to the terminal', 'a\u001b[2Jb', 'a\\u{1b}[2Jb'],
    ['a line', 'a\nb', 'a\\nb'],
    ['very long', 'a'.repeat(10_000), `${'a'.repeat(127)}…`],
    ['empty', '', '<none>'],
  ])('shows a host name that is %s so that it does no harm', (_because, hostname, shown) => {
    expect(text('table', [[of(leaseOf('10.7.0.1', { hostname }))]], false, false)).toContain(`   ${shown}   #7`);
  });

  it('without rows is nothing', () => {
    expect(text('table', [[]])).toBe('');
  });
});

describe('forms for programs', () => {
  it.each([0, 1, 3])('JSON and YAML of %i pages are one List', (count) => {
    const pages = Array.from({ length: count }, () => [of(PRINTER), of(PREFIX)]);
    const items = pages.flat().map(({ object }) => object);
    const list = { apiVersion: 'v1', kind: 'List', metadata: { resourceVersion: '' }, items };
    expect(JSON.parse(text('json', pages))).toEqual(list);
    expect(parse(text('yaml', pages), { version: '1.1' })).toEqual(list);
  });

  it('lines are an object, or a name, each', () => {
    expect(text('jsonl', [[of(PRINTER)], [of(PREFIX)]])).toBe(
      `${JSON.stringify(PRINTER)}\n${JSON.stringify(PREFIX)}\n`,
    );
    expect(text('name', [[of(PREFIX), { kind: 'reservation', object: RESERVATION }]])).toBe(
      'lease.state.kea-operator.io/2001:db8:8000::-56\nhostreservation.kea-operator.io/plotter\n',
    );
  });

  it('CSV has titles once, also of nothing', () => {
    const [titles, line, none] = text('csv', [[of(PREFIX)]]).split('\r\n');
    expect(titles?.split(',').slice(0, 4)).toEqual(['namespace', 'name', 'address', 'prefixLength']);
    expect(line).toBe(
      'dhcp,2001:db8:8000::-56,2001:db8:8000::,56,office,,,7,,,00:03:00:01,5,,Active,2026-11-22T15:00:00Z,2026-11-22T14:00:00Z,3600,,home',
    );
    expect(none).toBe('');
    expect(text('csv', [])).toBe(`${titles ?? ''}\r\n`);
  });

  it.each([
    ['a comma and quotes', 'a,"b"', '"a,""b"""'],
    ['what a spreadsheet calculates', '=HYPERLINK(1)', "'=HYPERLINK(1)"],
    ['a line', 'a\nb', '"a\nb"'],
  ])('CSV of a host name with %s', (_because, hostname, cell) => {
    expect(text('csv', [[of(leaseOf('10.7.0.1', { hostname }))]])).toContain(`,${cell},Active,`);
  });
});
