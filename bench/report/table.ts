import type { Comparison } from '../harness/compare.ts';
import type { Fact } from '../harness/environment.ts';
import { closingLines, FIGURE_COLUMNS, HEADS, rowGroups } from './rows.ts';

/** The environment block for a terminal. */
export function environmentText(facts: readonly Fact[]): string {
  const width = Math.max(...facts.map(({ label }) => label.length));
  return facts.map(({ label, value }) => `  ${label.padEnd(width)}  ${value}\n`).join('');
}

/** All comparisons as aligned text. */
export function tableText(comparisons: readonly Comparison[], rounds: number): string {
  const groups = rowGroups(comparisons).map(({ group, rows }) => ({ title: group, rows }));
  const tables = alignedTables(HEADS, groups, FIGURE_COLUMNS);
  return `${tables}\n${closingLines(comparisons, rounds).join('\n')}\n`;
}

/** Rows below a title. */
export interface TableGroup {
  readonly title: string;
  readonly rows: readonly (readonly string[])[];
}

/** Aligned text, one block a group, all blocks with the same column widths; figures are aligned to the right. */
export function alignedTables(
  heads: readonly string[],
  groups: readonly TableGroup[],
  figureColumns: readonly number[],
): string {
  const widths = heads.map((head, column) =>
    Math.max(
      head.length,
      ...groups.flatMap(({ rows }) => rows.map((row) => (row[column] ?? '').length)),
    ),
  );
  const line = (row: readonly string[]): string =>
    `  ${row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return figureColumns.includes(column) ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')}`.trimEnd();
  return groups
    .map(({ title, rows }) =>
      [title, line(heads), ...rows.map(line)].map((text) => `${text}\n`).join(''),
    )
    .join('\n');
}
