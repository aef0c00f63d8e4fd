import { BrokerError, EXIT, type ErrorCode, type ExitCode } from '../errors/index.ts';

/** What to do next where the command line knows better than the table of codes. */
const NEXT_STEPS: Readonly<Partial<Record<ErrorCode, string>>> = {
  METHOD_CLOSED: 'start the server with development methods: `cryptobroker server --dev`',
  UNAVAILABLE:
    'start one with `cryptobroker server`, give its socket with --socket, or let --wait wait for it',
};

/**
 * Prints what went wrong, its stable code and what to do next, and returns the exit code. What is not a BrokerError is
 * a fault of this program: its message is printed too, since it is the only trace there is.
 */
export function reportError(error: unknown, writeError: (text: string) => void): ExitCode {
  if (!(error instanceof BrokerError)) {
    writeError(
      `error: unexpected failure: ${oneScreen(error instanceof Error ? error.message : String(error))}\n`,
    );
    return EXIT.failed;
  }
  const { code, definition } = error;
  writeError(
    `error: ${oneScreen(error.message)}\n  code: ${code}\n  next: ${NEXT_STEPS[code] ?? definition.remedy}\n`,
  );
  return definition.exit;
}

/** Control and formatting characters, line feeds excepted. */
const INVISIBLE = /[^\P{Cc}\n]|\p{Cf}/gu;

/** A text that may come from a server or a file, without what would move the cursor, colour it or reorder it. */
function oneScreen(text: string): string {
  return text.replace(
    INVISIBLE,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
