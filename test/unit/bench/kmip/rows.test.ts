import { describe, expect, it } from 'vitest';

import { planTrials, type SubjectName, type Trial } from '../../../../bench/kmip/cases.ts';
import type { Measured, TrialMeasurements } from '../../../../bench/kmip/measurements.ts';
import { notes } from '../../../../bench/kmip/report/notes.ts';
import { kmipRows } from '../../../../bench/kmip/report/rows.ts';
import { rowMarkdown, rowRecords, terminalReport } from '../../../../bench/report/row-report.ts';
import { requireRecords } from '../../../../bench/report/record.ts';

const measured = (values: Partial<Measured>): Measured => ({
  ...{ requests: 1000, perSecond: 1000, p50: 100, p90: 200, p99: 300, p999: 400, max: 500 },
  ...{ tls: 'TLSv1.3 TLS_AES_256_GCM_SHA384', requestBytes: 152, responseBytes: 312, cpu: {} },
  ...values,
});

function trialOf(
  trial: Trial,
  bySubject: Partial<Record<SubjectName, readonly Partial<Measured>[]>>,
  floor: readonly number[] = [],
): TrialMeasurements {
  const entries = Object.entries(bySubject) as [SubjectName, readonly Partial<Measured>[]][];
  return {
    trial,
    bySubject: new Map(entries.map(([name, rounds]) => [name, rounds.map(measured)])),
    floor,
  };
}

const createGet: Trial = {
  request: 'create-get',
  connections: 8,
  subjects: ['gateway', 'kmip-go'],
};
const getOne: Trial = { request: 'get', connections: 1, subjects: ['gateway', 'kmip-go'] };
const getLow: Trial = { ...getOne, connections: 8, perSecond: 200 };
const createOne: Trial = { ...getOne, request: 'create', floor: true };

describe('a row', () => {
  it('has the medians of the rounds, and a ratio above 1 where the Gateway answers more requests', () => {
    const [row] = kmipRows(
      [
        trialOf(createGet, {
          gateway: [{ perSecond: 4000 }, { perSecond: 8000 }, { perSecond: 100 }],
          'kmip-go': [{ perSecond: 2000 }, { perSecond: 1000 }, { perSecond: 4000 }],
        }),
      ],
      [],
    );
    expect(row).toMatchObject({
      unit: 'req/s',
      figure: { median: 4000, min: 100, max: 8000 },
      reference: { median: 2000 },
      ratio: 2,
      verdict: { target: '≥ 0.7x', met: true },
    });
  });

  it.each([
    [700, true],
    [699, false],
  ])('says whether %d requests a second against 1000 are enough: %s', (perSecond, met) => {
    const [row] = kmipRows(
      [trialOf(createGet, { gateway: [{ perSecond }], 'kmip-go': [{ perSecond: 1000 }] })],
      [],
    );
    expect(row?.verdict?.met).toBe(met);
  });

  it('has a ratio above 1 where the Gateway takes less time', () => {
    const rows = kmipRows(
      [
        trialOf(getLow, {
          gateway: [{ p50: 100, p99: 1000 }],
          'kmip-go': [{ p50: 200, p99: 500 }],
        }),
      ],
      [],
    );
    expect(rows).toMatchObject([
      { unit: 'us', ratio: 2, verdict: { target: '< 0.2 ms', met: true } },
      { unit: 'us', ratio: 0.5, verdict: { target: '< 1 ms', met: false } },
    ]);
  });

  it.each([
    [500, true],
    [501, false],
  ])('allows a durable Create the time of the disk and 200 us: %d us of 300, %s', (p50, met) => {
    const rows = kmipRows([trialOf(createOne, { gateway: [{ p50 }] }, [300])], []);
    expect(rows).toMatchObject([
      { referenceName: 'append 4 KiB + fdatasync', reference: { median: 300 }, verdict: { met } },
    ]);
  });

  it('adds what a larger vault costs inside to what a Get takes over the network', () => {
    const trials = [trialOf(getOne, { gateway: [{ p50: 100 }] })];
    const sizes = [
      { keys: 10, p50: [20, 22, 21], p99: [90, 90, 90] },
      { keys: 1000, p50: [70, 72, 72], p99: [90, 90, 90] },
    ];
    expect(kmipRows(trials, sizes)).toMatchObject([
      { figure: { median: 72 }, reference: { median: 21 }, verdict: undefined },
      { figure: { median: 151 }, reference: { median: 100 }, verdict: { met: false } },
    ]);
  });

  it('is left out where one of the two was not measured', () => {
    expect(kmipRows([trialOf(createGet, { gateway: [{}] })], [])).toEqual([]);
  });

  it('counts the processor time of the Gateway alone, not that of the Core', () => {
    const rows = kmipRows(
      [
        trialOf(createGet, {
          gateway: [{ cpu: { gateway: 80, core: 30 } }],
          'kmip-go': [{ cpu: { 'kmip-go': 40 } }],
        }),
      ],
      [],
    );
    expect(rows[1]).toMatchObject({ unit: 'us/req', figure: { median: 80 }, ratio: 0.5 });
  });
});

