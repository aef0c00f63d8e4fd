import type { Comparison } from '../harness/compare.ts';
import type { Fact } from '../harness/environment.ts';
import { closingLines, FIGURE_COLUMNS, HEADS, rowGroups } from './rows.ts';

/** The whole report for a document: environment, one table a group, what the figures mean. */
export function markdownReport(
  facts: readonly Fact[],
  comparisons: readonly Comparison[],
  rounds: number,
): string {
  const environment = markdownTable(
    ['', ''],
    facts.map(({ label, value }) => [label, value]),
    [],
  );
  const groups = rowGroups(comparisons).map(
    ({ group, rows }) => `### ${group}\n\n${markdownTable(HEADS, rows, FIGURE_COLUMNS)}`,
  );
  return `${[environment, ...groups, closingLines(comparisons, rounds).join('\n')].join('\n\n')}\n`;
}

/** One table; the columns with these numbers are aligned to the right. */
export function markdownTable(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  rightAligned: readonly number[],
): string {
  const rule = heads.map((_, column) => (rightAligned.includes(column) ? '---:' : '---'));
  return [heads, rule, ...rows].map((cells) => `| ${cells.map(escape).join(' | ')} |`).join('\n');
}

function escape(cell: string): string {
  return cell.replaceAll('|', '\\|');
}
