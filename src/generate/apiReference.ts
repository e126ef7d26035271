/** docs/reference/api.md: every field of every kind, from the schemas. */
import type { CelRule } from '../api/cel.ts';
import { CATEGORY, objectSchema } from '../api/crd.ts';
import { API_VERSION, type Kind } from '../api/kind.ts';
import type { Structural } from '../api/structural.ts';
import { cell, code, table } from './markdown.ts';

/** A field within an object, by the path that `kubectl explain` takes but for the brackets of a list. */
interface Field {
  readonly path: string;
  readonly schema: Structural;
  readonly required: boolean;
}

/** Shapes with a title stand in a section of their own. */
type Shapes = Map<string, Structural>;

const ownShape = (schema: Structural): Structural | undefined => {
  const inner = schema.items ?? schema;
  return inner.title === undefined ? undefined : inner;
};

const fieldsOf = (schema: Structural, path = ''): Field[] =>
  Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const here = `${path}${name}${field.items === undefined ? '' : '[]'}`;
    const self = { path: here, schema: field, required: schema.required?.includes(name) ?? false };
    return ownShape(field) === undefined ? [self, ...fieldsOf(field.items ?? field, `${here}.`)] : [self];
  });

const typeOf = (schema: Structural): string => {
  const shape = ownShape(schema);
  if (shape?.title !== undefined)
    return `${schema.items ? 'list of ' : ''}[${shape.title}](#${shape.title.toLowerCase()})`;
  if (schema.items !== undefined) return `list of ${typeOf(schema.items)}s`;
  if (schema['x-kubernetes-int-or-string'] === true) return 'integer or string';
  if (schema.additionalProperties !== undefined) return `map of ${typeOf(schema.additionalProperties)}s`;
  return schema.type ?? '';
};

const plural = (count: number, word: string): string => `${String(count)} ${word}${count === 1 ? '' : 's'}`;

const limitsOf = (schema: Structural): string => {
  const { minimum, maximum, maxLength, maxItems, minItems, maxProperties, additionalProperties } = schema;
  const choices = (schema.items ?? schema).enum;
  return [
    choices === undefined ? '' : `One of ${choices.map(code).join(', ')}.`,
    minimum !== undefined && maximum !== undefined ? `${String(minimum)} to ${String(maximum)}.` : '',
    minimum !== undefined && maximum === undefined ? `${String(minimum)} or more.` : '',
    maxLength === undefined ? '' : `At most ${plural(maxLength, 'character')}.`,
    minItems === undefined ? '' : `At least ${plural(minItems, 'item')}.`,
    maxItems === undefined ? '' : `At most ${plural(maxItems, 'item')}.`,
    maxProperties === undefined || additionalProperties === undefined
      ? ''
      : `At most ${plural(maxProperties, 'key')}, each value at most ${plural(additionalProperties.maxLength ?? 0, 'character')}.`,
  ]
    .filter((limit) => limit !== '')
    .join(' ');
};

const defaultOf = ({ required, schema }: Field): string => {
  if (required) return '*required*';
  // The default of an object only makes way for those of its fields.
  return schema.default === undefined || schema.type === 'object' ? '' : code(schema.default);
};

const fieldTable = (schema: Structural): string =>
  table(
    ['Field', 'Type', 'Default', 'Meaning'],
    fieldsOf(schema).map((field) => [
      code(field.path),
      typeOf(field.schema),
      defaultOf(field),
      cell(`${field.schema.description ?? ''} ${limitsOf(field.schema)}`),
    ]),
  );

const collectShapes = (schema: Structural, shapes: Shapes): void => {
  for (const field of Object.values(schema.properties ?? {})) {
    const shape = ownShape(field);
    if (shape?.title !== undefined) shapes.set(shape.title, shape);
    collectShapes(field.items ?? field, shapes);
  }
};

/** Rules over a node and what is below it, but for shapes that have a section of their own. */
const rulesOf = (schema: Structural, path: string): string[][] => {
  const own = (schema['x-kubernetes-validations'] ?? []) as readonly CelRule[];
  const rows = own.map(({ message, fieldPath = '' }) => [`${path}${fieldPath}`.replace(/^\./, ''), message]);
  const below = Object.entries(schema.properties ?? {})
    .filter(([, field]) => ownShape(field) === undefined)
    .flatMap(([name, field]) =>
      rulesOf(field.items ?? field, `${path}.${name}${field.items === undefined ? '' : '[]'}`),
    );
  return [...rows, ...below];
};

/** The rule that a field stays as it is, and that it does not come or go, have one message. */
const ruleTable = (schema: Structural): string =>
  table(
    ['Field', 'Message'],
    distinct(
      rulesOf(schema, '').map(([path = '', message = '']) => [
        path === '' ? '(as a whole)' : code(path),
        cell(message),
      ]),
    ),
  );

const distinct = (rows: readonly (readonly string[])[]): (readonly string[])[] => [
  ...new Map(rows.map((row) => [row.join(' '), row])).values(),
];

const columnsOf = (kind: Kind): string =>
  kind.columns.map(({ name, priority = 0 }) => (priority > 0 ? `${code(name)} (wide)` : code(name))).join(', ');

/** Names and namespaces of all select, and these fields beside. */
const selectorsOf = ({ selectable }: Kind): string =>
  selectable.length === 0 ? '' : ` \`--field-selector\`: ${selectable.map((path) => code(path.slice(1))).join(', ')}.`;

const kindSection = (kind: Kind, schema: Structural): string => {
  const { spec, status } = schema.properties ?? {};
  if (spec === undefined || status === undefined) throw new Error(`${kind.kind} lacks spec or status`);
  const names = [kind.plural, kind.singular, ...kind.shortNames, CATEGORY].map(code).join(', ');
  return [
    `## ${kind.kind}`,
    `${kind.description} See [docs/kinds/${kind.kind.toLowerCase()}.md](../kinds/${kind.kind.toLowerCase()}.md).`,
    `\`kubectl get\`: ${names}. Columns: ${columnsOf(kind)}.${selectorsOf(kind)}`,
    `### ${kind.kind} spec`,
    fieldTable(spec),
    `### ${kind.kind} status`,
    fieldTable(status),
    `### Refused at kubectl apply: ${kind.kind}`,
    'Beside wrong types, missing or unknown fields and values out of the limits above, and beside what the shapes below refuse:',
    ruleTable(schema),
  ].join('\n\n');
};

const shapeSection = (title: string, shape: Structural): string => {
  const refused = rulesOf(shape, '').length > 0 ? ['Refused at `kubectl apply`:', ruleTable(shape)] : [];
  return [`### ${title}`, shape.description ?? '', fieldTable(shape), ...refused].join('\n\n');
};

/** The page. */
export const apiReference = (kinds: readonly Kind[]): string => {
  const shapes: Shapes = new Map();
  const sections = kinds.map((kind) => {
    const schema = objectSchema(kind);
    collectShapes(schema, shapes);
    return kindSection(kind, schema);
  });
  const shared = [...shapes].map(([title, shape]) => shapeSection(title, shape));
  return (
    [
      '<!-- Generated from src/api by `npm run generate`: change it there. -->',
      '# Custom resources',
      `All are namespaced and of \`apiVersion: ${API_VERSION}\`. Field names are Kea's keywords in camelCase. \`kubectl explain\` shows the same.`,
      ...sections,
      '## Shapes',
      ...shared,
    ].join('\n\n') + '\n'
  );
};
