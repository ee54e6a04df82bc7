import { isValidNsid } from '@atproto/syntax';
import { z } from 'zod';
import { PRIVATE_KEYS_DEFAULT } from './private-keys.ts';
import { isColumnNameTaken, isTableNameTaken } from './sql-words.ts';

/** Mapping documents: how records of one collection become rows. `docs/RECORDS-MAPPING.md` tells it to users. */

const identifier = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,62}$/, 'expected small letters, digits and _, at most 63 of them');
const table = identifier.refine((name) => !isTableNameTaken(name), {
  error: 'expected a name that no database or store uses for itself',
});
const column = identifier.refine((name) => !isColumnNameTaken(name), {
  error: 'expected a name that is no SQL word and no column that every table has',
});
const nsid = z.string().refine((id): boolean => isValidNsid(id), { error: 'expected an NSID' });
const fieldName = z
  .string()
  .regex(/^\$?[a-zA-Z][a-zA-Z0-9_-]{0,127}$/, 'expected a field name')
  .refine((name) => !(name in Object.prototype), {
    error: 'expected a name JavaScript leaves free',
  });
const path = z
  .string()
  .regex(/^[a-zA-Z][a-zA-Z0-9_-]*(\.[a-zA-Z][a-zA-Z0-9_-]*){0,7}$/, 'expected field names and dots')
  .refine((text) => !text.split('.').some((name) => name in Object.prototype), {
    error: 'expected names JavaScript leaves free',
  });
const pattern = z.string().superRefine((text, context) => {
  try {
    new RegExp(text, 'u');
  } catch {
    context.addIssue({ code: 'custom', message: 'expected a regular expression' });
  }
});

const valueRules = {
  required: z.boolean().default(false),
  default: z.json().optional(),
  values: z.array(z.string()).min(1).optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  lengthMax: z.int().min(1).optional(),
  pattern: pattern.optional(),
};
const fieldType = z.enum(['text', 'integer', 'decimal', 'boolean', 'json']);
const columnType = z.enum(['text', 'integer', 'decimal', 'boolean', 'timestamp', 'json', 'texts']);

const fieldSchema = z.strictObject({ type: fieldType, ...valueRules });
const columnSchema = z.strictObject({
  column,
  path: z.union([z.enum(['$did', '$rkey']), path]),
  type: columnType,
  ...valueRules,
  /** Of `json` only: the fields that are kept of an object, or of each object of a list. */
  fields: z.record(fieldName, fieldSchema).optional(),
});

const referenceSchema = z.strictObject({
  column,
  path,
  collection: nsid,
  required: z.boolean().default(false),
  ownership: z.enum(['own', 'any']),
});

const checkSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('before'), first: column, second: column }),
  z.strictObject({ type: z.literal('different'), first: column, second: column }),
  z.strictObject({ type: z.literal('any'), columns: z.array(column).min(1) }),
]);

const uniqueSchema = z.strictObject({
  columns: z.array(column).min(1),
  ignoreCase: z.array(column).default([]),
});

export const mappingSchema = z.strictObject({
  mapping: z.literal(1),
  description: z.string().optional(),
  collection: nsid,
  table,
  columns: z.array(columnSchema).max(200),
  references: z.array(referenceSchema).max(20).default([]),
  place: path.optional(),
  checks: z.array(checkSchema).default([]),
  unique: z.array(uniqueSchema).default([]),
  privateKeys: z.array(z.string().min(1)).default([...PRIVATE_KEYS_DEFAULT]),
});

export type RecordMapping = z.infer<typeof mappingSchema>;
export type ColumnMapping = z.infer<typeof columnSchema>;
export type ReferenceMapping = z.infer<typeof referenceSchema>;
