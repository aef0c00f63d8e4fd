import type { BenchRecord } from '../report/record.ts';

/** What one measurement gave. Times in microseconds. */
export interface Figure {
  readonly name: string;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Summarizes the times of single operations, in milliseconds, that took `elapsed` milliseconds in all. */
export function figureOf(name: string, times: readonly number[], elapsed: number): Figure {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0) * 1000;
  return {
    name,
    perSecond: (times.length / elapsed) * 1000,
    p50: at(0.5),
    p99: at(0.99),
    max: at(1),
  };
}

/** The figures for a terminal. */
export function figuresTable(figures: readonly Figure[]): string {
  const rows = [
    ['case', 'per second', 'p50 us', 'p99 us', 'max us'],
    ...figures.map(({ name, perSecond, p50, p99, max }) => [
      name,
      ...[perSecond, p50, p99, max].map((value) => value.toFixed(value < 100 ? 1 : 0)),
    ]),
  ];
  const widths = [0, 1, 2, 3, 4].map((column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ');
  return rows.map((row) => `  ${line(row)}\n`).join('');
}

/** The medians as other programs read them: writes against the first figure, the floor of the disk, reads against the first read. */
export function toRecords(figures: readonly Figure[]): readonly BenchRecord[] {
  const [floor] = figures;
  const firstRead = figures.find(({ name }) => name.startsWith('get'));
  return figures.map((figure) => {
    const reference = (figure.name.startsWith('get') ? firstRead : floor)?.p50 ?? figure.p50;
    return {
      bench: 'vault',
      case: figure.name,
      unit: 'us/op',
      subject: 'sqlite',
      value: figure.p50,
      reference,
      ratio: reference / figure.p50,
    };
  });
}
