import type { Fact } from '../harness/environment.ts';
import { formatNumber, formatRatio, formatSpread } from './format.ts';
import { markdownTable } from './markdown.ts';
import type { BenchRecord } from './record.ts';
import type { Row } from './row.ts';
import { alignedTables, environmentText, type TableGroup } from './table.ts';

/** Column heads of a table of rows. */
export const ROW_HEADS = [
  'case',
  'subject',
  'median',
  'min..max',
  'beside',
  'median',
  'min..max',
  'ratio',
  'target',
] as const;

/** Columns that hold figures, aligned to the right. */
export const ROW_FIGURE_COLUMNS: readonly number[] = [2, 3, 5, 6, 7];

/** What is reported: the machine, the rows, and what a reader has to know beside them. */
export interface RowReport {
  readonly facts: readonly Fact[];
  readonly rows: readonly Row[];
  readonly notes: readonly string[];
}

/** The whole report for a terminal. */
export function terminalReport({ facts, rows, notes }: RowReport): string {
  const tables = alignedTables(ROW_HEADS, rowTables(rows), ROW_FIGURE_COLUMNS);
  return `\nenvironment\n${environmentText(facts)}\n${tables}\n${notes.join('\n')}\n`;
}

/** The whole report for a document. */
export function rowMarkdown({ facts, rows, notes }: RowReport): string {
  const environment = markdownTable(
    ['', ''],
    facts.map(({ label, value }) => [label, value]),
    [],
  );
  const tables = rowTables(rows).map(
    ({ title, rows: cells }) =>
      `### ${title}\n\n${markdownTable(ROW_HEADS, cells, ROW_FIGURE_COLUMNS)}`,
  );
  return `${[environment, ...tables, notes.map((note) => `- ${note}`).join('\n')].join('\n\n')}\n`;
}

/** One record a row. */
export function rowRecords(bench: string, rows: readonly Row[]): readonly BenchRecord[] {
  return rows.map(({ group, name, unit, subject, figure, referenceName, reference, ratio }) => ({
    bench,
    case: `${group}: ${name}, beside ${referenceName}`,
    ...{ unit, subject, value: figure.median, reference: reference.median, ratio },
  }));
}

/** The cells of every row, group by group in the order they first come. */
export function rowTables(rows: readonly Row[]): readonly TableGroup[] {
  const groups = Map.groupBy(rows, ({ group }) => group);
  return [...groups].map(([title, ofGroup]) => ({ title, rows: ofGroup.map(cells) }));
}

function cells(row: Row): readonly string[] {
  const { name, unit, subject, figure, referenceName, reference, ratio, verdict } = row;
  return [
    name,
    subject,
    `${formatNumber(figure.median)} ${unit}`,
    formatSpread(figure),
    referenceName,
    `${formatNumber(reference.median)} ${unit}`,
    formatSpread(reference),
    formatRatio(ratio),
    verdict === undefined ? '' : `${verdict.met ? 'met' : 'MISSED'} ${verdict.target}`,
  ];
}
