import { describe, expect, it } from 'vitest';

import { caseId, CASES, GROUPS } from '../../../../bench/broker/cases.ts';
import { contenderId } from '../../../../bench/broker/contenders.ts';
import { RATIO_TARGETS } from '../../../../bench/broker/targets.ts';

describe('the table of cases', () => {
  it('names every case once, in groups that are all used', () => {
    const ids = CASES.map(caseId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(CASES.map(({ group }) => group))).toEqual(new Set(GROUPS));
  });

  it('holds everybody against Go or the bare socket, and whoever is watched against the same unwatched', () => {
    for (const { group, contenders } of CASES) {
      const references = group === 'telemetry' ? ['native'] : ['go', 'go-quiet', 'floor'];
      expect(references).toContain(contenders[0]?.subject);
      expect(contenders.length).toBeGreaterThan(1);
    }
  });

  it('measures no contender of a case twice', () => {
    for (const { contenders } of CASES) {
      expect(new Set(contenders.map(contenderId)).size).toBe(contenders.length);
    }
  });

  it('has a case and a contender for every target', () => {
    for (const { of, client, subject } of RATIO_TARGETS) {
      const found = CASES.find((one) => caseId(one) === of);
      expect(found?.contenders.map(contenderId), of).toContain(contenderId({ client, subject }));
      expect(found?.contenders[0]?.subject).toBe('go');
    }
  });

  it('has some of every kind for the quick run', () => {
    const quick = CASES.filter((one) => one.quick);
    expect(new Set(quick.map(({ group }) => group))).toEqual(
      new Set(['hash', 'health', 'clients', 'certificates']),
    );
    expect(quick.length).toBeLessThan(15);
  });
});
