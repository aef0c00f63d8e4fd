import type { Fact } from '../../harness/environment.ts';
import { formatNumber, formatRatio, formatSpread } from '../../report/format.ts';
import { markdownTable } from '../../report/markdown.ts';
import type { BenchRecord } from '../../report/record.ts';
import { alignedTables, environmentText, type TableGroup } from '../../report/table.ts';
import { GROUPS, type Row } from './row.ts';

const HEADS = [
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
const FIGURE_COLUMNS: readonly number[] = [2, 3, 5, 6, 7];

/** The whole report for a terminal. */
export function terminalReport(
  facts: readonly Fact[],
  rows: readonly Row[],
  notes: readonly string[],
): string {
  const tables = alignedTables(HEADS, groups(rows), FIGURE_COLUMNS);
  return `\nenvironment\n${environmentText(facts)}\n${tables}\n${notes.join('\n')}\n`;
}

/** The whole report for a document. */
export function kmipMarkdown(
  facts: readonly Fact[],
  rows: readonly Row[],
  notes: readonly string[],
): string {
  const environment = markdownTable(
    ['', ''],
    facts.map(({ label, value }) => [label, value]),
    [],
  );
  const tables = groups(rows).map(
    ({ title, rows: cells }) => `### ${title}\n\n${markdownTable(HEADS, cells, FIGURE_COLUMNS)}`,
  );
  return `${[environment, ...tables, notes.map((note) => `- ${note}`).join('\n')].join('\n\n')}\n`;
}

/** One record a row. */
export function kmipRecords(rows: readonly Row[]): readonly BenchRecord[] {
  return rows.map(({ group, name, unit, subject, figure, referenceName, reference, ratio }) => ({
    bench: 'kmip',
    case: `${group}: ${name}, beside ${referenceName}`,
    ...{ unit, subject, value: figure.median, reference: reference.median, ratio },
  }));
}

function groups(rows: readonly Row[]): readonly TableGroup[] {
  return GROUPS.map((group) => ({
    title: group,
    rows: rows.filter((row) => row.group === group).map(cells),
  })).filter((group) => group.rows.length > 0);
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
