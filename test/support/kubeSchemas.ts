/** JSON Schemas of every kind that an API server serves, as kubeconform reads them: strict, and without a look at the internet. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

type Json = Readonly<Record<string, unknown>>;
interface Document {
  readonly components?: { readonly schemas?: Readonly<Record<string, Json>> };
}

const REF = '#/components/schemas/';
const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null;

/** For `-schema-location`, below the directory. The group of core kinds is `v1` there. */
export const SCHEMA_FILES = '{{.Group}}_{{.ResourceAPIVersion}}_{{.ResourceKind}}.json';

/**
 * Writes them into the directory, and gives the kinds as `apps/v1/Deployment`.
 * @param get Of a path of the API server, what it says.
 */
export const writeSchemas = async (
  get: (path: string) => Promise<unknown>,
  directory: string,
): Promise<ReadonlySet<string>> => {
  await mkdir(directory, { recursive: true });
  const { paths } = (await get('/openapi/v3')) as { readonly paths: Json };
  const written = new Set<string>();
  for (const path of Object.keys(paths).filter((one) => /^apis?\//.test(one))) {
    const document = (await get(`/openapi/v3/${path}`)) as Document;
    const schemas = document.components?.schemas ?? {};
    for (const [name, schema] of Object.entries(schemas)) {
      const kinds = schema['x-kubernetes-group-version-kind'];
      if (!Array.isArray(kinds) || !isJson(schema.properties) || !('apiVersion' in schema.properties)) continue;
      for (const { group, version, kind } of kinds as readonly Readonly<Record<string, string>>[]) {
        if (group === undefined || version === undefined || kind === undefined) continue;
        if (path !== (group === '' ? `api/${version}` : `apis/${group}/${version}`)) continue;
        const file = `${group === '' ? version : group}_${version}_${kind.toLowerCase()}.json`;
        await writeFile(join(directory, file), JSON.stringify(alone(name, schemas)));
        written.add(`${group === '' ? '' : `${group}/`}${version}/${kind}`);
      }
    }
  }
  return written;
};

/** A schema with all that it refers to, and nothing else. */
const alone = (name: string, schemas: Readonly<Record<string, Json>>): Json => {
  const definitions: Record<string, unknown> = {};
  const follow = (value: unknown): void => {
    if (!isJson(value)) return;
    const { $ref: ref } = value;
    if (typeof ref === 'string') define(ref.replace(REF, ''));
    Object.values(value).forEach(follow);
  };
  const define = (key: string): void => {
    if (key in definitions) return;
    definitions[key] = strict(schemas[key]);
    follow(schemas[key]);
  };
  define(name);
  return { $ref: `#/definitions/${name}`, definitions };
};

/** What has fields has no others, unless it says so. */
const strict = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(strict);
  if (!isJson(value)) return value;
  const { $ref: ref } = value;
  const inner = Object.fromEntries(Object.entries(value).map(([key, field]) => [key, strict(field)]));
  const open =
    !isJson(value.properties) ||
    'additionalProperties' in value ||
    value['x-kubernetes-preserve-unknown-fields'] === true ||
    value['x-kubernetes-embedded-resource'] === true;
  return {
    ...inner,
    ...(typeof ref === 'string' ? { $ref: ref.replace(REF, '#/definitions/') } : {}),
    ...(open || value.type !== 'object' ? {} : { additionalProperties: false }),
  };
};
