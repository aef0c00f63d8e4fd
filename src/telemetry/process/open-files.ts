import { readdir, readFile } from 'node:fs/promises';
import type { Sample } from '../metrics/metrics.ts';

/** Open file descriptors and how many there may be, from proc(5). Rejects where there is no such thing. */
export async function openFiles(): Promise<readonly Sample[]> {
  // The directory itself is open while it is read.
  const open = (await readdir('/proc/self/fd')).length - 1;
  const limits = await readFile('/proc/self/limits', 'utf8');
  const most = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  return [
    { name: 'process_open_fds', labels: {}, value: open },
    // It may be unlimited.
    ...(most === undefined
      ? []
      : [{ name: 'process_max_fds', labels: {}, value: Number(most) } as const]),
  ];
}
