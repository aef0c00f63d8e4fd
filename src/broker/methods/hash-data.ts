import type { Digests } from '../../crypto/provider.ts';
import type { CallContext } from '../../grpc/method.ts';
import type { Descriptor, PolicySnapshot } from '../../profile/index.ts';
import type { RequestMetadata, ResponseMetadata } from '../request-metadata.ts';
import { checkMetadata, checkProfileName, checkSize, FIELD_LIMITS } from '../validation.ts';
import type { WorkQueue } from '../work-queue.ts';
import { deprecationOf, notOffered } from './profile-answer.ts';

/** A request to hash, in no particular generation of the wire. */
export interface HashDataRequest {
  readonly profile: string;
  readonly input: Uint8Array;
  readonly metadata: RequestMetadata | undefined;
  readonly format: 'hex' | 'raw';
}

export interface HashDataResult {
  readonly value:
    | { readonly format: 'hex'; readonly hex: string }
    | { readonly format: 'raw'; readonly bytes: Uint8Array };
  readonly descriptor: Descriptor;
  readonly metadata: ResponseMetadata;
}

export type HashDataHandler = (
  request: HashDataRequest,
  call: CallContext,
) => HashDataResult | Promise<HashDataResult>;

/** Hashes with the algorithm of the profile: short inputs at once, long ones in turn on the core's threads. */
export function hashDataHandler(options: {
  readonly policies: PolicySnapshot;
  readonly digests: Digests;
  readonly queue: WorkQueue;
}): HashDataHandler {
  const { policies, digests, queue } = options;
  return (request, call) => {
    checkProfileName(request.profile);
    checkMetadata(request.metadata);
    checkSize('input', request.input, FIELD_LIMITS.hashInput);
    const policy = policies.require(request.profile);
    if (policy.hashData === undefined) throw notOffered('HashData');
    const { algorithm, digest, descriptor } = policy.hashData;
    const metadata = { request: request.metadata, deprecation: deprecationOf(policy) };
    const { input } = request;
    if (input.byteLength > digest.asyncAbove) {
      return queue
        .run(call, () => digests.async(algorithm, input))
        .then((bytes) => ({ value: formatted(request.format, bytes), descriptor, metadata }));
    }
    if (request.format === 'hex') {
      return { value: { format: 'hex', hex: digests.hex(algorithm, input) }, descriptor, metadata };
    }
    const bytes = new Uint8Array(digest.outputLength);
    digests.into(algorithm, input, bytes);
    return { value: { format: 'raw', bytes }, descriptor, metadata };
  };
}

function formatted(format: HashDataRequest['format'], bytes: Uint8Array): HashDataResult['value'] {
  return format === 'hex' ? { format, hex: Buffer.from(bytes).toString('hex') } : { format, bytes };
}
