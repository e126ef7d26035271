/** Rows of classes and definitions that Kea cannot read: they fail the pull of everything, so that what says so beforehand is held against real servers. */
import { describe, expect, it } from 'vitest';
import { classProblem } from '../../src/kea/classRules.ts';
import { KeaRefused } from '../../src/kea/client.ts';
import { firstClash, optionDefProblem } from '../../src/kea/definitionRules.ts';
import { FAMILIES } from '../../src/kea/families.ts';
import type { ClassBody, OptionDefBody } from '../../src/kea/state.ts';
import { useBench } from '../support/keaTier.ts';
import { become, clientClass, FULL, optionDef, type StateItems } from '../support/rows.ts';

/** What Kea makes of it. */
type Fate = 'fails the pull' | 'is taken';

describe.each(FAMILIES)('$daemon', (family) => {
  const bench = useBench(family);
  const { optionSpace: space, version } = family;
  const addresses = version === 4 ? 6 : 23;
  const text = (code: number, data: string) => ({ code, space, data, 'csv-format': true });

  const problemOf = ({ classes = [], optionDefs = [] }: StateItems): string | undefined =>
    classes.map(({ body }) => classProblem(family, body)).find((problem) => problem !== undefined) ??
    optionDefs.map(({ body }) => optionDefProblem(family, body)).find((problem) => problem !== undefined) ??
    (firstClash(optionDefs.map(({ body }) => body)) && 'two are in each other’s way');

  const oneClass = (more: Partial<ClassBody>, name = 'a'): StateItems => ({ classes: [clientClass(name, 1024, more)] });
  const oneDefinition = (more: Partial<OptionDefBody>, code = 230): StateItems => ({
    optionDefs: [optionDef(more.name ?? 'mine', code, { space, ...more })],
  });

  const MISTAKES: readonly (readonly [what: string, items: StateItems, fate: Fate])[] = [
    ['a test that is no expression', oneClass({ test: "option[60].text = 'x'" }), 'fails the pull'],
    ['a test that calls an option by a name of one’s own', oneClass({ test: 'option[mine].exists' }), 'fails the pull'],
    [
      'a test of the other family',
      oneClass({ test: version === 4 ? 'pkt6.msgtype == 1' : 'pkt4.hlen == 6' }),
      'fails the pull',
    ],
    ['a class that asks for itself', oneClass({ test: "member('a')" }), 'is taken'],
    ['a test of KNOWN', oneClass({ test: "member('ALL')" }, 'KNOWN'), 'is taken'],
    ['bounds that are crossed', oneClass({ 'valid-lifetime': 5, 'min-valid-lifetime': 6 }), 'fails the pull'],
    ['a definition of a standard option', oneDefinition({}, addresses), 'fails the pull'],
    [
      'a name of a standard option',
      oneDefinition({ name: version === 4 ? 'routers' : 'dns-servers' }),
      'fails the pull',
    ],
    [
      'one name for two options',
      { optionDefs: [optionDef('mine', 230, { space }), optionDef('mine', 231, { space })] },
      'fails the pull',
    ],
    ['fields of what is no record', oneDefinition({ type: 'uint8', 'record-types': 'uint8, uint8' }), 'fails the pull'],
    ['a record in a record', oneDefinition({ type: 'record', 'record-types': 'uint8, record' }), 'fails the pull'],
    ['nothing in a record', oneDefinition({ type: 'record', 'record-types': 'uint8, empty' }), 'fails the pull'],
    ['a record without fields', oneDefinition({ type: 'record' }), 'is taken'],
    ['text before another field', oneDefinition({ type: 'record', 'record-types': 'string, uint8' }), 'is taken'],
    ['a list of texts', oneDefinition({ array: true }), 'is taken'],
    ['a list that carries others', oneDefinition({ type: 'uint8', array: true, encapsulate: 'x' }), 'is taken'],
    ['the code 0', oneDefinition({}, 0), 'is taken'],
    ['a name with blanks', oneDefinition({ name: 'two words' }), 'is taken'],
    ['a space with a dot', oneDefinition({ space: 'a.b' }), 'is taken'],
    ['the standard options within one', oneDefinition({ type: 'empty', encapsulate: space }), 'is taken'],
  ];

  it('says the same of each as Kea, or is stricter', async () => {
    const { client } = await bench.server();
    const pull = async (): Promise<Fate> => {
      try {
        await client.call('config-backend-pull', undefined);
        return 'is taken';
      } catch (error) {
        if (error instanceof KeaRefused) return 'fails the pull';
        throw error;
      }
    };
    for (const [what, items, fate] of MISTAKES) {
      await become(bench.backend, items);
      expect(await pull(), what).toBe(fate);
      expect(problemOf(items), what).toBeDefined();
      await become(bench.backend, oneClass({}, 'right'));
      expect(await pull(), `after ${what}`).toBe('is taken');
      await become(bench.backend, {});
      expect(await pull(), `after ${what}`).toBe('is taken');
    }
    const right = { optionDefs: [FULL[version].optionDef], classes: [FULL[version].clientClass] };
    await become(bench.backend, right);
    expect([await pull(), problemOf(right)]).toEqual(['is taken', undefined]);
  });

  it('cannot read two classes at one place whose options alternate', async () => {
    const { client } = await bench.server();
    const options = [
      text(addresses, version === 4 ? '192.0.2.1' : '2001:db8::1'),
      text(version === 4 ? 15 : 24, 'a.example'),
    ];
    const of = (name: string, place: number) => clientClass(name, place, { 'option-data': options });
    await become(bench.backend, { classes: [of('a', 7), of('b', 7)] });
    await bench.database.query(
      `UPDATE ${family.tables.options} SET option_id = 100 + 2 * (option_id % 2) + CASE dhcp_client_class WHEN 'a' THEN 0 ELSE 1 END`,
    );
    await expect(client.call('config-backend-pull', undefined)).rejects.toThrow('has already been defined');
    await become(bench.backend, { classes: [of('a', 7), of('b', 8)] });
    await client.call('config-backend-pull', undefined);
  });
});
