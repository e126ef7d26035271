import { expect, it } from 'vitest';
import { SPELLINGS } from '../../test/support/optionSpellings.ts';
import { packValue } from '../../test/support/packOptions.ts';
import { DHCPV4 } from './dhcpv4.ts';
import { knownOptions } from './knownOptions.ts';
import { parseOption } from './options.ts';

it.each(SPELLINGS)('an option is taken as Kea takes it: %s', (_, option, bytes) => {
  const parsed = parseOption(knownOptions(DHCPV4), option);
  if (!parsed.ok) throw new Error(parsed.message);
  const { code, data, 'csv-format': csvFormat } = parsed.option;
  expect(packValue({ code, data, csvFormat }).toString('hex').toUpperCase()).toBe(bytes);
});

it.each([
  ['fields that Kea drops', { code: 6, data: '192.0.2.1,,192.0.2.2' }],
  [
    'bytes without a definition that are not said to be bytes, which a definition would make something else of',
    { code: 252, data: '3132' },
  ],
  ['a name in upper case', { name: 'ROUTERS', data: '192.0.2.1' }],
  ['0X before digits', { code: 252, csvFormat: false, data: '0X0a' }],
])('and is refused for %s', (_, option) => {
  expect(parseOption(knownOptions(DHCPV4), option).ok).toBe(false);
});
