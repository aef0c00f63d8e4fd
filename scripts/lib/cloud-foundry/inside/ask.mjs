// Runs in the container, under the droplet's Node: one HTTP request; prints {"status": …, "body": …}.

const [url, timeoutMs] = process.argv.slice(2);
const late = new AbortController();
setTimeout(() => late.abort(), Number(timeoutMs)).unref();
const response = await fetch(url, { signal: late.signal });
console.log(JSON.stringify({ status: response.status, body: await response.text() }));
