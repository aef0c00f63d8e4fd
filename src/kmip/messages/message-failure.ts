import { KmipFailure, type Failure } from '../failure.ts';
import type { KmipVersion } from '../version.ts';

/** A whole message that is refused, with what its answer needs to know. */
export class MessageFailure extends KmipFailure {
  /** Version to answer in: the message's, else the nearest lower one that is spoken here, else 1.0. */
  readonly version: KmipVersion;
  /** To be echoed, when the message came as far as that. */
  readonly clientCorrelationValue: string | undefined;

  constructor(
    failure: Failure,
    message: string,
    version: KmipVersion,
    options: ErrorOptions & { readonly clientCorrelationValue?: string | undefined } = {},
  ) {
    super(failure, message, options);
    this.version = version;
    this.clientCorrelationValue = options.clientCorrelationValue;
  }
}
