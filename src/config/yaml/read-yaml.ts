import { Composer, LineCounter, type Document } from 'yaml';
import { printable } from '../printable.ts';
import { START, YamlFile, type Position, type YamlProblem } from './yaml-file.ts';
import { NodeReader } from './node-reader.ts';
import { positionAt } from './position.ts';
import { parseTokens, TooComplex } from './tokens.ts';

export type YamlResult =
  | { readonly ok: true; readonly file: YamlFile }
  | { readonly ok: false; readonly problems: readonly YamlProblem[] };

/** Bounds on what is parsed: beyond them a file is an attack or an accident, not a configuration. */
export const YAML_LIMITS = { bytes: 1024 * 1024, depth: 32, tokens: 400_000 } as const;

/** Syntax errors reported for one file; a file that is not YAML at all has thousands. */
const MOST_PROBLEMS = 20;

/**
 * Reads one YAML 1.2 document (core schema) from UTF-8 bytes, with or without a byte order mark. Refused, because a
 * configuration needs none of them and each has been a way to harm a parser: anchors, aliases, merge keys, unknown
 * tags, keys that are not text, a key twice in a map, a second document, more than YAML_LIMITS. Never throws.
 */
export function readYaml(bytes: Uint8Array): YamlResult {
  if (bytes.length > YAML_LIMITS.bytes) {
    return failed(START, `the file is larger than ${YAML_LIMITS.bytes} bytes`);
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return failed(START, 'the file is not valid UTF-8');
  }
  const lines = new LineCounter();
  try {
    return convert(text, lines);
  } catch (error) {
    if (error instanceof TooComplex) return failed(positionAt(lines, error.offset), error.message);
    throw error;
  }
}

function convert(text: string, lines: LineCounter): YamlResult {
  const composer = new Composer({
    lineCounter: lines,
    schema: 'core',
    merge: false,
    stringKeys: true,
    // The library compares every key with every other; `NodeReader` does it in linear time.
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  });
  const tokens = parseTokens(text, lines, YAML_LIMITS);
  const [document, second] = composer.compose(tokens, true, text.length);
  if (document === undefined) return failed(START, 'the file is empty');
  if (second !== undefined) {
    return failed(positionAt(lines, second.range[0]), 'the file holds more than one document');
  }
  const reader = new NodeReader(lines);
  const root = reader.read(document.contents);
  const problems = [...reader.problems, ...syntaxProblems(document, lines)].toSorted(
    (a, b) => a.line - b.line || a.column - b.column,
  );
  if (problems.length > 0) return { ok: false, problems: problems.slice(0, MOST_PROBLEMS) };
  return { ok: true, file: new YamlFile(root) };
}

function syntaxProblems(document: Document.Parsed, lines: LineCounter): YamlProblem[] {
  return [...document.errors, ...document.warnings].map((error) => ({
    ...positionAt(lines, error.pos[0]),
    // The library's text for this one speaks of its own option.
    message:
      error.code === 'NON_STRING_KEY' ? 'a key must be text' : printable(lowerFirst(error.message)),
  }));
}

function failed(position: Position, message: string): YamlResult {
  return { ok: false, problems: [{ ...position, message }] };
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
