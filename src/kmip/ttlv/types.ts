/** Item types of TTLV (KMIP 1.4 §9.1.1.2, 2.1 §10.1.1.2). */
export const TYPE = {
  structure: 0x01,
  integer: 0x02,
  longInteger: 0x03,
  bigInteger: 0x04,
  enumeration: 0x05,
  boolean: 0x06,
  textString: 0x07,
  byteString: 0x08,
  dateTime: 0x09,
  interval: 0x0a,
  /** 2.0 and later; the codec reads it in every version, whoever knows the version refuses it. */
  dateTimeExtended: 0x0b,
} as const;

/** Bytes of tag, type and length before every value. */
export const HEADER_LENGTH = 8;

/** Tags that begin a message. */
export const MESSAGE_TAG = { request: 0x420078, response: 0x42007b } as const;

/** The specification's names, at the position of the type. */
const NAMES = [
  undefined,
  'Structure',
  'Integer',
  'Long Integer',
  'Big Integer',
  'Enumeration',
  'Boolean',
  'Text String',
  'Byte String',
  'Date Time',
  'Interval',
  'Date Time Extended',
] as const;

/** `Text String`; a type that does not exist reads `type 0x1f`. */
export function typeName(type: number): string {
  return NAMES[type] ?? `type 0x${type.toString(16).padStart(2, '0')}`;
}

/** `0x420078` */
export function tagText(tag: number): string {
  return `0x${tag.toString(16).padStart(6, '0')}`;
}
