import { BrokerError } from '../../errors/index.ts';
import { checkMetadata } from '../validation.ts';
import type { RequestMetadata, ResponseMetadata } from '../request-metadata.ts';

export interface FakeEndpointRequest {
  readonly metadata: RequestMetadata | undefined;
}

export interface FakeEndpointResult {
  readonly message: string;
  readonly metadata: ResponseMetadata;
}

export type FakeEndpointHandler = (request: FakeEndpointRequest) => FakeEndpointResult;

/** Every so many calls one succeeds. */
const PERIOD = 5;

/** Fails four times out of five, so that a client can try its retries. The count is one for all callers. */
export function fakeEndpointHandler(): FakeEndpointHandler {
  let calls = 0;
  return (request) => {
    checkMetadata(request.metadata);
    calls += 1;
    if (calls % PERIOD !== 0) {
      throw new BrokerError('UNAVAILABLE', 'fake endpoint is temporarily down');
    }
    return {
      message: 'Fake endpoint called successfully',
      metadata: { request: request.metadata },
    };
  };
}
