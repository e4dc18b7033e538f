// What breaks below the protocols, on real sockets: what the caller hears then, and that the call has exactly one
// verdict. docs/failures.md is the page that operators read; its rows have the same names.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import {after, afterEach, before, beforeEach, test} from 'node:test';
import {fakeOpenAi, fakeTwilio} from '../fakes.js';
import {freePort} from '../process.js';
import {startBridge, sum, twilioOptions, until, verdicts} from './bridge.js';
import {startProxy} from './proxy.js';

const CALLER = {
  caller: [
    {wait: '300ms'},
    {say: {clip: 'hello-world.wav'}},
    {wait_for: 'bot_speaking', for: '1s'},
    {listen: '4s'},
    'hang_up',
  ],
};
/** Says it again when no answer comes, or has come. */
const TWICE = {
  caller: [
    {wait: '300ms'},
    {say: {clip: 'hello-world.wav'}},
    {wait_for: 'bot_speaking', for: '1s', at_most: '3s'},
    {wait_for: 'silence', for: '1s', at_most: '6s'},
    {say: {clip: 'hello-world.wav'}},
    {wait_for: 'bot_finished', at_most: '8s'},
    'hang_up',
  ],
};
const MODEL = {
  model: [{when: 'caller_finished', times: 'any', reply: {speech: '3s'}, as: 'answer'}],
};

let twilio;
let openai;
let opened;

before(async () => {
  twilio = await fakeTwilio(...twilioOptions);
  openai = await fakeOpenAi('--seed', '1');
});
after(async () => {
  await twilio?.stop();
  await openai?.stop();
});
beforeEach(async () => {
  opened = [];
  await twilio.reset();
  await openai.reset();
  await openai.script(MODEL);
});
afterEach(async () => {
  for (const each of opened.reverse()) await each.stop();
});

const keep = (thing) => {
  opened.push(thing);
  return thing;
};

/** A bridge between two proxies; `openaiUrl` instead of the second one. */
async function stage({openaiUrl, config} = {}) {
  const port = await freePort();
  const toBridge = keep(await startProxy(port));
  const toOpenAi = keep(await startProxy(Number(new URL(openai.listen).port)));
  const publicUrl = `http://127.0.0.1:${toBridge.port}`;
  const bridge = keep(
    await startBridge({
      publicUrl,
      port,
      twilio,
      openaiUrl: openaiUrl ?? `ws://127.0.0.1:${toOpenAi.port}/v1/realtime`,
      config,
    }),
  );
  return {toBridge, toOpenAi, bridge, voice: `${publicUrl}/webhook/incoming_call`};
}

/** Once the caller has heard so much of the bot that there is evidence of it. */
async function untilHeard(bridge) {
  const played = async () => sum(await bridge.metrics(), 'voicebridge_twilio_marks_echoed_total', '"played"');
  await until(async () => (await played()) >= 2, 'the bot is heard');
}

/** The caller got the way on, by its return or through REST, and no second greeting. */
async function wentOn(bridge) {
  await until(() => /goes on after its stream|leaves its stream for/.test(bridge.output()), 'the way on');
  assert.equal(sum(await bridge.metrics(), 'voicebridge_twiml_served_total'), 1);
}

async function judged(bridge) {
  await until(async () => verdicts(await bridge.metrics()).length > 0, 'a verdict');
  const metrics = await bridge.metrics();
  assert.equal(sum(metrics, 'voicebridge_calls_started_total'), 1);
  assert.equal(sum(metrics, 'voicebridge_calls_ended_total'), 1);
  assert.equal(sum(metrics, 'voicebridge_calls_active'), 0);
  return [verdicts(metrics), metrics];
}

test("OpenAI's connection is reset in the middle of a delta: the caller is answered by a second session", async () => {
  const {toOpenAi, bridge, voice} = await stage();
  const {sid} = await twilio.call(voice, TWICE);
  await until(() => toOpenAi.to('/v1/realtime'), 'a session');
  await toOpenAi.to('/v1/realtime').breakIn('from_server', 'response.output_audio.delta');
  const call = await twilio.facts(sid, 40);

  const [given, metrics] = await judged(bridge);
  assert.deepEqual(given, ['normal/none']);
  assert.equal(sum(metrics, 'voicebridge_openai_sessions_opened_total'), 2);
  assert.deepEqual(call.error_codes, []);
  assert.match(bridge.output(), /OpenAI closed the session: code=0/);
});

test("Twilio's connection is reset in the middle of a frame: the call goes on after its stream", async () => {
  const {toBridge, bridge, voice} = await stage();
  const {sid} = await twilio.call(voice, CALLER);
  await untilHeard(bridge);
  await toBridge.to('/ws/twilio-media').breakIn('from_client', ''); // any frame: they are masked
  const call = await twilio.facts(sid, 30);

  const [given] = await judged(bridge);
  assert.deepEqual(given, ['normal/none']);
  assert.deepEqual(call.error_codes, [31903]);
  assert.equal(call.status, 'completed');
  await until(
    async () => sum(await bridge.metrics(), 'voicebridge_stream_errors_total', 'code="31903"') === 1,
    "Twilio's word on it",
  );
  await wentOn(bridge);
});

test('both connections are reset at once: one verdict, and the call goes on after its stream', async () => {
  const {toBridge, toOpenAi, bridge, voice} = await stage();
  const {sid} = await twilio.call(voice, CALLER);
  await untilHeard(bridge);
  await Promise.all([toBridge.to('/ws/twilio-media').reset(), toOpenAi.connections.at(-1).reset()]);
  const call = await twilio.facts(sid, 30);

  const [given] = await judged(bridge);
  assert.deepEqual(given, ['normal/none']);
  assert.deepEqual(call.error_codes, [31903]);
  await wentOn(bridge);
});

test("OpenAI's name does not resolve: the caller is told so and sent on", async () => {
  const {bridge, voice} = await stage({openaiUrl: 'wss://no-such-host.invalid/v1/realtime'});
  const {sid} = await twilio.call(voice, CALLER);
  const call = await twilio.facts(sid, 40);

  const [given] = await judged(bridge);
  assert.deepEqual(given, ['openai_unreachable/network']);
  assert.deepEqual(call.error_codes, []); // ended through REST: Twilio closes the stream itself
  assert.match(bridge.output(), /no OpenAI session/);
  await wentOn(bridge);
});

test("OpenAI's certificate is for another host: the caller is told so and sent on", async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'linecheck-edges-'));
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => path.join(folder, name));
  execFileSync('openssl', [
    'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
    '-subj', '/CN=elsewhere.example', '-addext', 'subjectAltName=DNS:elsewhere.example',
    '-keyout', key, '-out', cert,
  ], {stdio: 'ignore'});
  const server = tls.createServer({key: readFileSync(key), cert: readFileSync(cert)}, (socket) => socket.end());
  server.on('tlsClientError', () => {});
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const {bridge, voice} = await stage({
      openaiUrl: `wss://localhost:${server.address().port}/v1/realtime`,
      config: {openai: {trust_file: cert}},
    });
    const {sid} = await twilio.call(voice, CALLER);
    const call = await twilio.facts(sid, 40);

    const [given] = await judged(bridge);
    assert.deepEqual(given, ['openai_unreachable/network']);
    assert.deepEqual(call.error_codes, []); // ended through REST: Twilio closes the stream itself
    assert.match(bridge.output(), /no OpenAI session.*(certificate|verif|tls|TLS)/);
    await wentOn(bridge);
  } finally {
    server.close();
    rmSync(folder, {recursive: true, force: true});
  }
});
