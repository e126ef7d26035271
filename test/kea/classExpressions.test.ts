/** Expressions of client classes as real servers take them: what is read beforehand is no other language. */
import { describe, expect, it } from 'vitest';
import { parseExpression } from '../../src/kea/classExpression.ts';
import { type KeaClient, KeaRefused } from '../../src/kea/client.ts';
import { FAMILIES } from '../../src/kea/families.ts';
import { useBench } from '../support/keaTier.ts';
import { type Random, randomFrom } from '../support/random.ts';

const CONDITIONS = [
  "member('a')",
  "not member('b')",
  'option[60].exists',
  "option[60].text == 'x'",
  'option[82].option[1].exists',
  'relay4[1].exists',
  'relay6[0].option[18].exists',
  'vendor[4491].exists',
  'vendor[*].option[2].exists',
  'vendor-class[9].exists',
  "match('^a', option[60].hex)",
  "(member('a') or option[61].exists)",
];
const TEXTS = [
  "'x'",
  '0xAf',
  '12',
  '192.0.2.1',
  '2001:db8::1',
  'option[60].hex',
  'option[1].option[2].text',
  'pkt.iface',
  'pkt4.mac',
  'pkt6.transid',
  'relay4[2].hex',
  'relay6[-1].peeraddr',
  'relay6[1].option[37].hex',
  'vendor.enterprise',
  'vendor-class[4491].data[1]',
  'vendor-class.enterprise',
  'substring(option[60].hex, -2, all)',
  "split('a.b', '.', 1)",
  "concat('a', 'b')",
  "lcase('A') + ucase('b')",
  "ifelse(member('a'), 'x', 'y')",
  "sifelse(option[60].exists, 'x', 0x01)",
  "hexstring(pkt.src, ':')",
  'addrtotext(pkt.dst)',
  'uint16totext(0x0102)',
  "('x')",
];
/** What may go wrong between them. */
const SLIPS = [
  '',
  ' ',
  '\n',
  '(',
  ')',
  ',',
  '.',
  '==',
  '+',
  'and',
  'or',
  'sand',
  'sor',
  'not',
  "'",
  '[',
  ']',
  '#',
  '-1',
  '256',
  '65536',
  '4294967296',
  'exists',
  '999.1.1.1',
  'all',
  '*',
  '::::',
];

const pick = (random: Random, list: readonly string[]): string => list[random.below(list.length)] ?? '';

/** Mostly right. */
const expression = (random: Random): string => {
  const condition = (): string =>
    random.below(2) === 0 ? pick(random, CONDITIONS) : `${pick(random, TEXTS)} == ${pick(random, TEXTS)}`;
  const parts = [condition()];
  for (let more = random.below(3); more > 0; more--)
    parts.push(pick(random, ['and', 'or', 'sand', 'sor', ' and not ']), condition());
  const text = parts.join(' ');
  if (random.below(2) === 0) return text;
  const at = random.below(text.length);
  return text.slice(0, at) + pick(random, SLIPS) + text.slice(at + random.below(3));
};

describe.each(FAMILIES)('$daemon', (family) => {
  const bench = useBench(family);
  const takes = async (client: KeaClient, test: string): Promise<string | undefined> => {
    const classes = [{ name: 'a' }, { name: 'b' }, { name: 'x', test }];
    try {
      await client.call('config-test', { [family.json.root]: { 'client-classes': classes } });
      return undefined;
    } catch (error) {
      if (error instanceof KeaRefused) return error.text;
      throw error;
    }
  };

  it('takes what is read, and refuses what is not', async () => {
    const { client } = await bench.server();
    const seed = Number(process.env.EXPRESSIONS_SEED ?? 1);
    const random = randomFrom(seed);
    let right = 0;
    for (let index = 0; index < 1_500; index++) {
      const text = expression(random);
      const parsed = parseExpression(family.version, text);
      const refusal = await takes(client, text);
      // What else may be wrong with it is the matter of others, and of a trial.
      if (refusal !== undefined && /Not defined client class|is not defined|invalid regular expression/.test(refusal))
        continue;
      const said = parsed.ok ? 'it is right' : parsed.message;
      expect(parsed.ok, `EXPRESSIONS_SEED=${seed}: ${JSON.stringify(text)}: ${said}; Kea: ${refusal}`).toBe(
        refusal === undefined,
      );
      if (parsed.ok) right++;
    }
    expect(right).toBeGreaterThan(300);
  });
});
