import type { Comparison } from '../harness/compare.ts';
import { GROUPS, REFERENCE, type Group } from '../trials/trial.ts';
import { formatRatio, formatSpread, formatTime, formatVerdicts } from './format.ts';

/** Column heads of both tables, terminal and Markdown. */
export const HEADS = [
  'case',
  'driver',
  'median',
  'min..max',
  REFERENCE,
  'min..max',
  'ratio',
  'expected',
] as const;

/** Columns that hold figures, aligned to the right. */
export const FIGURE_COLUMNS: readonly number[] = [2, 3, 4, 5, 6];

export interface RowGroup {
  readonly group: Group;
  readonly rows: readonly (readonly string[])[];
}

/** The cells of every comparison, group by group; groups without any are left out. */
export function rowGroups(comparisons: readonly Comparison[]): readonly RowGroup[] {
  return GROUPS.map((group) => ({
    group,
    rows: comparisons.filter(({ trial }) => trial.group === group).map(cells),
  })).filter(({ rows }) => rows.length > 0);
}

function cells({ trial, driver, figure, reference, ratio, verdicts }: Comparison): string[] {
  return [
    trial.name,
    driver,
    formatTime(figure.median, trial.unit),
    formatSpread(figure),
    formatTime(reference.median, trial.unit),
    formatSpread(reference),
    formatRatio(ratio),
    formatVerdicts(verdicts, trial.unit),
  ];
}

/** `31 of 33 expectations met`, and what is to be known about the figures. */
export function closingLines(comparisons: readonly Comparison[], rounds: number): string[] {
  const verdicts = comparisons.flatMap((comparison) => comparison.verdicts);
  const met = verdicts.filter((verdict) => verdict.met).length;
  return [
    ...(verdicts.length === 0 ? [] : [`${met} of ${verdicts.length} expectations met.`]),
    `Medians of ${rounds} ${rounds === 1 ? 'round' : 'rounds'}, every one in a process of its own; ratio is ` +
      `${REFERENCE} over driver, so above 1 the driver is the faster.`,
    ...(rounds < 3 ? ['Fewer than 3 rounds: an impression, not figures to publish.'] : []),
  ];
}
