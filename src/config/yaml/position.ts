import type { LineCounter } from 'yaml';
import { START, type Position } from './yaml-file.ts';

/** The place of an offset into a text whose lines were counted. */
export function positionAt(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  // The counter answers line 0 when it has seen no line at all: an empty file.
  return line === 0 ? START : { line, column: col };
}
