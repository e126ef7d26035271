/**
 * Rules in the Common Expression Language that the API server checks at `kubectl apply`.
 *
 * They are preferred to `pattern`, `format` and the like, because those answer with the bare regular expression, and a
 * rule answers with a sentence. Only libraries of Kubernetes 1.31 are used: strings, lists, regex, quantity, ip, cidr.
 */
export interface CelRule {
  readonly rule: string;
  /** For people: what would be right. The API server puts the field's path and value before it. */
  readonly message: string;
  /** CEL that makes a message out of the values; where it fails, `message` is shown. */
  readonly messageExpression?: string;
  /** Path below the object that holds the rule, e.g. `.pools`, so that the answer names the field at fault. */
  readonly fieldPath?: string;
}

/** Metadata that attaches rules to a schema; crd.ts copies `x-kubernetes-*` into the CustomResourceDefinition. */
export const cel = (...rules: readonly CelRule[]): Record<string, unknown> => ({ 'x-kubernetes-validations': rules });

/** A raw CEL string: backslashes mean themselves. */
export const celText = (text: string): string => (text.includes("'") ? `r"${text}"` : `r'${text}'`);

export const immutable = (field: string): CelRule => ({
  rule: 'self == oldSelf',
  message: `${field} is immutable: delete the object and create it anew`,
});

/** `has()` of an optional field may not change: a rule on the field itself is silent when the field comes or goes. */
export const stays = (...fields: readonly string[]): readonly CelRule[] =>
  fields.map((field) => ({
    rule: `has(self.${field}) == has(oldSelf.${field})`,
    message: `${field} is immutable: delete the object and create it anew`,
    fieldPath: `.${field}`,
  }));

/** Exactly one of the fields is given. */
export const exactlyOneOf = (first: string, second: string, note = ''): CelRule => ({
  rule: `has(self.${first}) != has(self.${second})`,
  message: `give exactly one of ${first} or ${second}${note}`,
});
