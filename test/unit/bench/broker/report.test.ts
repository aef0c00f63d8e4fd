import { describe, expect, it } from 'vitest';

import { CASES } from '../../../../bench/broker/cases.ts';
import {
  brokerMarkdown,
  brokerReport,
  brokerText,
} from '../../../../bench/broker/report/broker-report.ts';
import { caseRows } from '../../../../bench/broker/report/case-rows.ts';
import { specialRows } from '../../../../bench/broker/report/special-rows.ts';
import { targetCells } from '../../../../bench/broker/report/target-table.ts';
import { BOUNDS, RATIO_TARGETS } from '../../../../bench/broker/targets.ts';
import { requireRecords } from '../../../../bench/report/record.ts';
import { rowRecords } from '../../../../bench/report/row-report.ts';
import { sampleComparison, sampleTrial } from '../samples.ts';
import { sampleMeasurements } from './samples.ts';

const measurements = sampleMeasurements();
const facts = [{ label: 'CPU', value: 'a | b' }];
const inside = [
  sampleComparison(),
  sampleComparison({
    trial: sampleTrial({ name: 'sha3-512 64 B hex', expected: { native: { ratio: 2 } } }),
    ratio: 1.5,
  }),
];
const report = brokerReport({ facts, measurements, inside, rounds: 3 });

describe('rows of cases', () => {
  const rows = caseRows(measurements.cases);

  it('say more requests and less processor time are better', () => {
    const ofCase = rows.filter(
      ({ name, subject }) =>
        name === '10 in flight, same core' && subject === 'broker, native transport',
    );
    expect(ofCase.map(({ group, ratio, unit }) => [group, ratio, unit])).toEqual([
      ['hash: throughput', 10, 'req/s'],
      ['health: throughput', 10, 'req/s'],
      ['hash: processor time', 10, 'us/req'],
      ['health: processor time', 10, 'us/req'],
    ]);
  });

  it('carry every target of a ratio, and whether it is met', () => {
    expect(rows.filter(({ verdict }) => verdict !== undefined)).toHaveLength(RATIO_TARGETS.length);
    const processorTime = rows.find(
      ({ group, verdict }) => group === 'hash: processor time' && verdict !== undefined,
    );
    expect(processorTime?.verdict).toEqual({ target: '≥ 8x', met: true });
  });

  it('name the client where contenders have different ones', () => {
    const row = rows.find(({ name }) => name === 'hash, client and server, 10 in flight, free');
    expect(row?.subject).toBe('our client, native → broker, native transport');
    expect(row?.referenceName).toBe('Go client → Go');
  });

  it('leave out what was not measured', () => {
    const [first] = measurements.cases;
    if (first === undefined) throw new Error('no cases');
    const byContender = new Map([...first.byContender].slice(0, 2));
    const few = caseRows([{ of: first.of, byContender }]);
    expect(new Set(few.map(({ subject }) => subject))).toEqual(
      new Set(['broker, native transport']),
    );
    expect(caseRows([{ of: first.of, byContender: new Map() }])).toEqual([]);
  });

  it('are held against the next one without Go, and then against no target', () => {
    const without = measurements.cases.map(({ of, byContender }) => ({
      of,
      byContender: new Map([...byContender].filter(([id]) => !/\bgo\b/.test(id))),
    }));
    const others = caseRows(without);
    expect(others[0]).toMatchObject({
      subject: 'broker, grpc-js transport',
      referenceName: 'broker, native transport',
    });
    expect(others.filter(({ verdict }) => verdict !== undefined)).toEqual([]);
  });
});

