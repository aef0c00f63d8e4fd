import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A key that must be found nowhere, in every spelling in which it could lie about. */
export class Canary {
  readonly name: string;
  readonly #spellings: readonly Buffer[];
  readonly #plain: readonly Buffer[];

  constructor(name: string, material: Uint8Array) {
    this.name = name;
    const bytes = Buffer.from(material);
    const hex = bytes.toString('hex');
    const base64 = bytes.toString('base64').replaceAll('=', '');
    this.#plain = [bytes, Buffer.from(hex), Buffer.from(base64)];
    const texts = [
      ...[hex, hex.toUpperCase(), base64, bytes.toString('base64url')],
      // As JSON prints a Buffer or a typed array.
      bytes.join(','),
      // As Node prints a Buffer.
      (hex.match(/../g) ?? []).join(' '),
    ];
    this.#spellings = [
      ...[bytes, Buffer.from(bytes).reverse()],
      ...texts.map((text) => Buffer.from(text)),
      // A text of two bytes a character, as V8 keeps some.
      ...texts.map((text) => Buffer.from(text, 'utf16le')),
    ];
  }

  isIn(content: Buffer): boolean {
    return this.#spellings.some((spelling) => content.includes(spelling));
  }

  /** As it is, in hexadecimal or in base64: the spellings that are looked for in hundreds of megabytes. */
  isPlainlyIn(content: Buffer): boolean {
    return this.#plain.some((spelling) => content.includes(spelling));
  }
}

/** Every regular file below a directory. */
export function filesBelow(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile());
}

/** Files below a directory that hold one of the keys: `<file>: <key>`. */
export function filesWith(directory: string, canaries: readonly Canary[]): readonly string[] {
  return filesBelow(directory).flatMap((path) => {
    const content = readFileSync(path);
    return canaries.filter((canary) => canary.isIn(content)).map(({ name }) => `${path}: ${name}`);
  });
}

const CHUNK = 1 << 20;
/** Longer than any spelling, so that none is missed where two pieces meet. */
const OVERLAP = 1024;

/**
 * Places in the writable memory of a process that hold one of the keys, as `<mapping>: <key>`: what a core image would show
 * (proc(5)). Only root may look; for others this throws EACCES.
 */
export function memoryWith(pid: number, canaries: readonly Canary[]): readonly string[] {
  const found: string[] = [];
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  try {
    for (const { start, end, name } of writableMappings(pid)) {
      for (let at = start; at < end; at += CHUNK) {
        const piece = readAt(memory, at, Math.min(CHUNK + OVERLAP, end - at));
        if (piece === undefined) continue;
        for (const canary of canaries)
          if (canary.isPlainlyIn(piece)) found.push(`${name}: ${canary.name}`);
      }
    }
  } finally {
    closeSync(memory);
  }
  return found;
}

interface Mapping {
  readonly start: number;
  readonly end: number;
  readonly name: string;
}

function writableMappings(pid: number): readonly Mapping[] {
  return readFileSync(`/proc/${pid}/maps`, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, start = '', end = '', name = ''] =
        /^([0-9a-f]+)-([0-9a-f]+) rw\S+ \S+ \S+ \S+\s*(.*)$/.exec(line) ?? [];
      if (start === '') return [];
      return [{ start: parseInt(start, 16), end: parseInt(end, 16), name: name || 'anonymous' }];
    });
}

/** Undefined for memory that is gone, or that nobody may read. */
function readAt(descriptor: number, position: number, length: number): Buffer | undefined {
  const piece = Buffer.alloc(length);
  try {
    return piece.subarray(0, readSync(descriptor, piece, 0, length, position));
  } catch {
    return undefined;
  }
}
