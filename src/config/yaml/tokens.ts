import { Lexer, Parser, type CST, type LineCounter } from 'yaml';

/** Thrown while parsing, before the whole input has been looked at. */
export class TooComplex extends Error {
  override readonly name = 'TooComplex';
  /** Offset of the character that went beyond the limit. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/**
 * The concrete syntax tree of `text`. The parser keeps its own stack, so depth costs no call stack here; what comes
 * after it recurses, therefore the limits are enforced token by token and a bomb is refused after its first bytes.
 */
export function* parseTokens(
  text: string,
  lines: LineCounter,
  limits: { readonly depth: number; readonly tokens: number },
): Generator<CST.Token, void> {
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  let count = 0;
  for (const source of new Lexer().lex(text)) {
    count += 1;
    if (count > limits.tokens) {
      throw new TooComplex('the file holds too many values', parser.offset);
    }
    const start = parser.offset;
    yield* parser.next(source);
    if (openCollections(parser.stack) > limits.depth) {
      throw new TooComplex(`values are nested deeper than ${limits.depth}`, start);
    }
  }
  yield* parser.end();
}

/** The stack holds the document, every collection that is open, and perhaps a scalar that is being read. */
function openCollections(stack: readonly CST.Token[]): number {
  const top = stack.at(-1);
  const atCollection = top !== undefined && 'items' in top;
  return stack.length - (atCollection ? 1 : 2);
}
