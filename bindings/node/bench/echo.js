'use strict';
/* Echo of 1 KiB at a server that runs elsewhere, one JSON line:
 *
 *   node echo.js ADDRESS HOTKEY one|many SECONDS
 *
 * One call in flight or 32, after half a second of warm-up. */
const { Client, Signer } = require('..');

const IN_FLIGHT = { one: 1, many: 32 };
const WARM_UP_MS = 500;

async function measure(client, peer, inFlight, ms) {
  const data = { b: Buffer.alloc(1024) };
  const times = [];
  const start = performance.now();
  const end = start + ms;
  await Promise.all(Array.from({ length: inFlight }, async () => {
    for (let begin = performance.now(); begin < end;) {
      await client.call(peer, 'echo', data);
      const now = performance.now();
      times.push(now - begin);
      begin = now;
    }
  }));
  const seconds = (performance.now() - start) / 1000;
  times.sort((a, b) => a - b);
  return { calls: times.length, seconds, p50_us: 1000 * times[Math.floor(times.length / 2)] };
}

async function main() {
  const [address, hotkey, mode, seconds] = process.argv.slice(2);
  const inFlight = IN_FLIGHT[mode];
  if (inFlight === undefined || !(Number(seconds) > 0)) {
    console.error('usage: echo.js ADDRESS HOTKEY one|many SECONDS');
    process.exit(2);
  }
  const client = new Client(Signer.fromSeed(Buffer.alloc(32, 2)));
  const peer = { hotkey, address };
  await measure(client, peer, inFlight, WARM_UP_MS);
  console.log(JSON.stringify(await measure(client, peer, inFlight, 1000 * Number(seconds))));
  await client.close();
}

main();
