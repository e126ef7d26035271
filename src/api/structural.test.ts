import { expect, test } from 'vitest';
import { z } from 'zod';
import { type Structural, toStructural } from './structural.ts';

interface Case {
  readonly because: string;
  readonly schema: z.ZodType;
  readonly becomes: Structural;
}

test.each<Case>([
  {
    because: 'bounds of safe integers say nothing and are dropped',
    schema: z.int().meta({ format: 'int64' }),
    becomes: { type: 'integer', format: 'int64' },
  },
  {
    because: 'bounds that mean something stay',
    schema: z.int().min(1).max(9),
    becomes: { type: 'integer', minimum: 1, maximum: 9 },
  },
  { because: 'a literal is an enum of one', schema: z.literal('a'), becomes: { type: 'string', enum: ['a'] } },
  {
    because: 'a field with a default is not required, and unknown fields are left to the API server',
    schema: z.object({ a: z.string(), b: z.string().default('x') }),
    becomes: {
      type: 'object',
      properties: { a: { type: 'string' }, b: { type: 'string', default: 'x' } },
      required: ['a'],
    },
  },
  {
    because: 'the default of an object holds the defaults of its fields, as its rules are checked on it',
    schema: z.object({ a: z.object({ b: z.boolean().default(true) }).prefault({}) }).prefault({}),
    becomes: {
      type: 'object',
      default: { a: { b: true } },
      properties: {
        a: { type: 'object', default: { b: true }, properties: { b: { type: 'boolean', default: true } } },
      },
    },
  },
  {
    because:
      'free data keeps its mark and gets no additionalProperties, nor an empty map, which the API server would not keep',
    schema: z.looseObject({}).meta({ 'x-kubernetes-preserve-unknown-fields': true }),
    becomes: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  },
  {
    because: 'a map says what its values are',
    schema: z.record(z.string(), z.string().max(3)).meta({ maxProperties: 2 }),
    becomes: { type: 'object', maxProperties: 2, additionalProperties: { type: 'string', maxLength: 3 } },
  },
  {
    because: 'what entries of a list are told apart by may have a default, for those that were stored without',
    schema: z
      .array(z.object({ a: z.string(), b: z.string().default('x') }))
      .meta({ 'x-kubernetes-list-map-keys': ['a', 'b'] }),
    becomes: {
      type: 'array',
      items: {
        type: 'object',
        properties: { a: { type: 'string' }, b: { type: 'string', default: 'x' } },
        required: ['a'],
      },
      'x-kubernetes-list-map-keys': ['a', 'b'],
    },
  },
  {
    because: 'integer or string is the one union that Kubernetes has',
    schema: z.union([z.int(), z.string()]).meta({ 'x-kubernetes-int-or-string': true }),
    becomes: { 'x-kubernetes-int-or-string': true },
  },
])('$because', ({ schema, becomes }) => {
  expect(toStructural(schema, 'spec')).toEqual(becomes);
});

test.each([
  {
    because: 'a union has no type of its own',
    schema: z.object({ a: z.union([z.string(), z.int()]) }),
    path: 'spec.a',
  },
  {
    because: 'a pattern would be shown to people',
    schema: z.object({ a: z.array(z.string().regex(/a/)) }),
    path: 'spec.a[]',
  },
  {
    because: 'those who compare manifests compare lists as a whole, without defaults',
    schema: z.object({ a: z.array(z.object({ b: z.string().default('x') })) }),
    path: 'spec.a[].b',
  },
  {
    because: 'no other field of such a list has one',
    schema: z.object({
      a: z
        .array(z.object({ b: z.string(), c: z.object({ d: z.string().default('x') }) }))
        .meta({ 'x-kubernetes-list-map-keys': ['b', 'd'] }),
    }),
    path: 'spec.a[].c.d',
  },
  { because: 'anything has no type', schema: z.object({ a: z.any() }), path: 'spec.a' },
])('$because: generating stops and says where', ({ schema, path }) => {
  expect(() => toStructural(schema, 'spec')).toThrow(path);
});
