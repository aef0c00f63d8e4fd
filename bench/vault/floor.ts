import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';

import { figureOf, type Figure } from './figure.ts';

const PAGE = Buffer.alloc(4096, 0x5a);

/** What the disk takes for the least that a durable commit can be: one page, appended or written over, and flushed. */
export function measureFloor(path: string, milliseconds: number): readonly Figure[] {
  const descriptor = openSync(path, 'w');
  try {
    const appended = run(milliseconds / 2, () => {
      writeSync(descriptor, PAGE);
      fdatasyncSync(descriptor);
    });
    let page = 0;
    const overwritten = run(milliseconds / 2, () => {
      writeSync(descriptor, PAGE, 0, PAGE.length, page * PAGE.length);
      fdatasyncSync(descriptor);
      page = (page + 1) % appended.times.length;
    });
    return [
      figureOf('append 4 KiB + fdatasync', appended.times, appended.elapsed),
      figureOf('overwrite 4 KiB + fdatasync', overwritten.times, overwritten.elapsed),
    ];
  } finally {
    closeSync(descriptor);
  }
}

function run(milliseconds: number, operation: () => void): { times: number[]; elapsed: number } {
  const times: number[] = [];
  const start = performance.now();
  for (let now = start; now - start < milliseconds;) {
    operation();
    const end = performance.now();
    times.push(end - now);
    now = end;
  }
  return { times, elapsed: performance.now() - start };
}
