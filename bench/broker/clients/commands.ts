import { join } from 'node:path';

import type { ClientName } from '../contenders.ts';
import type { Programs } from '../programs/programs.ts';
import type { LoadCommand } from './run-load.ts';

/** How a client is started, or why there is none. */
export type ClientCommand =
  | {
      readonly command: LoadCommand;
      /** It has to be compiled while it runs. */ readonly script: boolean;
    }
  | { readonly missing: string };

const OWN_CLIENT = join(import.meta.dirname, 'run-own-client.ts');

export function commandOf(client: ClientName, programs: Programs): ClientCommand {
  switch (client) {
    case 'light':
      return built(programs.loadClient);
    case 'go':
      return built(programs.goClient);
    default: {
      const transport = client.slice('client-'.length);
      const command = [process.execPath, OWN_CLIENT, '--transport', transport] as const;
      return { command, script: true };
    }
  }
}

function built(program: Programs['loadClient']): ClientCommand {
  return 'missing' in program ? program : { command: [program.path], script: false };
}
