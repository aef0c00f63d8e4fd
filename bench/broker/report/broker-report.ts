import type { Comparison } from '../../harness/compare.ts';
import type { Fact } from '../../harness/environment.ts';
import { markdownTable } from '../../report/markdown.ts';
import type { Row } from '../../report/row.ts';
import { rowMarkdown, rowTables, ROW_FIGURE_COLUMNS, ROW_HEADS } from '../../report/row-report.ts';
import { alignedTables, environmentText } from '../../report/table.ts';
import type { BrokerMeasurements } from '../measurements.ts';
import { caseRows } from './case-rows.ts';
import { notes } from './notes.ts';
import { providerRows } from './provider-rows.ts';
import type { ExtraTable } from './extra-table.ts';
import { publishedTables } from './published-tables.ts';
import { specialRows } from './special-rows.ts';
import { stagesTable } from './stages-table.ts';
import { targetCells, TARGET_FIGURE_COLUMNS, TARGET_HEADS } from './target-table.ts';

/** Everything a run has found, ready to be written down in any form. */
export interface BrokerReport {
  readonly facts: readonly Fact[];
  readonly measurements: BrokerMeasurements;
  readonly rows: readonly Row[];
  readonly notes: readonly string[];
  /** The stages of a certificate, and the original's own tables with figures of this run beside them. */
  readonly extras: readonly ExtraTable[];
  readonly rounds: number;
}

export function brokerReport(given: {
  readonly facts: readonly Fact[];
  readonly measurements: BrokerMeasurements;
  readonly inside: readonly Comparison[];
  readonly rounds: number;
}): BrokerReport {
  const { facts, measurements, inside, rounds } = given;
  const rows = [
    ...caseRows(measurements.cases),
    ...specialRows(measurements),
    ...providerRows(inside),
  ];
  return {
    ...{ facts, measurements, rows, rounds },
    notes: notes(rows, measurements, rounds),
    extras: [
      stagesTable(measurements.stages),
      ...publishedTables(measurements.cases, inside),
    ].filter((table) => table.rows.length > 0),
  };
}

/** For a terminal. */
export function brokerText({ facts, rows, extras, notes: remarks }: BrokerReport): string {
  const targets = { title: 'targets', rows: targetCells(rows) };
  return [
    `\nenvironment\n${environmentText(facts)}`,
    alignedTables(ROW_HEADS, rowTables(rows), ROW_FIGURE_COLUMNS),
    ...extras.map(({ heads, figureColumns, ...table }) =>
      alignedTables(heads, [table], figureColumns),
    ),
    ...(targets.rows.length === 0
      ? []
      : [alignedTables(TARGET_HEADS, [targets], TARGET_FIGURE_COLUMNS)]),
    `${remarks.join('\n')}\n`,
  ].join('\n');
}

/** For a document. */
export function brokerMarkdown(report: BrokerReport): string {
  const targets = targetCells(report.rows);
  return [
    ...(targets.length === 0
      ? []
      : [`### targets\n\n${markdownTable(TARGET_HEADS, targets, TARGET_FIGURE_COLUMNS)}\n`]),
    rowMarkdown(report),
    ...report.extras.map(
      ({ title, heads, rows, figureColumns }) =>
        `### ${title}\n\n${markdownTable(heads, rows, figureColumns)}\n`,
    ),
  ].join('\n');
}
