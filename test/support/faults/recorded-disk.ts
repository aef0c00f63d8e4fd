import { readFileSync } from 'node:fs';

/** One file operation, or something the program has said between two of them. */
export type DiskEvent =
  | { readonly kind: 'write'; readonly path: string; readonly at: number; readonly data: Buffer }
  | { readonly kind: 'truncate'; readonly path: string; readonly size: number }
  | { readonly kind: 'sync'; readonly path: string }
  | { readonly kind: 'create'; readonly path: string }
  | { readonly kind: 'remove'; readonly path: string }
  | { readonly kind: 'mark'; readonly text: string };

/** Reads what vault-io-shim.c has written down. */
export function readRecord(file: string): readonly DiskEvent[] {
  const bytes = readFileSync(file);
  const events: DiskEvent[] = [];
  let position = 0;
  while (position < bytes.length) {
    const end = bytes.indexOf('\n', position);
    const line = bytes.subarray(position, end).toString();
    position = end + 1;
    const [kind = '', path = '', first = '0', second = '0'] = line.split(' ');
    if (kind === 'W') {
      const data = bytes.subarray(position, position + Number(second));
      events.push({ kind: 'write', path, at: Number(first), data });
      position += data.length;
    } else if (kind === 'T') events.push({ kind: 'truncate', path, size: Number(first) });
    else if (kind === 'S') events.push({ kind: 'sync', path });
    else if (kind === 'C') events.push({ kind: 'create', path });
    else if (kind === 'U') events.push({ kind: 'remove', path });
    else if (kind === 'M') events.push({ kind: 'mark', text: line.slice(2) });
    else throw new Error(`an unknown line in the record: ${line.slice(0, 80)}`);
  }
  return events;
}

/** A sector: what a disk writes whole or not at all. */
const SECTOR = 512;

/**
 * The files as a disk may have them when the power fails after these events. What was flushed is there. Of what was not,
 * `survives` decides sector by sector, in any order; a name that was made or removed since its directory was flushed
 * may be there or not.
 */
export function afterPowerCut(
  events: readonly DiskEvent[],
  survives: () => boolean,
): ReadonlyMap<string, Buffer> {
  const files = new Map<string, DiskFile>();
  const flushed = lastFlushes(events);
  for (const [i, event] of events.entries()) {
    if (event.kind === 'mark' || event.kind === 'sync') continue;
    const { path } = event;
    const isName = event.kind === 'create' || event.kind === 'remove';
    const isSafe = i < (flushed.get(isName ? directoryOf(path) : path) ?? -1);
    const decide = isSafe ? (): boolean => true : survives;
    if (event.kind === 'create') {
      if (decide()) files.set(path, files.get(path) ?? new DiskFile());
    } else if (event.kind === 'remove') {
      if (decide()) files.delete(path);
    } else if (event.kind === 'truncate') {
      if (decide()) files.get(path)?.truncate(event.size);
    } else {
      // Without its name a file is lost, whatever was flushed of it.
      files.get(path)?.write(event.at, event.data, decide);
    }
  }
  return new Map([...files].map(([path, file]) => [path, file.contents]));
}

/** A file that grows without being copied for each sector. */
class DiskFile {
  #bytes = Buffer.alloc(64 * 1024);
  #length = 0;

  get contents(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  truncate(size: number): void {
    this.#reserve(size);
    this.#bytes.fill(0, size);
    this.#length = size;
  }

  /** Writes the sectors that survive. */
  write(at: number, data: Buffer, survives: () => boolean): void {
    this.#reserve(at + data.length);
    for (let from = 0; from < data.length;) {
      const to = Math.min(data.length, from + SECTOR - ((at + from) % SECTOR));
      if (survives()) {
        data.copy(this.#bytes, at + from, from, to);
        this.#length = Math.max(this.#length, at + to);
      }
      from = to;
    }
  }

  #reserve(size: number): void {
    if (size <= this.#bytes.length) return;
    const larger = Buffer.alloc(Math.max(size, this.#bytes.length * 2));
    this.#bytes.copy(larger);
    this.#bytes = larger;
  }
}

/** Where each file and directory was flushed last. */
function lastFlushes(events: readonly DiskEvent[]): ReadonlyMap<string, number> {
  const flushes = new Map<string, number>();
  for (const [i, event] of events.entries()) if (event.kind === 'sync') flushes.set(event.path, i);
  return flushes;
}

function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}
