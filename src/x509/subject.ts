import { BrokerError } from '../errors/index.ts';

/** Attributes a requested subject may have, with their object identifiers (RFC 4519 §2). */
export const SUBJECT_ATTRIBUTES = {
  C: '2.5.4.6',
  ST: '2.5.4.8',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  L: '2.5.4.7',
  CN: '2.5.4.3',
} as const;
export type SubjectAttribute = keyof typeof SUBJECT_ATTRIBUTES;

/** One relative distinguished name of one attribute. */
export interface SubjectPart {
  readonly attribute: SubjectAttribute;
  readonly value: string;
}

const MAX_SUBJECT_BYTES = 1024;

/**
 * Parses `C=DE, O=Example, CN=name`. The comma alone divides and nothing escapes it; space around an entry and empty
 * entries are skipped; order and repetitions are kept. SUBJECT_MALFORMED when an entry is anything else, or when there
 * is none.
 */
export function parseSubject(text: string): SubjectPart[] {
  // Half a surrogate pair is no text; as everywhere in Node it becomes U+FFFD.
  const bytes = Buffer.from(text);
  if (bytes.length > MAX_SUBJECT_BYTES) malformed('is longer than 1024 bytes');
  const parts = bytes
    .toString()
    .split(',')
    .map((entry) => entry.replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, ''))
    .filter((entry) => entry !== '')
    .map(parseEntry);
  if (parts.length === 0) malformed('names no attribute');
  return parts;
}

function parseEntry(entry: string): SubjectPart {
  const equals = entry.indexOf('=');
  if (equals < 0) malformed(`'${shown(entry)}' has no '='`);
  const attribute = entry.slice(0, equals);
  const value = entry.slice(equals + 1);
  if (!isSubjectAttribute(attribute)) {
    malformed(`'${shown(attribute)}' is none of C, ST, O, OU, L, CN`);
  }
  if (value.includes('\0')) malformed(`the value of ${attribute} is not UTF-8 text`);
  return { attribute, value };
}

function isSubjectAttribute(name: string): name is SubjectAttribute {
  return Object.hasOwn(SUBJECT_ATTRIBUTES, name);
}

/** The caller's words with what is not printable ASCII replaced, cut to 40 characters. */
function shown(text: string): string {
  const ascii = Buffer.from(text)
    .toString('latin1')
    .replace(/[^ -~]/g, '?');
  return ascii.length > 40 ? `${ascii.slice(0, 40)}...` : ascii;
}

function malformed(message: string): never {
  throw new BrokerError('SUBJECT_MALFORMED', message, { field: 'subject' });
}
