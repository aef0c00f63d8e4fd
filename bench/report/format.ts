import type { Verdict } from '../harness/compare.ts';
import type { Summary } from '../harness/statistics.ts';
import type { Trial } from '../trials/trial.ts';

/** Three significant digits or more, thousands separated: `4.21`, `31.5`, `206`, `1,234`. */
export function formatNumber(value: number): string {
  const digits = value < 10 ? 2 : value < 100 ? 1 : 0;
  return value.toLocaleString('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

export function formatTime(value: number, unit: Trial['unit']): string {
  return `${formatNumber(value)} ${unit}`;
}

/** Lowest and highest round: `201..220`. */
export function formatSpread(summary: Summary): string {
  return `${formatNumber(summary.min)}..${formatNumber(summary.max)}`;
}

export function formatRatio(ratio: number): string {
  return `${formatNumber(ratio)}x`;
}

/** `met ≤ 230 ns, missed ≥ 2.00x`; empty when nothing is expected. */
export function formatVerdicts(verdicts: readonly Verdict[], unit: Trial['unit']): string {
  return verdicts
    .map(({ bound, limit, met }) => {
      const text = bound === 'atMost' ? `≤ ${formatLimit(limit)} ${unit}` : `≥ ${limit}x`;
      return `${met ? 'met' : 'MISSED'} ${text}`;
    })
    .join(', ');
}

/** A limit is shown as it was set, not rounded. */
function formatLimit(limit: number): string {
  return limit.toLocaleString('en-US');
}
