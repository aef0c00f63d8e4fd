import { Client, credentials, type ServiceError } from '@grpc/grpc-js';
import { CORE_ADMIN, type UnaryWireMethod } from '../../../src/uplink-wire/index.ts';
import { isErrorCode, type ErrorCode } from '../../../src/errors/index.ts';

/** A refusal by the Core's administration. */
export class AdminFailure extends Error {
  readonly code: ErrorCode | undefined;
  readonly status: number;

  constructor(error: ServiceError) {
    super(error.details);
    const [code] = error.metadata.get('cryptobroker-error');
    this.code = typeof code === 'string' && isErrorCode(code) ? code : undefined;
    this.status = error.code;
  }
}

/** CoreAdminService over its Unix socket. */
export class AdminClient {
  readonly #client: Client;

  constructor(socket: string) {
    this.#client = new Client(`unix:${socket}`, credentials.createInsecure(), {
      'grpc.enable_retries': 0,
      'grpc.use_local_subchannel_pool': 1,
    });
  }

  /** Rejects with AdminFailure. */
  async call<Request, Response>(
    method: UnaryWireMethod<Request, Response>,
    request: Request,
  ): Promise<Response> {
    return await new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        method.path,
        (bytes: Buffer) => bytes,
        (bytes: Buffer) => bytes,
        Buffer.from(method.request.encode(request)),
        { deadline: Date.now() + 10_000 },
        (error, response) => {
          if (error !== null) reject(new AdminFailure(error));
          else resolve(method.response.decode(response ?? Buffer.alloc(0)));
        },
      );
    });
  }

  close(): void {
    this.#client.close();
  }
}

export { CORE_ADMIN };
