// Opens many connections to a Unix socket, says no more than that it speaks HTTP/2 on every second one, and keeps its end
// of all of them until it is killed. Arguments: the path and how many. Prints what has become of them, a line of JSON each
// time that has changed.
import { createConnection } from 'node:net';
import { PREFACE, settingsFrame } from '../../../support/http2/frames.ts';

const [path = '', count = '0'] = process.argv.slice(2);
/** As many as may be under way at a time: a Unix socket refuses those beyond the backlog of its server. */
const UNDER_WAY = 128;
const REPORT_MS = 20;

const GREETING = Buffer.concat([PREFACE, settingsFrame([])]);
const tally = { open: 0, ended: 0 };
let begun = 0;
let reported = '';

function openOne(): void {
  const index = begun;
  begun += 1;
  attempt(index);
}

function attempt(index: number): void {
  // Half open, so that an end of the server's does not free the descriptor here.
  const connection = createConnection({ path, allowHalfOpen: true });
  let connected = false;
  let over = false;
  const end = (): void => {
    if (connected && !over) tally.ended += 1;
    over = true;
  };
  connection.once('connect', () => {
    connected = true;
    tally.open += 1;
    if (index % 2 === 0) connection.write(GREETING);
    connection.resume();
    if (begun < Number(count)) openOne();
  });
  connection.once('end', end);
  // One that is closed before its greeting was read ends with an error.
  connection.once('close', end);
  connection.on('error', (error: NodeJS.ErrnoException) => {
    if (connected) return;
    if (error.code !== 'EAGAIN') throw error;
    setImmediate(attempt, index);
  });
}

for (let first = 0; first < UNDER_WAY; first += 1) openOne();
setInterval(() => {
  const now = JSON.stringify(tally);
  if (now === reported) return;
  reported = now;
  process.stdout.write(`${now}\n`);
}, REPORT_MS);
