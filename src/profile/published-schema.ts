import { isDeepStrictEqual } from 'node:util';
import { OWN_KEYWORDS } from '../config/schema-check.ts';
import { RawGlobalFile, RawListFile } from './raw-file.ts';

/** A JSON value, as far as schemas need one. */
type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
type JsonObject = Readonly<Record<string, Json>>;

/**
 * The schema of profile files for editors and other tools (JSON Schema draft 7, the one that editors know best). It is
 * what the loader checks, without our own keywords; rules between values are the loader's alone.
 */
export function publishedSchema(): JsonObject {
  const definitions: Record<string, Json> = {};
  const forms = [RawListFile, RawGlobalFile].map((form) =>
    publish(form as unknown as Json, definitions),
  );
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Profiles of crypto-broker',
    description:
      'What callers may do, and with which algorithms and keys. See README.md in this folder.',
    oneOf: forms,
    definitions,
  };
}

/** Copies a schema, moving every part that has a title to `definitions` so that each is written once. */
function publish(schema: Json, definitions: Record<string, Json>): Json {
  if (isList(schema)) return schema.map((item) => publish(item, definitions));
  if (typeof schema !== 'object' || schema === null) return schema;
  const members = Object.entries(schema)
    .filter(([key, value]) => !isOwnKeyword(key) && !isForeignKey(value))
    .map(([key, value]) => [key, publish(value, definitions)] as const);
  const copy: JsonObject = Object.fromEntries(members);
  const title = copy['title'];
  if (typeof title !== 'string') return copy;
  const other = definitions[title];
  if (other !== undefined && !isDeepStrictEqual(other, copy)) {
    throw new TypeError(`two schemas have the title ${title}`);
  }
  definitions[title] = copy;
  return { $ref: `#/definitions/${title}` };
}

/** `Array.isArray` knows nothing of read-only lists. */
function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function isOwnKeyword(key: string): boolean {
  return (OWN_KEYWORDS as readonly string[]).includes(key);
}

/** A key that is named only to be refused needs no mention: unknown keys are refused anyway. */
function isForeignKey(value: Json): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && 'not' in value;
}
