/** What the attributes of one object, or of one request, may cost at most. */
export const ATTRIBUTE_LIMITS = {
  /**
   * Attributes per object and per request. Clients send 3 to 10, an object we made has about 20; all of an object's
   * attributes are one row under one MAC, read on every Get, so their number must be bounded.
   */
  count: 64,
  /** Characters of an attribute's name, the length every peer's database column has. */
  nameLength: 255,
  /** Characters of a Name, an Alternative Name or an Object Group: they are index keys of every store. */
  nameValueLength: 1024,
  /** Characters of one text, bytes of one byte string in a value. */
  valueLength: 4096,
  /** Structures within one another in a value; the specification's own need two. */
  depth: 4,
  /** Fields of one structure in a value; the specification's largest, Cryptographic Parameters, has 17. */
  fields: 32,
} as const;