describe('rows of what is beside the cases', () => {
  const rows = specialRows(measurements);
  const named = (beginning: string) => rows.find(({ name }) => name.startsWith(beginning));

  it('judge the start, the memory and the abuse by their bounds', () => {
    expect(named('process start')?.verdict).toEqual({
      target: `< ${BOUNDS.startMs} ms`,
      met: true,
    });
    expect(named('most memory held')?.verdict?.met).toBe(true);
    expect(named('p99 of a client that behaves')?.verdict).toMatchObject({ met: true });
  });

  it('miss a bound by as much as it is missed', () => {
    const slow = specialRows({
      ...measurements,
      abuses: new Map([['native', [{ aloneP99: 100, besideP99: 200, connections: 1 }]]]),
    });
    expect(slow.find(({ group }) => group === 'abuse')).toMatchObject({
      ratio: 0.5,
      verdict: { met: false },
    });
  });

  it('say which share of its capacity an overloaded server still gives', () => {
    expect(named('asked 5 times')?.figure.median).toBe(90);
  });

  it('are held against another server of ours without Go, and their bounds against none', () => {
    const starts = new Map([...measurements.starts].filter(([name]) => name !== 'go'));
    const none = { peaks: new Map(), overloads: new Map(), abuses: new Map() };
    const [first] = specialRows({ starts, ...none });
    expect(first).toMatchObject({ referenceName: 'broker, native transport', ratio: 1 });
    expect(first?.verdict?.met).toBe(true);
    expect(specialRows({ starts: new Map(), ...none })).toEqual([]);
  });
});

describe('the report', () => {
  it('lists every target with what came of it', () => {
    const cells = targetCells(report.rows);
    expect(cells.length).toBe(RATIO_TARGETS.length + 5);
    expect(cells).toContainEqual([
      'native beside pure: digests: sha3-512 64 B hex (native)',
      ...['≥ 2x', '1.50x', 'MISSED'],
    ]);
    const inTheirTerms = cells.map(([, wanted, measured]) => [wanted, measured]);
    expect(inTheirTerms).toContainEqual(['< 400 ms', '300 ms']);
    expect(inTheirTerms).toContainEqual(['≤ 1.5 times as long', '1.40 times']);
  });

  it('shows the tables of the original beside figures of this run', () => {
    const [, calls, crypto] = report.extras;
    expect(calls?.rows).toHaveLength(6);
    expect(calls?.rows[0]?.slice(0, 5)).toEqual([
      ...['HashData', 'sync', '87.4 us', '50.0 us', '5.00 us'],
    ]);
    expect(crypto?.rows).toEqual([
      ['SHA-256', '0.42 us', '0.21 us', '0.41 us'],
      ['SHA3-512', '1.25 us', '0.21 us', '0.41 us'],
    ]);
    expect(calls?.heads.join(' ')).toContain('Apple M2 Pro');
  });

  it('shows the stages of a certificate in microseconds', () => {
    expect(report.extras[0]).toMatchObject({
      heads: ['certificate', 'parse', 'sign', 'together'],
      rows: [['P-256 under P-256', '20.0 us', '40.0 us', '60.0 us']],
    });
  });

  it('says what was not measured, and why', () => {
    expect(report.notes).toContain('NOT MEASURED: broker, all JavaScript (nobody started it).');
    expect(brokerText(report)).toContain('nobody started it');
  });

  it('is text with a table for each group', () => {
    const text = brokerText(report);
    expect(text).toMatch(/^hash: throughput$/m);
    expect(text).toMatch(/^targets$/m);
    expect(text).toMatch(/10\.0x +met ≥ 5x$/m);
  });

  it('is Markdown that escapes what would break a table', () => {
    const markdown = brokerMarkdown(report);
    expect(markdown).toContain('| CPU | a \\| b |');
    expect(markdown).toContain('### targets');
    expect(markdown).toContain('### hash: throughput');
  });

  it('is one array of records, each of them complete and unique', () => {
    const records = requireRecords(rowRecords('broker', report.rows));
    expect(records).toHaveLength(report.rows.length);
    expect(records[0]).toMatchObject({ bench: 'broker', unit: 'req/s' });
  });

  it('says nothing of targets where none was judged', () => {
    const digests = CASES.filter(({ group }) => group === 'digests');
    const few = brokerReport({
      ...{ facts, inside: [], rounds: 1 },
      measurements: {
        ...sampleMeasurements(digests),
        ...{ starts: new Map(), peaks: new Map(), overloads: new Map(), abuses: new Map() },
        stages: new Map(),
      },
    });
    expect(brokerText(few)).not.toMatch(/^targets$/m);
    expect(few.notes).toContain('0 of 0 targets met.');
    expect(few.notes.join(' ')).toContain('not figures to publish');
  });
});
