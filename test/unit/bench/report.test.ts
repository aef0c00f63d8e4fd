import { describe, expect, it } from 'vitest';

import { formatNumber } from '../../../bench/report/format.ts';
import { markdownReport } from '../../../bench/report/markdown.ts';
import { requireRecords, toRecords } from '../../../bench/report/record.ts';
import { environmentText, tableText } from '../../../bench/report/table.ts';
import { sampleComparison, sampleTrial } from './samples.ts';

const judged = sampleComparison({
  verdicts: [
    { bound: 'atMost', limit: 230, met: true },
    { bound: 'ratio', limit: 2.5, met: false },
  ],
});
const certificate = sampleComparison({
  trial: sampleTrial({
    group: 'certificates',
    name: 'P-256 under P-256, one at a time',
    unit: 'us',
  }),
  driver: 'native+ca-cache',
});

describe('a number in a report', () => {
  it.each([
    [4.214, '4.21'],
    [31.46, '31.5'],
    [206.4, '206'],
    [1_234_567, '1,234,567'],
  ])('%d reads %s', (value, expected) => {
    expect(formatNumber(value)).toBe(expected);
  });
});

describe('the table', () => {
  const text = tableText([judged, certificate], 3);
  const lines = text.split('\n');

  it('gives time, spread, reference and ratio of every driver', () => {
    const line = lines.find((candidate) => candidate.includes('sha-256 64 B hex')) ?? '';
    expect(line.trim().split(/ {2,}/)).toEqual([
      'sha-256 64 B hex',
      'native',
      '206 ns',
      '201..220',
      '412 ns',
      '400..1,450',
      '2.00x',
      'met ≤ 230 ns, MISSED ≥ 2.5x',
    ]);
  });

  it('aligns the columns of all groups', () => {
    const rows = lines.filter((line) => line.includes(' ns ') || line.includes(' us '));
    expect(new Set(rows.map((line) => line.indexOf('2.00x'))).size).toBe(1);
  });

  it('has a heading for each group that has rows, and no other', () => {
    expect(lines.filter((line) => /^[a-z-]+$/.test(line))).toEqual(['digests', 'certificates']);
  });

  it('counts the expectations and says how the figures came about', () => {
    expect(text).toContain('1 of 2 expectations met.');
    expect(text).toContain('Medians of 3 rounds');
    expect(text).not.toContain('impression');
  });

  it('warns of too few rounds', () => {
    expect(tableText([judged], 1)).toContain('an impression, not figures to publish');
  });
});

describe('the environment block', () => {
  it('aligns the values', () => {
    const facts = [
      { label: 'CPU', value: 'x' },
      { label: 'placement', value: 'free' },
    ];
    expect(environmentText(facts)).toBe('  CPU        x\n  placement  free\n');
  });
});

describe('the Markdown report', () => {
  const text = markdownReport([{ label: 'CPU', value: 'a|b' }], [judged, certificate], 3);

  it('holds the environment, one table a group, and the same cells as the terminal', () => {
    expect(text).toContain('| CPU | a\\|b |');
    expect(text).toContain('### digests\n\n| case | driver |');
    expect(text).toContain(
      '| sha-256 64 B hex | native | 206 ns | 201..220 | 412 ns | 400..1,450 | 2.00x | met ≤ 230 ns, MISSED ≥ 2.5x |',
    );
    expect(text).toContain('### certificates');
  });

  it('gives every row of a table the same number of cells', () => {
    const table = text.slice(text.indexOf('### digests'), text.indexOf('### certificates'));
    const widths = table
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .map((line) => line.split('|').length);
    expect(new Set(widths).size).toBe(1);
  });
});

describe('the JSON records', () => {
  it('have exactly the seven members, numbers as numbers', () => {
    expect(requireRecords(toRecords([certificate]))).toEqual([
      {
        bench: 'crypto',
        case: 'certificates/P-256 under P-256, one at a time',
        unit: 'us/op',
        subject: 'native+ca-cache',
        value: 206,
        reference: 412,
        ratio: 2,
      },
    ]);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 0])('are refused with a ratio of %d', (ratio) => {
    const records = toRecords([sampleComparison({ ratio })]);
    expect(() => requireRecords(records)).toThrow(/ratio is not a positive number/);
  });

  it('are refused when a case appears twice for one subject', () => {
    expect(() => requireRecords(toRecords([judged, judged]))).toThrow('given twice');
  });

  it('are refused with an empty name', () => {
    const [record] = toRecords([judged]);
    expect(record).toBeDefined();
    expect(() => requireRecords(record ? [{ ...record, subject: '' }] : [])).toThrow(
      'subject is empty',
    );
  });
});
