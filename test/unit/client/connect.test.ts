import { describe, expect, it } from 'vitest';
import { connect } from '../../../src/client/index.ts';

describe('connect', () => {
  it.each([
    [{ socket: '' }, 'socket'],
    [{ socket: 7 }, 'socket'],
    [{ deadlineMs: 0 }, 'deadlineMs'],
    [{ retry: { attempts: 0 } }, 'retry.attempts'],
    [{ retry: { attempts: 1.5 } }, 'retry.attempts'],
    [{ retry: { initialDelayMs: -1 } }, 'retry.initialDelayMs'],
    [{ retry: { maxDelayMs: NaN } }, 'retry.maxDelayMs'],
    [{ transport: 'http3' }, 'transport'],
  ])('refuses %j and names the option', (options, field) => {
    expect(() => connect(options as never)).toThrow(
      expect.objectContaining({ code: 'INPUT_INVALID', field }) as Error,
    );
  });
});
