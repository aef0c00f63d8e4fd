import { describe, expect, it } from 'vitest';
import { isCalendarDate } from '../../../src/profile/calendar-date.ts';

describe('a calendar date', () => {
  it.each(['2026-01-01', '2028-02-29', '2000-02-29', '0001-01-01', '9999-12-31'])(
    'exists: %s',
    (date) => {
      expect(isCalendarDate(date)).toBe(true);
    },
  );

  it.each([
    '2026-02-29',
    '1900-02-29',
    '2026-04-31',
    '2026-00-10',
    '2026-13-01',
    '2026-1-1',
    '26-01-01',
    '',
  ])('does not exist: %j', (date) => {
    expect(isCalendarDate(date)).toBe(false);
  });
});
