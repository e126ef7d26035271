/**
 * From a zod schema to the structural OpenAPI schema that a CustomResourceDefinition takes
 * (apiextensions: every node has one type; `default` and `type` never inside oneOf/anyOf; no $ref; no additionalProperties: false).
 * What cannot be said that way throws while generating, so that it is never a surprise of the API server.
 */
import { z } from 'zod';

/** A node of a structural schema; `x-kubernetes-*` extensions beside the named keywords. */
export interface Structural {
  type?: string;
  title?: string;
  description?: string;
  default?: unknown;
  format?: string;
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  maxProperties?: number;
  required?: string[];
  properties?: Record<string, Structural>;
  items?: Structural;
  /** Of a map: what each of its values is. */
  additionalProperties?: Structural;
  [extension: `x-kubernetes-${string}`]: unknown;
}

type Json = Readonly<Record<string, unknown>>;

/** Keywords that mean the same on both sides. `title` names a shape for the reference page. */
const SAME = [
  'type',
  'title',
  'description',
  'default',
  'format',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'maxProperties',
] as const;

const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

const child = (value: unknown, path: string): Structural => {
  if (!isJson(value)) throw new Error(`${path}: expected a schema`);
  return structuralOf(value, path);
};

/** zod writes the bounds of safe integers into every integer; they say nothing, and int32 has bounds of its own. */
const bounds = (node: Json): Structural => {
  const { minimum, maximum } = node;
  return {
    ...(typeof minimum === 'number' && minimum !== Number.MIN_SAFE_INTEGER ? { minimum } : {}),
    ...(typeof maximum === 'number' && maximum !== Number.MAX_SAFE_INTEGER ? { maximum } : {}),
  };
};

const extensions = (node: Json): Structural =>
  Object.fromEntries(Object.entries(node).filter(([key]) => key.startsWith('x-kubernetes-')));

const shape = (node: Json, path: string): Structural => {
  if (!isJson(node.properties)) return {};
  const properties = Object.fromEntries(
    Object.entries(node.properties).map(([key, value]) => [key, child(value, `${path}.${key}`)]),
  );
  const required = z
    .array(z.string())
    .default([])
    .parse(node.required)
    .filter((key) => properties[key]?.default === undefined);
  // The API server keeps no empty map: whoever compares would find it different for ever.
  return {
    ...(Object.keys(properties).length > 0 ? { properties } : {}),
    ...(required.length > 0 ? { required } : {}),
  };
};

/**
 * The default of an object with the defaults of its fields filled in: the API server checks the rules of a node on its
 * default as it stands here.
 */
const filled = (schema: Structural): unknown => {
  const { default: value, properties } = schema;
  if (!isJson(value) || properties === undefined) return value;
  const fields = Object.entries(properties)
    .filter(([, field]) => field.default !== undefined)
    .map(([key, field]) => [key, field.default] as const);
  return { ...Object.fromEntries(fields), ...value };
};

/**
 * Within lists nothing is filled in: `kubectl apply` and Argo CD compare a list as a whole, and would find one that the
 * API server has added to different from the manifest for ever. A field that entries are told apart by is another matter: the API server demands
 * that it is required or has a default, and entries that were stored before it came have only that.
 * @param keys Of the list that the schema is of the entries of.
 */
const refuseDefaults = (schema: Structural, path: string, keys: unknown = []): Structural => {
  if (schema.default !== undefined) throw new Error(`${path}: no default within a list; fill it in where it is read`);
  for (const [key, field] of Object.entries(schema.properties ?? {})) {
    if (!(Array.isArray(keys) && keys.includes(key))) refuseDefaults(field, `${path}.${key}`);
  }
  if (schema.items !== undefined) refuseDefaults(schema.items, `${path}[]`);
  if (schema.additionalProperties !== undefined) refuseDefaults(schema.additionalProperties, `${path}{}`);
  return schema;
};

/** The value of `const`, as the only member of an enum. */
const choices = (node: Json): Structural => {
  if (Array.isArray(node.enum)) return { enum: [...(node.enum as readonly unknown[])] };
  return 'const' in node ? { enum: [node.const] } : {};
};

/** Free data has values of any shape, and says so by its mark. */
const values = (node: Json, path: string): Structural =>
  isJson(node.additionalProperties) && node['x-kubernetes-preserve-unknown-fields'] !== true
    ? { additionalProperties: refuseDefaults(child(node.additionalProperties, `${path}{}`), `${path}{}`) }
    : {};

const structuralOf = (node: Json, path: string): Structural => {
  const common: Structural = {
    ...Object.fromEntries(SAME.filter((key) => node[key] !== undefined).map((key) => [key, node[key]])),
    ...choices(node),
    ...bounds(node),
    ...shape(node, path),
    ...(node.items === undefined
      ? {}
      : { items: refuseDefaults(child(node.items, `${path}[]`), `${path}[]`, node['x-kubernetes-list-map-keys']) }),
    ...values(node, path),
    ...extensions(node),
  };
  // The one union that Kubernetes knows; it takes no type of its own.
  if (node['x-kubernetes-int-or-string'] === true) return common;
  for (const keyword of ['$ref', 'oneOf', 'anyOf', 'allOf', 'pattern']) {
    if (keyword in node)
      throw new Error(`${path}: ${keyword} cannot be said here; use one object or string with CEL rules`);
  }
  if (common.type === undefined) throw new Error(`${path}: has no type`);
  return common.default === undefined ? common : { ...common, default: filled(common) };
};

/**
 * The structural schema of what users write: fields with a default are optional, unknown fields are left to the
 * API server (pruned, or refused by strict validation).
 */
export const toStructural = (schema: z.ZodType, path: string): Structural =>
  child(
    z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input', reused: 'inline', unrepresentable: 'throw' }),
    path,
  );
