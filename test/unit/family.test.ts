/** The words of an address family are in its own files: elsewhere they come from a Family (src/kea/family.ts). */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = join(import.meta.dirname, '../../src');

/** Names of Kea that have the version of IP in them: dhcp4_subnet, Dhcp4, subnet4-add, lease4, stat-lease4-get, Host4, createAuditRevisionDHCP4, subnet-id4. */
const WORD = /[\w-]*(?:dhcp|subnets?|networks?|leases?|hosts?|pools?|ring|id)[46](?!\d)[\w-]*/gi;

/** The families' own files, and a table of names that Stork has made. */
const OWN = new Set([
  'kea/dhcpv4.ts',
  'kea/dhcpv4Commands.ts',
  'kea/dhcpv6.ts',
  'kea/dhcpv6Commands.ts',
  'metrics/stork.ts',
]);

/** What is no word of Kea's for a table, a command or a key of a configuration. */
const EXCEPTIONS: readonly { readonly because: string; readonly word: string; readonly files: RegExp }[] = [
  {
    because: 'the block `dhcp4` of a HAPair',
    word: 'dhcp4',
    files: /^(api\/(haPair|haPairGlobals|acceptedReasons|families)|generate\/keywordsReference)\.ts$/,
  },
  {
    because: 'the block `dhcp6` of a HAPair',
    word: 'dhcp6',
    files: /^(api\/(haPair|haPairGlobals|families|stored)|status\/pairFields|generate\/keywordsReference)\.ts$/,
  },
  {
    because: 'the space of the standard options',
    word: 'dhcp4',
    files: /^(api\/(options|optionDefinition|clientClass)|status\/named)\.ts$/,
  },
  { because: 'the space of the standard options', word: 'dhcp6', files: /^api\/(options|optionDefinition)\.ts$/ },
  ...['subnet4', 'subnet6', 'dhcp4o6-port'].map((word) => ({
    because: 'a keyword that people look for',
    word,
    files: /^kea\/otherKeywords\.ts$/,
  })),
  { because: 'the name of an option', word: 'dhcp4o6-server-addr', files: /^kea\/optionTable6\.ts$/ },
  { because: "a logger's name, which a HAPair may name", word: 'dhcp4', files: /^api\/haPairLoggers\.ts$/ },
  { because: "the daemon's name, in a description", word: 'kea-dhcp4', files: /^api\/haPairLoggers\.ts$/ },
];

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(
  (path) => path.endsWith('.ts') && !path.endsWith('.test.ts'),
);
const wordsIn = (path: string): readonly string[] => [
  ...new Set([...readFileSync(join(SRC, path), 'utf8').matchAll(WORD)].map(([word]) => word)),
];
const isExcepted = (path: string, word: string): boolean =>
  EXCEPTIONS.some((exception) => exception.word === word && exception.files.test(path));

describe('Words of a family', () => {
  it.each(files.filter((path) => !OWN.has(path)))('are not in %s', (path) => {
    expect(wordsIn(path).filter((word) => !isExcepted(path, word))).toEqual([]);
  });

  it('are found at all', () => {
    expect([...wordsIn('kea/dhcpv4.ts'), ...wordsIn('kea/dhcpv6Commands.ts')]).toEqual(
      expect.arrayContaining(['Dhcp4', 'subnet6-list', 'lease4_stat', 'dhcp4_subnet', 'createAuditRevisionDHCP4']),
    );
  });

  it.each(EXCEPTIONS)('has no exception that is not needed: $because', ({ word, files: where }) => {
    expect(files.some((path) => where.test(path) && wordsIn(path).includes(word))).toBe(true);
  });
});
