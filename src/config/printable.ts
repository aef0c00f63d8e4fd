const LONGEST = 80;

/**
 * `text` for an error message or a log line: printable ASCII as it is, everything else escaped, so that a hostile value
 * can neither move the cursor nor reorder what is read; at most 80 characters of it.
 */
export function printable(text: string): string {
  const shown = text.slice(0, LONGEST).replace(/[^\x20-\x7e]/gu, escape);
  return text.length > LONGEST ? `${shown}…` : shown;
}

/** A value from a parsed file in the words of an error message: text in quotes, collections by kind. */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') return `"${printable(value)}"`;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value === null || value === undefined) return 'nothing';
  return Array.isArray(value) ? 'a list' : 'a map';
}

function escape(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`;
}
