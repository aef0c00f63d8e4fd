import type {
  Static,
  TArray,
  TBoolean,
  TEnum,
  TInteger,
  TLiteral,
  TNumber,
  TObject,
  TOptional,
  TProperties,
  TSchema,
  TString,
  TUnion,
  TUnsafe,
} from 'typebox';

/**
 * Makes JSON Schemas with TypeBox's types, so that `Static` gives the type of what a schema describes, without loading
 * TypeBox itself: its 300 modules take about 145 ms of CPU at every start, more than a third of what a server may take
 * to serve and most of what a short command takes. What we use of it at run time is these few object literals.
 */
export type { Static, TOptional, TSchema, TString, TUnsafe };

/** Further keywords: those of JSON Schema, and ours (src/config/schema-check.ts). */
export type Keywords = Readonly<Record<string, unknown>>;

/** Marks an optional property. A symbol: schemas are copied and published, and this is nobody's keyword. */
const OPTIONAL = Symbol('optional');

export function string(keywords: Keywords = {}): TString {
  return make({ type: 'string', ...keywords });
}

export function integer(keywords: Keywords = {}): TInteger {
  return make({ type: 'integer', ...keywords });
}

export function number(keywords: Keywords = {}): TNumber {
  return make({ type: 'number', ...keywords });
}

export function boolean(keywords: Keywords = {}): TBoolean {
  return make({ type: 'boolean', ...keywords });
}

/** One of `values`: the keyword `enum`. */
export function choice<const V extends readonly (string | number)[]>(
  values: V,
  keywords: Keywords = {},
): TEnum<[...V]> {
  return make({ enum: [...values], ...keywords });
}

/** The number `value` alone, or what `schema` describes. */
export function numberOr<V extends number, S extends TSchema>(
  value: V,
  schema: S,
  keywords: Keywords = {},
): TUnion<[TLiteral<V>, S]> {
  return make({ anyOf: [{ type: 'number', const: value }, schema], ...keywords });
}

export function array<S extends TSchema>(items: S, keywords: Keywords = {}): TArray<S> {
  return make({ type: 'array', items, ...keywords });
}

/** A map that refuses keys it does not know. All properties are required but those marked by `optional`. */
export function object<P extends TProperties>(properties: P, keywords: Keywords = {}): TObject<P> {
  const required = Object.keys(properties).filter((key) => !(OPTIONAL in (properties[key] ?? {})));
  return make({ type: 'object', properties, required, additionalProperties: false, ...keywords });
}

/** The same schema for a property that may be absent. */
export function optional<S extends TSchema>(schema: S): TOptional<S> {
  return make({ ...schema, [OPTIONAL]: true });
}

/** A schema that TypeBox has no word for; the caller says what it describes. */
export function unsafe<T>(schema: Keywords): TUnsafe<T> {
  return make(schema);
}

/** TypeBox's types carry marks that exist only in types. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- a cast is what it is
function make<S extends TSchema>(schema: object): S {
  return schema as S;
}
