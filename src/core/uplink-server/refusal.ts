import type { CoreErrorName } from '../../uplink-wire/index.ts';

/** Something that the Core will not do for a Gateway. `message` is for the Gateway's log: no secret in it. */
export class UplinkRefusal extends Error {
  override readonly name = 'UplinkRefusal';
  readonly code: CoreErrorName;

  constructor(code: CoreErrorName, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
