// Writes docs/errors.md from the table in src/errors/codes.ts. Needs Node 24 (type stripping).
//
//   node scripts/with-node.mjs scripts/generate-errors.mjs [--check]

import { join } from 'node:path';
import { ERROR_CODES, EXIT } from '../src/errors/codes.ts';
import { writeOrCheck } from './lib/generated-file.mjs';
import { projectRoot } from './lib/paths.mjs';

const INTRO = `# Errors

<!-- Made by scripts/generate-errors.mjs from src/errors/codes.ts. Change the table there. -->

Every failure has a stable code. Over gRPC it comes in the trailer \`cryptobroker-error\`, beside the status; the CLI prints it
to standard error; the client library has it as \`error.code\`. Messages may be reworded, codes are not: branch on the code.

Messages about a request read \`field: what is wrong\`. No message holds a key, a payload or a path of the host. An unexpected
failure is INTERNAL with an incident id (trailer \`cryptobroker-incident\`); the server's log has the detail under that id.

None of the statuses a client library retries by default (UNAVAILABLE, ABORTED) is ever used for a mistake in a request.
RESOURCE_EXHAUSTED means a full queue or outbox (QUEUE_FULL, VAULT_OUTBOX_FULL), or a message beyond the transport's cap of 4 MiB, which is refused before
it is read and has no code of ours.
`;

const EXIT_TEXT = {
  ok: 'all went well',
  failed: 'the operation failed',
  usage: 'the command line is wrong',
  configuration: 'a setting or a profile is wrong',
  listen: 'a socket cannot be opened',
  selfCheck: 'the native core or its FIPS provider did not pass the self-check',
};

const row = (cells) => `| ${cells.join(' | ')} |`;

/** A table of the codes for which `keep` holds. */
function table(keep, column) {
  const lines = [
    row(['code', column.title, 'what has happened', 'what to do']),
    row(['---', '---', '---', '---']),
  ];
  for (const [code, definition] of Object.entries(ERROR_CODES)) {
    if (keep(definition)) {
      lines.push(
        row([`\`${code}\``, column.value(definition), definition.meaning, definition.remedy]),
      );
    }
  }
  return lines.join('\n');
}

const exits = [row(['exit code', 'meaning']), row(['---', '---'])];
for (const [name, code] of Object.entries(EXIT)) exits.push(row([String(code), EXIT_TEXT[name]]));

const document = [
  INTRO,
  '## Requests\n',
  table((definition) => definition.exit === EXIT.failed, {
    title: 'gRPC status',
    value: (definition) => definition.status,
  }),
  '\n## Start and command line\n',
  table((definition) => definition.exit !== EXIT.failed, {
    title: 'exit code',
    value: (definition) => String(definition.exit),
  }),
  '\n## Exit codes\n',
  'The same for every program and command.\n',
  exits.join('\n'),
  '',
].join('\n');

writeOrCheck(join(projectRoot, 'docs', 'errors.md'), document);
