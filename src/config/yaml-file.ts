import { Composer, LineCounter, type Document, type Node, type ParsedNode } from 'yaml';
import { isAlias, isMap, isScalar, isSeq } from 'yaml';
import { printable } from './printable.ts';
import { parseTokens, TooComplex } from './yaml-tokens.ts';

/** A place in a file; both count from 1, the column in UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Keys and list indexes that lead from the root of a file to a value. */
export type Path = readonly (string | number)[];

/** Something wrong at a place. */
export interface YamlProblem extends Position {
  readonly message: string;
}

/** The content of a file as plain values, and where each of them stood. */
export interface YamlFile {
  readonly value: unknown;
  /** True when there is a value at `path`. */
  has(path: Path): boolean;
  /** Where the value at `path` begins, or the nearest value around it that exists. */
  positionOf(path: Path): Position;
  /** Where the key that ends `path` stands; for a list item and the root, where the value begins. */
  keyPositionOf(path: Path): Position;
}

export type YamlResult =
  | { readonly ok: true; readonly file: YamlFile }
  | { readonly ok: false; readonly problems: readonly YamlProblem[] };

/** Bounds on what is parsed: beyond them a file is an attack or an accident, not a configuration. */
export const YAML_LIMITS = { bytes: 1024 * 1024, depth: 32, tokens: 400_000 } as const;

/** Syntax errors reported for one file; a file that is not YAML at all has thousands. */
const MOST_PROBLEMS = 20;

const START: Position = { line: 1, column: 1 };

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
    if (error instanceof TooComplex) return failed(at(lines, error.offset), error.message);
    throw error;
  }
}

function convert(text: string, lines: LineCounter): YamlResult {
  const composer = new Composer({
    lineCounter: lines,
    schema: 'core',
    merge: false,
    stringKeys: true,
    // The library compares every key with every other; `Reader` does it in linear time.
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  });
  const tokens = parseTokens(text, lines, YAML_LIMITS);
  const [document, second] = composer.compose(tokens, true, text.length);
  if (document === undefined) return failed(START, 'the file is empty');
  if (second !== undefined) {
    return failed(at(lines, second.range[0]), 'the file holds more than one document');
  }
  const reader = new Reader(lines);
  const root = reader.read(document.contents);
  const problems = [...reader.problems, ...syntaxProblems(document, lines)].toSorted(
    (a, b) => a.line - b.line || a.column - b.column,
  );
  if (problems.length > 0) return { ok: false, problems: problems.slice(0, MOST_PROBLEMS) };
  return { ok: true, file: new LocatedFile(root) };
}

function syntaxProblems(document: Document.Parsed, lines: LineCounter): YamlProblem[] {
  return [...document.errors, ...document.warnings].map((error) => ({
    ...at(lines, error.pos[0]),
    // The library's text for this one speaks of its own option.
    message:
      error.code === 'NON_STRING_KEY' ? 'a key must be text' : printable(lowerFirst(error.message)),
  }));
}

function failed(position: Position, message: string): YamlResult {
  return { ok: false, problems: [{ ...position, message }] };
}

function at(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  // The counter answers line 0 when it has seen no line at all: an empty file.
  return line === 0 ? START : { line, column: col };
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** A plain value with the positions of everything inside it. */
interface Located {
  readonly value: unknown;
  readonly position: Position;
  readonly keyPosition: Position;
  /** By key, or by index as text. */
  readonly children: ReadonlyMap<string, Located>;
}

const NO_CHILDREN: ReadonlyMap<string, Located> = new Map();

/** Turns the library's nodes into plain values, collecting what is refused. Recursion is bounded by YAML_LIMITS.depth. */
class Reader {
  readonly problems: YamlProblem[] = [];
  readonly #lines: LineCounter;

  constructor(lines: LineCounter) {
    this.#lines = lines;
  }

  read(node: Node | null | undefined, keyPosition?: Position): Located {
    const position = this.#positionOf(node) ?? keyPosition ?? START;
    const place = { position, keyPosition: keyPosition ?? position };
    if (this.#refuseReference(node, position)) {
      return { value: null, ...place, children: NO_CHILDREN };
    }
    if (isMap(node)) return this.#readMap(node.items, place);
    if (isSeq(node)) return this.#readList(node.items, place);
    return { value: isScalar(node) ? node.value : null, ...place, children: NO_CHILDREN };
  }

  #readMap(
    items: readonly { readonly key: unknown; readonly value: unknown }[],
    place: { readonly position: Position; readonly keyPosition: Position },
  ): Located {
    const value: Record<string, unknown> = {};
    const children = new Map<string, Located>();
    for (const { key, value: child } of items) {
      const keyPosition = this.#positionOf(key as Node | null) ?? place.position;
      this.#refuseReference(key as Node | null, keyPosition);
      // A key that is no text was already reported by the library (`stringKeys`).
      const name = isScalar(key) ? key.value : null;
      if (typeof name !== 'string') continue;
      if (name === '<<') this.#refuse(keyPosition, 'merge keys (<<) are not accepted');
      else if (children.has(name)) this.#refuse(keyPosition, `duplicate key "${printable(name)}"`);
      const located = this.read(child as Node | null, keyPosition);
      children.set(name, located);
      // Not an assignment: a key named `__proto__` must become data.
      Object.defineProperty(value, name, {
        value: located.value,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
    return { value, ...place, children };
  }

  #readList(
    items: readonly unknown[],
    place: { readonly position: Position; readonly keyPosition: Position },
  ): Located {
    const children = new Map<string, Located>();
    const value = items.map((item, index) => {
      const located = this.read(item as Node | null);
      children.set(String(index), located);
      return located.value;
    });
    return { value, ...place, children };
  }

  /** Anchors and aliases turn a tree into a graph, of which a small file can make a huge one. */
  #refuseReference(node: Node | null | undefined, position: Position): boolean {
    const refused = isAlias(node) || (node as ParsedNode | null)?.anchor !== undefined;
    if (refused) {
      this.#refuse(position, 'anchors and aliases (& and *) are not accepted: write the value out');
    }
    return refused;
  }

  #positionOf(node: Node | null | undefined): Position | undefined {
    const offset = node?.range?.[0];
    return offset === undefined ? undefined : at(this.#lines, offset);
  }

  #refuse(position: Position, message: string): void {
    this.problems.push({ ...position, message });
  }
}

class LocatedFile implements YamlFile {
  readonly #root: Located;

  constructor(root: Located) {
    this.#root = root;
  }

  get value(): unknown {
    return this.#root.value;
  }

  has(path: Path): boolean {
    let located: Located | undefined = this.#root;
    for (const step of path) located = located?.children.get(String(step));
    return located !== undefined;
  }

  positionOf(path: Path): Position {
    return this.#find(path).position;
  }

  keyPositionOf(path: Path): Position {
    return this.#find(path).keyPosition;
  }

  #find(path: Path): Located {
    let located = this.#root;
    for (const step of path) {
      const child = located.children.get(String(step));
      if (child === undefined) break;
      located = child;
    }
    return located;
  }
}