describe('the report', () => {
  const trials = [
    trialOf(createGet, {
      gateway: [{ backlog: 12, cpu: { gateway: 80, core: 30 } }],
      'kmip-go': [{ cpu: { 'kmip-go': 40 } }],
    }),
  ];
  const rows = kmipRows(trials, []);
  const remarks = notes(trials, rows, new Map([['pykmip', 'no Python']]), 1);
  const facts = [{ label: 'CPU', value: 'a | b' }];

  it('says what was not measured, how many targets were met, and that one round is not enough', () => {
    expect(remarks.join('\n')).toContain('1 of 1 targets met');
    expect(remarks.join('\n')).toContain('NOT MEASURED: pykmip (no Python)');
    expect(remarks.join('\n')).toContain('Fewer than 3 rounds');
    expect(remarks.join('\n')).toContain('at most 12 keys waited for the Core');
  });

  it('is a table for people, in a terminal and in a document', () => {
    expect(terminalReport({ facts, rows, notes: remarks })).toMatch(
      /Create\+Get .*1\.00x {2}met ≥ 0\.7x/,
    );
    expect(rowMarkdown({ facts, rows, notes: remarks })).toContain('| CPU | a \\| b |');
    expect(rowMarkdown({ facts, rows, notes: remarks })).toContain('### as fast as it goes');
  });

  it('is records that a program can read, each of its own case', () => {
    expect(requireRecords(rowRecords('kmip', rows))).toMatchObject([
      { bench: 'kmip', unit: 'req/s', subject: 'gateway', value: 1000, reference: 1000, ratio: 1 },
      { bench: 'kmip', unit: 'us/req', value: 80, reference: 40, ratio: 0.5 },
    ]);
  });
});

describe('the plan', () => {
  it('measures every operation at one, eight and 32 connections, and a Get at a low rate', () => {
    const trials = planTrials(false);
    for (const request of ['create', 'get', 'create-get', 'state']) {
      const closed = trials.filter((t) => t.request === request && t.perSecond === undefined);
      expect(closed.map(({ connections }) => connections)).toEqual([1, 8, 32]);
    }
    expect(trials.some(({ perSecond }) => perSecond === 200)).toBe(true);
    expect(trials.filter(({ floor }) => floor)).toHaveLength(1);
  });

  it('has records of different names, whatever was measured', () => {
    const everything = planTrials(false).map((trial) => {
      const cpu = { gateway: 10, 'kmip-go': 10 };
      return trialOf(
        trial,
        Object.fromEntries(trial.subjects.map((name) => [name, [{ cpu }]])),
        [1],
      );
    });
    const sizes = [10, 100].map((keys) => ({ keys, p50: [1], p99: [1] }));
    expect(() => requireRecords(rowRecords('kmip', kmipRows(everything, sizes)))).not.toThrow();
  });
});
