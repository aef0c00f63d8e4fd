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
  const files = new Map<string, Buffer>();
  const flushed = lastFlushes(events);
  for (const [i, event] of events.entries()) {
    if (event.kind === 'mark' || event.kind === 'sync') continue;
    const { path } = event;
    const isName = event.kind === 'create' || event.kind === 'remove';
    const isSafe = i < (flushed.get(isName ? directoryOf(path) : path) ?? -1);
    if (event.kind === 'create') {
      if (isSafe || survives()) files.set(path, files.get(path) ?? Buffer.alloc(0));
    } else if (event.kind === 'remove') {
      if (isSafe || survives()) files.delete(path);
    } else {
      const file = files.get(path);
      // Without its name a file is lost, whatever was flushed of it.
      if (file !== undefined) files.set(path, change(file, event, isSafe ? () => true : survives));
    }
  }
  return files;
}

/** Where each file and directory was flushed last. */
function lastFlushes(events: readonly DiskEvent[]): ReadonlyMap<string, number> {
  const flushes = new Map<string, number>();
  for (const [i, event] of events.entries()) if (event.kind === 'sync') flushes.set(event.path, i);
  return flushes;
}

function change(
  file: Buffer,
  event: DiskEvent & { readonly kind: 'write' | 'truncate' },
  survives: () => boolean,
): Buffer {
  if (event.kind === 'truncate') return survives() ? resized(file, event.size) : file;
  let changed = file;
  for (let from = 0; from < event.data.length;) {
    const at = event.at + from;
    const to = Math.min(event.data.length, from + SECTOR - (at % SECTOR));
    if (survives()) {
      changed = resized(changed, Math.max(changed.length, event.at + to));
      event.data.copy(changed, at, from, to);
    }
    from = to;
  }
  return changed;
}

function resized(file: Buffer, size: number): Buffer {
  if (size === file.length) return file;
  const other = Buffer.alloc(size);
  file.copy(other);
  return other;
}

function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}
