import { canonicalClass, canonicalOptionDef } from '../../src/kea/canonical.ts';
import type { KeaClient } from '../../src/kea/client.ts';
import { splitUserContext } from '../../src/kea/digest.ts';
import { optionRules } from '../../src/kea/optionTable.ts';
import type { OptionDefBody } from '../../src/kea/state.ts';
import { configOf } from './keaState.ts';
import type { StateItems } from './rows.ts';

type Json = Readonly<Record<string, unknown>>;

/** What a server has of classes, in their order, and of definitions beside those that all servers have; as rows say it. */
export const runningOn = async (client: KeaClient) => {
  const config = await configOf(client);
  const { own } = optionRules(client.family);
  const definitions = (config['option-def'] as readonly Json[])
    .filter(({ name }) => !own.some((one) => one.name === name))
    .map((json) => canonicalOptionDef(bare(json) as never))
    .toSorted(byCode);
  const classes = ((config['client-classes'] ?? []) as readonly Json[]).map((json) => {
    const { context, marker } = splitUserContext(json['user-context']);
    const body = canonicalClass({
      ...(bare(json) as object as ReturnType<typeof canonicalClass>),
      'option-def': (json['option-def'] as readonly Json[] | undefined)?.map((one) => bare(one)) as never,
      'user-context': context,
    });
    return { body, ...(marker ? { marker } : {}) };
  });
  return { classes, definitions };
};

/** Without what Kea writes where nothing is set. */
const bare = (json: Json): Json =>
  Object.fromEntries(Object.entries(json).filter(([, value]) => value !== false && value !== '0.0.0.0'));

const byCode = (a: OptionDefBody, b: OptionDefBody): number => a.code - b.code;

const inOrder = (classes: NonNullable<StateItems['classes']>): NonNullable<StateItems['classes']> =>
  classes.toSorted((a, b) => a.body['order-index'] - b.body['order-index']);

/** The same of rows. A place shows in the order alone. */
export const expected = ({ classes = [], optionDefs = [] }: StateItems) => ({
  classes: inOrder(classes).map(({ body: { 'order-index': _, 'depend-on-known': __, ...body }, ...marked }) => ({
    body,
    ...marked,
  })),
  definitions: optionDefs.map(({ body }) => body).toSorted(byCode),
});
