import { describe, expect, it } from 'vitest';
import { ProbeHealth } from '../../../src/grpc/probe-health.ts';
import { expectFailure } from '../../support/failures.ts';

const SERVICES = ['', 'a.Service', 'readiness'];

function program(): { readonly state: { ready: boolean }; readonly health: ProbeHealth } {
  const state = { ready: true };
  return { state, health: new ProbeHealth(['a.Service'], () => state.ready) };
}

describe('the health of a program', () => {
  it('is liveness that never changes, and readiness that does', () => {
    const { state, health } = program();
    expect(SERVICES.map((name) => health.check(name))).toEqual(SERVICES.map(() => 'SERVING'));
    state.ready = false;
    expect(SERVICES.map((name) => health.check(name))).toEqual(SERVICES.map(() => 'NOT_SERVING'));
    expect(health.check('liveness')).toBe('SERVING');
  });

  it('is not known of other names', async () => {
    await expectFailure(() => program().health.check('livenes'), 'SERVICE_UNKNOWN');
  });

  it('is told to those who watch, and ends as not ready for good', async () => {
    const { state, health } = program();
    const watch = health.watch('readiness', new AbortController());
    expect((await watch.next()).value).toBe('SERVING');
    const change = watch.next();
    state.ready = false;
    health.refresh();
    expect((await change).value).toBe('NOT_SERVING');
    health.end();
    state.ready = true;
    health.refresh();
    expect(health.check('readiness')).toBe('NOT_SERVING');
    expect((await watch.next()).done).toBe(true);
  });

  it('tells those who watch for life that there is some, until the end', async () => {
    const { health } = program();
    const watch = health.watch('liveness', new AbortController());
    expect((await watch.next()).value).toBe('SERVING');
    const last = watch.next();
    health.end();
    expect((await last).value).toBe('NOT_SERVING');
    expect((await watch.next()).done).toBe(true);
    expect(health.check('liveness')).toBe('SERVING');
  });
});
