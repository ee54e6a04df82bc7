import { fullReference, type LexiconDocument } from './lexicon-document.ts';
import type {
  LexiconArray,
  LexiconDefinition,
  LexiconObject,
  LexiconType,
  LexiconUnion,
} from './lexicon-schema.ts';
import { documentError } from './parse-document.ts';
import {
  blobCheck,
  booleanCheck,
  bytesCheck,
  integerCheck,
  linkCheck,
  nullCheck,
  tokenCheck,
  unknownCheck,
} from './plain-checks.ts';
import { type Check, faultOf, faultUnder, isJsonObject, type RecordFault } from './record-fault.ts';
import { stringCheck } from './string-check.ts';

/** Checks by full reference, such as `com.example.thing#part`. */
export type CompiledChecks = ReadonlyMap<string, Check>;

/**
 * Makes functions of lexicons once, so that a record costs no walk through the documents, and no object while it is
 * valid. Recursion follows the record, so whoever calls a check bounds the record's depth first.
 * @throws {OperatingError} CONFIG where a reference leads nowhere.
 */
export function compileLexicons(documents: readonly LexiconDocument[]): CompiledChecks {
  const checks = new Map<string, Check>();
  const references = new Set(
    documents.flatMap(({ id, definitions }) =>
      [...definitions.keys()].map((name) => `${id}#${name}`),
    ),
  );
  for (const document of documents) {
    const compiler: Compiler = { document, checks, references };
    for (const [name, definition] of document.definitions) {
      const check = definitionCheck(compiler, name, definition);
      if (check !== null) checks.set(`${document.id}#${name}`, check);
    }
  }
  return checks;
}

interface Compiler {
  readonly document: LexiconDocument;
  readonly checks: ReadonlyMap<string, Check>;
  readonly references: ReadonlySet<string>;
}

function definitionCheck(
  compiler: Compiler,
  name: string,
  definition: LexiconDefinition,
): Check | null {
  switch (definition.type) {
    case 'query':
    case 'procedure':
    case 'subscription':
    case 'permission-set':
      return null;
    case 'record':
      return objectCheck(compiler, definition.record);
    case 'token':
      return tokenCheck(`${compiler.document.id}#${name}`);
    default:
      return typeCheck(compiler, definition);
  }
}

function typeCheck(compiler: Compiler, type: LexiconType): Check {
  switch (type.type) {
    case 'null':
      return nullCheck;
    case 'boolean':
      return booleanCheck(type.const);
    case 'integer':
      return integerCheck(type);
    case 'string':
      return stringCheck(type);
    case 'bytes':
      return bytesCheck(type);
    case 'cid-link':
      return linkCheck;
    case 'blob':
      return blobCheck(type);
    case 'token':
      return stringCheck({ type: 'string' });
    case 'unknown':
      return unknownCheck;
    case 'ref':
      return referenceCheck(compiler, type.ref);
    case 'union':
      return unionCheck(compiler, type);
    case 'array':
      return arrayCheck(compiler, type);
    case 'object':
      return objectCheck(compiler, type);
  }
}

/** Looked up when it is used: definitions refer to each other and to themselves. */
function referenceCheck(compiler: Compiler, reference: string): Check {
  const target = fullReference(compiler.document.id, reference);
  if (!compiler.references.has(target)) {
    const problem = `expected references to definitions that are there, received ${reference}`;
    throw documentError(compiler.document.name, 'defs', problem);
  }
  const { checks } = compiler;
  return (value) => checks.get(target)?.(value) ?? null;
}

/** An open union may name what is not there: such values are only known to be objects with a type. */
function unionCheck(compiler: Compiler, union: LexiconUnion): Check {
  const options = new Map<string, Check>();
  for (const reference of union.refs) {
    const target = fullReference(compiler.document.id, reference);
    if (union.closed === true || compiler.references.has(target)) {
      options.set(target, referenceCheck(compiler, reference));
    }
  }
  const expected = [...options.keys()].join(' or ');
  return (value) => {
    const type = isJsonObject(value) ? value['$type'] : undefined;
    if (typeof type !== 'string') {
      return faultOf('ErrInvalidFieldType', 'an object with a $type', value);
    }
    const option = options.get(type.includes('#') ? type : `${type}#main`);
    if (option !== undefined) return option(value);
    if (union.closed !== true) return null;
    return { reason: 'ErrInvalidFieldValue', path: '$type', expected, received: 'another type' };
  };
}

function arrayCheck(compiler: Compiler, type: LexiconArray): Check {
  const item = typeCheck(compiler, type.items);
  const { minLength = 0, maxLength = Infinity } = type;
  const expected = `${minLength} to ${maxLength} entries`;
  return (value) => {
    if (!Array.isArray(value)) return faultOf('ErrInvalidFieldType', 'a list', value);
    const { length } = value;
    if (length < minLength || length > maxLength) {
      return { reason: 'ErrInvalidFieldValue', path: '', expected, received: `${length}` };
    }
    for (let index = 0; index < length; index++) {
      const fault = item(value[index]);
      if (fault !== null) return faultUnder(index, fault);
    }
    return null;
  };
}

function objectCheck(compiler: Compiler, type: LexiconObject): Check {
  const required = new Set(type.required);
  const nullable = new Set(type.nullable);
  const fields = Object.entries(type.properties ?? {}).map(([name, property]) => ({
    name,
    required: required.has(name),
    nullable: nullable.has(name),
    check: typeCheck(compiler, property),
  }));
  return (value) => {
    if (!isJsonObject(value)) return faultOf('ErrInvalidFieldType', 'an object', value);
    let fault: RecordFault | null = null;
    for (const field of fields) {
      const inside = value[field.name];
      if (inside === undefined) {
        if (!field.required) continue;
        fault = faultOf('ErrMissingField', 'a value', undefined);
      } else if (inside === null && field.nullable) continue;
      else fault = field.check(inside);
      if (fault !== null) return faultUnder(field.name, fault);
    }
    return null;
  };
}
