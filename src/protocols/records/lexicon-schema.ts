import { isValidNsid } from '@atproto/syntax';
import { z } from 'zod';

/**
 * Lexicon documents, as far as records need them. The library's own parser is not used: it refuses objects inside
 * objects and takes definitions of type `unknown`, against the interoperability vectors.
 * Source: the AT Protocol's Lexicon specification, version 1.
 */

const bound = z.int().min(0).optional();

const nullType = z.object({ type: z.literal('null') });
const boolean = z.object({ type: z.literal('boolean'), const: z.boolean().optional() });
const integer = z.object({
  type: z.literal('integer'),
  minimum: z.int().optional(),
  maximum: z.int().optional(),
  enum: z.array(z.int()).optional(),
  const: z.int().optional(),
});
const string = z.object({
  type: z.literal('string'),
  format: z
    .enum([
      ...(['at-identifier', 'at-uri', 'cid', 'datetime', 'did', 'handle', 'language'] as const),
      ...(['nsid', 'record-key', 'tid', 'uri'] as const),
    ])
    .optional(),
  minLength: bound,
  maxLength: bound,
  minGraphemes: bound,
  maxGraphemes: bound,
  enum: z.array(z.string()).optional(),
  const: z.string().optional(),
});
const bytes = z.object({ type: z.literal('bytes'), minLength: bound, maxLength: bound });
const cidLink = z.object({ type: z.literal('cid-link') });
const blob = z.object({
  type: z.literal('blob'),
  accept: z.array(z.string()).optional(),
  maxSize: bound,
});
const token = z.object({ type: z.literal('token') });
const unknownType = z.object({ type: z.literal('unknown') });
const ref = z.object({ type: z.literal('ref'), ref: z.string().min(1) });
const union = z.object({
  type: z.literal('union'),
  refs: z.array(z.string().min(1)),
  closed: z.boolean().optional(),
});

const array = z.object({
  type: z.literal('array'),
  items: z.lazy((): z.ZodType<LexiconType> => field),
  minLength: bound,
  maxLength: bound,
});

/** Names that every object of JavaScript answers to are no names of fields. */
const fieldName = z
  .string()
  .min(1)
  .refine((name) => !(name in Object.prototype), {
    error: 'expected a name JavaScript leaves free',
  });

const object = z
  .object({
    type: z.literal('object'),
    required: z.array(z.string()).optional(),
    nullable: z.array(z.string()).optional(),
    properties: z
      .record(
        fieldName,
        z.lazy((): z.ZodType<LexiconType> => field),
      )
      .optional(),
  })
  .superRefine(({ required = [], properties = {} }, context) => {
    for (const name of required.filter((one) => !Object.hasOwn(properties, one))) {
      context.addIssue({ code: 'custom', path: ['required'], message: `no property ${name}` });
    }
  });

const concrete = [nullType, boolean, integer, string, bytes, cidLink, blob, token] as const;
const field: z.ZodType<LexiconType> = z.discriminatedUnion('type', [
  ...concrete,
  ...([unknownType, ref, union, array, object] as const),
]);

const record = z.object({
  type: z.literal('record'),
  key: z
    .string()
    .regex(
      /^(any|tid|nsid|literal:[a-zA-Z0-9_~.:-]{1,512})$/,
      'expected any, tid, nsid or literal:…',
    ),
  record: object,
});
/** No records: their insides are not needed. */
const call = z.object({ type: z.enum(['query', 'procedure', 'subscription', 'permission-set']) });

export const lexiconSchema = z.object({
  lexicon: z.literal(1),
  revision: z.int().min(0).default(1),
  id: z.string().refine((id): boolean => isValidNsid(id), { error: 'expected an NSID' }),
  defs: z.record(z.string(), z.unknown()),
});
export const mainDefinitionSchema = z.discriminatedUnion('type', [
  ...concrete,
  ...([array, object, record, call] as const),
]);
/** References, unions and `unknown` stand for other types, so they are none that a name can be given to. */
export const namedDefinitionSchema = z.discriminatedUnion('type', [
  ...concrete,
  ...([array, object] as const),
]);

export type LexiconDefinition = z.infer<typeof mainDefinitionSchema>;
export type LexiconString = z.infer<typeof string>;
export type LexiconInteger = z.infer<typeof integer>;
export type LexiconBlob = z.infer<typeof blob>;
export type LexiconBytes = z.infer<typeof bytes>;
export type LexiconUnion = z.infer<typeof union>;
export interface LexiconArray {
  readonly type: 'array';
  readonly items: LexiconType;
  readonly minLength?: number | undefined;
  readonly maxLength?: number | undefined;
}
export interface LexiconObject {
  readonly type: 'object';
  readonly required?: readonly string[] | undefined;
  readonly nullable?: readonly string[] | undefined;
  readonly properties?: Readonly<Record<string, LexiconType>> | undefined;
}
export type LexiconType =
  | z.infer<(typeof concrete)[number]>
  | z.infer<typeof unknownType>
  | z.infer<typeof ref>
  | LexiconUnion
  | LexiconArray
  | LexiconObject;
