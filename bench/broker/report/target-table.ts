import { formatNumber, formatRatio } from '../../report/format.ts';
import type { Row } from '../../report/row.ts';

export const TARGET_HEADS = ['target', 'wanted', 'measured', ''] as const;

/** Columns that hold figures, aligned to the right. */
export const TARGET_FIGURE_COLUMNS: readonly number[] = [1, 2];

/** Everything that was promised, whether it is kept, and by how much not. */
export function targetCells(rows: readonly Row[]): readonly (readonly string[])[] {
  return rows.flatMap(({ group, name, subject, figure, unit, ratio, verdict }) => {
    if (verdict === undefined) return [];
    const bounded = verdict.target.startsWith('<');
    return [
      [
        `${group}: ${name} (${subject})`,
        verdict.target,
        bounded ? `${formatNumber(figure.median)} ${unit}` : formatRatio(ratio),
        verdict.met ? 'met' : 'MISSED',
      ],
    ];
  });
}
