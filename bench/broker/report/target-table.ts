import { formatNumber, formatRatio } from '../../report/format.ts';
import type { Row } from '../../report/row.ts';

export const TARGET_HEADS = ['target', 'wanted', 'measured', ''] as const;

/** Columns that hold figures, aligned to the right. */
export const TARGET_FIGURE_COLUMNS: readonly number[] = [1, 2];

/** Everything that was promised, whether it is kept, and by how much not. */
export function targetCells(rows: readonly Row[]): readonly (readonly string[])[] {
  return rows.flatMap((row) => {
    const { group, name, subject, verdict } = row;
    if (verdict === undefined) return [];
    const { target, met } = verdict;
    const what = `${group}: ${name} (${subject})`;
    return [[what, target, inTermsOf(target, row), met ? 'met' : 'MISSED']];
  });
}

/** The figure as its target is spelt: a value below a bound, how many times as long, or a ratio. */
function inTermsOf(target: string, { figure, reference, unit, ratio }: Row): string {
  if (target.startsWith('<')) return `${formatNumber(figure.median)} ${unit}`;
  if (target.startsWith('≤')) return `${formatNumber(figure.median / reference.median)} times`;
  return formatRatio(ratio);
}
