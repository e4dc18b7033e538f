// `linecheck call` and the servers, as a user sees them.
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {createServer} from 'node:http';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {after, before, test} from 'node:test';
import {fakeOpenAi, fakeTwilio} from '../fakes.js';
import {freePort, start} from '../process.js';

const folder = mkdtempSync(path.join(tmpdir(), 'linecheck-call-'));
const record = path.join(folder, 'heard.wav');
let openai;
let bridge;
let port;

/** Runs `linecheck call` to its end. */
function linecheckCall(...args) {
  const child = spawn(path.join(process.env.LINECHECK_BIN, 'linecheck'), ['call', ...args]);
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  return new Promise((resolve) => child.on('close', (code) => resolve({code, output})));
}

before(async () => {
  openai = await fakeOpenAi('--seed', '1');
  port = await freePort();
  bridge = await start(process.execPath, [path.join(import.meta.dirname, 'node/bridge.js')], {
    ready: /^ready/m,
    env: {PORT: String(port), OPENAI_URL: openai.realtime},
  });
});
after(async () => {
  await bridge?.stop();
  await openai?.stop();
  rmSync(folder, {recursive: true});
});

test('a caller who is answered is what the exit status says', async () => {
  const {code, output} = await linecheckCall(
    `http://127.0.0.1:${port}/voice`, '--say', 'Hello, can you hear me', '--record', record);
  assert.equal(code, 0, output);
  assert.match(output, /caller: say Hello, can you hear me/);
  assert.match(output, /verdict +normal/);
  assert.ok(output.split('\n').every((line) => line.length <= 80), `a line is longer than 80 columns:\n${output}`);
  assert.ok(readFileSync(record).length > 44 + 16_000, 'less than a second was recorded');
});

test('a bridge that swallows the answer is told from one that speaks', async () => {
  await openai.script({model: [{when: 'anything', times: 'any', reply: {transcript: 'Hello.', audio: 'none'}}]});
  const {code, output} = await linecheckCall(`http://127.0.0.1:${port}/voice`, '--say', 'hello', '--for', '3s');
  assert.equal(code, 1, output);
  assert.match(output, /received from the bridge +0\.00 s/);
  assert.match(output, /linecheck openai/);
});

test('TwiML that opens no stream is named', async () => {
  const server = createServer((request, response) => {
    response.writeHead(200, {'Content-Type': 'text/xml'}).end(
      '<Response><Connect><Stream url="ws://127.0.0.1:1/media" track="both_tracks"/></Connect></Response>');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const {code, output} = await linecheckCall(`http://127.0.0.1:${server.address().port}/voice`, '--for', '1s');
  server.close();
  assert.equal(code, 1, output);
  assert.match(output, /error 31941/);
  assert.match(output, /verdict +stream_never_started/);
});

test('bad usage is told from a bad bridge', async () => {
  for (const args of [['nonsense'], ['http://127.0.0.1:1/voice', '--for', 'long'], []]) {
    const {code, output} = await linecheckCall(...args);
    assert.equal(code, 2, output);
  }
});

test('the servers end politely', async () => {
  const twilio = await fakeTwilio('--quiet');
  const session = new WebSocket(openai.realtime, ['realtime', 'openai-insecure-api-key.sk-test']);
  await new Promise((resolve) => session.addEventListener('message', resolve, {once: true}));
  const closed = new Promise((resolve) => session.addEventListener('close', resolve, {once: true}));
  assert.equal(await openai.stop(), 0);
  assert.equal((await closed).code, 1001);
  assert.equal(await twilio.stop(), 0);
});
