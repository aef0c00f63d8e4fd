import { join } from 'node:path';
import { expect, it } from 'vitest';
import { callLocal } from '../../../src/cli/local/call-local.ts';
import { CORE_ADMIN } from '../../../src/uplink-wire/index.ts';
import { failureOf } from '../../support/failures.ts';
import { scratchDirectory } from '../../support/scratch.ts';

it('a call to a program that does not run says which socket nobody answers on', async () => {
  const socket = join(scratchDirectory(), 'core.sock');
  expect(await failureOf(() => callLocal(socket, CORE_ADMIN.getStatus, {}))).toEqual({
    code: 'LOCAL_UNREACHABLE',
    message: `nothing answers on ${socket}`,
  });
});
