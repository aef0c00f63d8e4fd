import type { Comparison } from '../harness/compare.ts';
import type { Fact } from '../harness/environment.ts';
import { closingLines, FIGURE_COLUMNS, HEADS, rowGroups } from './rows.ts';

/** The environment block for a terminal. */
export function environmentText(facts: readonly Fact[]): string {
  const width = Math.max(...facts.map(({ label }) => label.length));
  return facts.map(({ label, value }) => `  ${label.padEnd(width)}  ${value}\n`).join('');
}

/** All comparisons as aligned text, one block a group, all blocks with the same column widths. */
export function tableText(comparisons: readonly Comparison[], rounds: number): string {
  const groups = rowGroups(comparisons);
  const widths = HEADS.map((head, column) =>
    Math.max(
      head.length,
      ...groups.flatMap(({ rows }) => rows.map((row) => (row[column] ?? '').length)),
    ),
  );
  const line = (row: readonly string[]): string => `  ${alignedCells(row, widths)}`.trimEnd();
  const blocks = groups.map(({ group, rows }) =>
    [group, line(HEADS), ...rows.map(line)].map((text) => `${text}\n`).join(''),
  );
  return [...blocks, `${closingLines(comparisons, rounds).join('\n')}\n`].join('\n');
}

function alignedCells(row: readonly string[], widths: readonly number[]): string {
  return row
    .map((cell, column) => {
      const width = widths[column] ?? 0;
      return FIGURE_COLUMNS.includes(column) ? cell.padStart(width) : cell.padEnd(width);
    })
    .join('  ');
}
