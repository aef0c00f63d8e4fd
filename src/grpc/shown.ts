/** Longest text of a client that a log line or a span repeats, in characters: a limit for those that broke their own. */
const LONGEST = 128;

/** A text of a client's, cut and in printable ASCII. */
export function shown(text: string): string {
  return text.slice(0, LONGEST).replace(/[^\x20-\x7e]/g, '?');
}
