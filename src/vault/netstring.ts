/** A text with the number of its UTF-8 bytes before it, so that no two lists of texts look the same when joined. */
export function netstring(text: string): string {
  return `${Buffer.byteLength(text)}:${text},`;
}
