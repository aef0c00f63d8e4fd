import { expect, it } from 'vitest';
import { FIELD_LIMITS } from '../../../src/broker/validation.ts';
import { LIMITS } from '../../../src/client/limits.ts';

it('the client refuses exactly what the server would refuse for its size', () => {
  // The id of a request is the library's own, so the client has no limit for it.
  const { metadataId, ...limits } = FIELD_LIMITS;
  expect(metadataId).toBeGreaterThanOrEqual('00000000-0000-4000-8000-000000000000'.length);
  expect(LIMITS).toEqual(limits);
});
