import { describe, expect, it } from 'vitest';
import { HealthRegistry } from '../../../src/grpc/health-registry.ts';
import { expectFailure } from '../../support/failures.ts';

const SERVICE = 'a.Service';

describe('HealthRegistry', () => {
  it('says NOT_SERVING until it is told otherwise, the same for the server and its services', () => {
    const health = new HealthRegistry([SERVICE]);
    expect([health.check(''), health.check(SERVICE)]).toEqual(['NOT_SERVING', 'NOT_SERVING']);
    health.set('SERVING');
    expect([health.check(''), health.check(SERVICE)]).toEqual(['SERVING', 'SERVING']);
  });

  it('tells an observer at once and at each change, and not when nothing changes', () => {
    const health = new HealthRegistry([]);
    const seen: string[] = [];
    health.observe((status) => seen.push(status));
    health.set('SERVING');
    health.set('SERVING');
    health.end();
    expect(seen).toEqual(['NOT_SERVING', 'SERVING', 'NOT_SERVING']);
  });

  it('does not know other services', async () => {
    await expectFailure(() => new HealthRegistry([]).check('other'), 'SERVICE_UNKNOWN');
  });

  it('tells a watcher at once, at each change, and ends with NOT_SERVING', async () => {
    const health = new HealthRegistry([SERVICE]);
    const watch = health.watch(SERVICE, new AbortController());
    expect((await watch.next()).value).toBe('NOT_SERVING');
    const change = watch.next();
    health.set('SERVING');
    expect((await change).value).toBe('SERVING');
    const last = watch.next();
    health.end();
    expect((await last).value).toBe('NOT_SERVING');
    expect((await watch.next()).done).toBe(true);
  });

  it('does not repeat itself, and spares a slow watcher what was true in between', async () => {
    const health = new HealthRegistry([]);
    const watch = health.watch('', new AbortController());
    await watch.next();
    health.set('SERVING');
    health.set('NOT_SERVING');
    health.set('SERVING');
    expect((await watch.next()).value).toBe('SERVING');
    const next = watch.next();
    health.set('SERVING');
    health.end();
    expect((await next).value).toBe('NOT_SERVING');
  });

  it('ends a watch whose caller goes, and forgets it', async () => {
    const health = new HealthRegistry([]);
    const controller = new AbortController();
    const watch = health.watch('', controller);
    await watch.next();
    const next = watch.next();
    controller.abort();
    expect((await next).done).toBe(true);
  });

  it('tells SERVICE_UNKNOWN once for a name that is not served, and ends with the server', async () => {
    const health = new HealthRegistry([]);
    const watch = health.watch('other', new AbortController());
    expect((await watch.next()).value).toBe('SERVICE_UNKNOWN');
    const next = watch.next();
    health.set('SERVING');
    health.end();
    expect((await next).done).toBe(true);
  });
});
