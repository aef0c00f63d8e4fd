import type { Comparison } from '../../harness/compare.ts';
import type { Row } from '../../report/row.ts';
import { REFERENCE } from '../../trials/trial.ts';

/** What the provider and the methods gain, without sockets: rows of bench:crypto as rows of this report. */
export function providerRows(comparisons: readonly Comparison[]): readonly Row[] {
  return comparisons.map(({ trial, driver, figure, reference, ratio }) => {
    const wanted = trial.expected[driver]?.ratio;
    return {
      group: `native beside pure: ${trial.group}`,
      ...{ name: trial.name, unit: trial.unit, subject: driver, referenceName: REFERENCE },
      ...{ figure, reference, ratio },
      verdict: wanted === undefined ? undefined : { target: `≥ ${wanted}x`, met: ratio >= wanted },
    };
  });
}
