/** Texts that mean something to somebody on their way: a terminal, a shell, a database, a template. */
export const HOSTILE_TEXTS: readonly (readonly [what: string, text: string])[] = [
  ['control characters', 'a\u0007\u001b[2J\u001b]0;b\u0007\r\nc\u0085d'],
  ['a NUL', 'a\0b'],
  ['marks that pass the line round', 'a\u202egnp.exe\u2066b\u2069\u200f'],
  ['a name of JavaScript', '__proto__'],
  ['another', 'constructor'],
  ['SQL', "'); DROP TABLE dhcp4_subnet; --"],
  ['shell', '$(touch /tmp/taken); `id` | cat > /dev/null & \\'],
  ['a template of Go and Helm', '{{ .Release.Name }}{{ range . }}{{ end }}'],
  ['one of JavaScript', '${process.exit(1)}'],
  ['a line of JSON', '"}],"x":[{"'],
  ['very much', 'x'.repeat(4096)],
];

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
}

/** Where a spec may hold a text: of lists the first item, of free maps a key that nobody knows. */
export const textPlaces = (schema: Schema, path: readonly string[] = []): readonly (readonly string[])[] => {
  if (schema.type === 'string') return [path];
  if (schema.items !== undefined) return textPlaces(schema.items, [...path, '0']);
  return [
    ...Object.entries(schema.properties ?? {}).flatMap(([key, inner]) => textPlaces(inner, [...path, key])),
    ...(schema['x-kubernetes-preserve-unknown-fields'] === true ? [[...path, 'note']] : []),
  ];
};

/** The value with another at that place; what is not there on the way is made. */
export const withText = (value: unknown, [key, ...rest]: readonly string[], text: string): unknown => {
  if (key === undefined) return text;
  if (/^\d+$/.test(key)) {
    const list = Array.isArray(value) ? [...(value as unknown[])] : [];
    list[Number(key)] = withText(list[Number(key)], rest, text);
    return list;
  }
  const record = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  return { ...record, [key]: withText(record[key], rest, text) };
};
