import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** How a document says which part of it a benchmark writes. */
function marks(bench: string): { readonly begin: string; readonly end: string } {
  return { begin: `<!-- begin ${bench} -->`, end: `<!-- end ${bench} -->` };
}

/**
 * The document with the part between the marks of `bench` replaced, or nothing but the new text when there is no document
 * or it has no such part. Throws RangeError when a mark stands without its other half.
 */
export function withSection(document: string | undefined, bench: string, text: string): string {
  const { begin, end } = marks(bench);
  const from = document?.indexOf(begin) ?? -1;
  const to = document?.indexOf(end) ?? -1;
  if (document === undefined || (from < 0 && to < 0)) return text;
  if (from < 0 || to < from) throw new RangeError(`the marks of ${bench} do not enclose anything`);
  return `${document.slice(0, from)}${begin}\n\n${text.trim()}\n\n${document.slice(to)}`;
}

/** Writes a report into a file: whole, or into the part that is marked for it. */
export function writeSection(file: string, bench: string, text: string): void {
  const document = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  writeFileSync(file, withSection(document, bench, text));
}
