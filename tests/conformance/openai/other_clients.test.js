// The official clients beside the one for servers.
import assert from 'node:assert/strict';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import test from 'node:test';
import OpenAI from 'openai';
import {OpenAIRealtimeWS as BetaRealtimeWS} from 'openai/beta/realtime/ws';
import {OpenAIRealtimeWS} from 'openai/realtime/ws';
import WS from 'ws';
import {frames, Inbox, silence, speech, startFake} from './fake.js';

const native = globalThis.WebSocket; // Node's, before a test puts another in its place

/** The browser style client, its WebSocket being that of `ws`, over plain TCP. */
async function browse(t, fake, key) {
  globalThis.WebSocket = class extends WS {
    constructor(url, protocols) {
      super(String(url).replace(/^wss:/, 'ws:'), protocols);
    }
  };
  const {OpenAIRealtimeWebSocket} = await import('openai/realtime/websocket');
  const rt = new OpenAIRealtimeWebSocket({model: 'gpt-realtime', dangerouslyAllowBrowser: true}, fake.client(key));
  t.after(() => rt.close());
  const inbox = new Inbox();
  rt.on('event', (event) => inbox.push(event));
  const errors = [];
  rt.on('error', (error) => errors.push(error));
  await inbox.next('session.created');
  return {rt, inbox, errors};
}

test('the browser style client shows its key as a subprotocol and gets realtime selected', async (t) => {
  const fake = await startFake('', ['--api-key', 'sk-browser']);
  t.after(() => fake.stop());
  const {rt, inbox, errors} = await browse(t, fake, 'sk-browser');
  assert.equal(rt.socket.protocol, 'realtime');
  assert.equal(rt.socket.extensions, 'permessage-deflate', 'compression was offered, and agreed on');
  const done = inbox.next('response.done');
  rt.send({type: 'conversation.item.create', item: {type: 'message', role: 'user', content: [{type: 'input_text', text: 'hi'}]}});
  rt.send({type: 'response.create'});
  assert.equal((await done).response.status, 'completed');
  assert.deepEqual(errors, []);
});

/** What `ws` and Node's own WebSocket make of the handshake, and of one long answer that is there whole. */
async function answers(t, script) {
  const fake = await startFake(script);
  t.after(() => fake.stop());
  const told = [];
  for (const Socket of [WS, native]) {
    const socket = new Socket(fake.url, ['realtime', 'openai-insecure-api-key.sk-test']);
    t.after(() => socket.close());
    const inbox = new Inbox();
    socket.addEventListener('message', ({data}) => inbox.push(JSON.parse(data)));
    await inbox.next('session.created');
    const done = inbox.next('conversation.item.added');
    const text = 'long words, and again long words; '.repeat(20_000);
    socket.send(JSON.stringify({type: 'conversation.item.create', item: {type: 'message', role: 'user', content: [{type: 'input_text', text}]}}));
    assert.equal((await done).item.content[0].text, text);
    told.push(socket.extensions.split(';')[0]);
    const tcp = socket._socket; // of `ws`; Node's own does not show it
    if (tcp) {
      const packed = [tcp.bytesWritten, tcp.bytesRead].map((bytes) => bytes < text.length / 10);
      assert.deepEqual(packed, Array(2).fill(socket.extensions !== ''), `${tcp.bytesWritten} out, ${tcp.bytesRead} in`);
    }
  }
  return told;
}

test('messages are compressed both ways where the client offers it, in pieces as well', async (t) => {
  const packed = ['permessage-deflate', 'permessage-deflate'];
  assert.deepEqual(await answers(t, ''), packed);
  assert.deepEqual(await answers(t, 'openai: {faults: [{kind: fragmented_frames, count: 100}]}'), packed);
  assert.deepEqual(await answers(t, 'openai: {unverified: {compression: refused}}'), ['', '']);
});

const conversation = `
model:
  - {when: greeting, reply: {speech: 20s, transcript: "Hello, and let me tell you all of it."}}
  - {when: {caller_finished: 1}, reply: {speech: 1s, transcript: "Let me look.", then: {tool: get_weather, with: {city: London}}}}
  - {when: {tool_result: get_weather}, reply: {speech: 1s, transcript: "It is foggy."}}
`;

test('the browser style client speaks, is interrupted, calls a tool and meets errors', async (t) => {
  const fake = await startFake(conversation);
  t.after(() => fake.stop());
  const {rt, inbox, errors} = await browse(t, fake);
  const updated = inbox.next('session.updated');
  rt.send({type: 'session.update', session: {type: 'realtime', audio: {
    input: {format: {type: 'audio/pcmu'}, turn_detection: {type: 'server_vad', silence_duration_ms: 200}},
    output: {format: {type: 'audio/pcmu'}, voice: 'cedar'},
  }}});
  assert.equal((await updated).session.audio.output.voice, 'cedar');

  const sound = inbox.next('response.output_audio.delta');
  rt.send({type: 'response.create'});
  await sound;
  const cancelled = inbox.next('response.done', (e) => e.response.status === 'cancelled');
  const called = inbox.next('response.done', (e) => e.response.status === 'completed');
  frames(Buffer.concat([speech(800), silence(400)])).forEach((event) => rt.send(event));
  const story = (await cancelled).response.output[0].id;
  const truncated = inbox.next('conversation.item.truncated');
  rt.send({type: 'conversation.item.truncate', item_id: story, content_index: 0, audio_end_ms: 50});
  await truncated;
  const call = (await called).response.output.find((item) => item.type === 'function_call');
  assert.deepEqual(JSON.parse(call.arguments), {city: 'London'});

  const foggy = inbox.next('response.done');
  rt.send({type: 'conversation.item.create', item: {type: 'function_call_output', call_id: call.call_id, output: 'fog'}});
  rt.send({type: 'response.create'});
  assert.equal((await foggy).response.output[0].content[0].transcript, 'It is foggy.');
  assert.deepEqual(errors, []);

  rt.send({type: 'response.cancel'});
  rt.send({type: 'conversation.item.truncate', item_id: story, content_index: 0, audio_end_ms: 1_000_000});
  const cleared = inbox.next('input_audio_buffer.cleared');
  rt.send({type: 'input_audio_buffer.clear'});
  await cleared;
  assert.deepEqual(errors.map((error) => error.error.code), ['response_cancel_not_active', 'invalid_value']);
});

test('the client for servers gets through TLS with nothing but the certificate to trust', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'fake-openai-tls-'));
  t.after(() => rmSync(folder, {recursive: true}));
  const file = path.join(folder, 'cert.pem');
  const fake = await startFake('', ['--tls-self-made', file]);
  t.after(() => fake.stop());
  const client = new OpenAI({apiKey: 'sk-test', baseURL: `https://127.0.0.1:${fake.port}/v1`});
  const rt = new OpenAIRealtimeWS({model: 'gpt-realtime', options: {ca: readFileSync(file)}}, client);
  t.after(() => rt.close());
  const inbox = new Inbox();
  rt.on('event', (event) => inbox.push(event));
  rt.on('error', (error) => assert.fail(error));

  const {session} = await inbox.next('session.created');
  assert.equal(session.model, 'gpt-realtime');
});

test('the beta client is told that its API is gone', async (t) => {
  const fake = await startFake();
  t.after(() => fake.stop());
  const rt = new BetaRealtimeWS({model: 'gpt-realtime', options: fake.plain}, fake.client());
  const errors = [];
  rt.on('error', (error) => errors.push(error));
  const [code, reason] = await new Promise((resolve) => rt.socket.on('close', (...end) => resolve(end)));

  assert.equal(errors[0].error.code, 'beta_api_shape_disabled');
  assert.equal(code, 4000);
  assert.equal(String(reason), 'invalid_request_error.beta_api_shape_disabled');
});

test('the beta client holds a conversation at the URL of the Azure preview', async (t) => {
  const fake = await startFake();
  t.after(() => fake.stop());
  const socket = new WS(`ws://127.0.0.1:${fake.port}/openai/realtime?api-version=2024-10-01-preview&deployment=mine`, {
    headers: {'api-key': 'k', 'OpenAI-Beta': 'realtime=v1'},
  });
  t.after(() => socket.close());
  const inbox = new Inbox();
  socket.on('message', (data) => inbox.push(JSON.parse(data)));
  const send = (event) => socket.send(JSON.stringify(event));

  const {session} = await inbox.next('session.created');
  assert.deepEqual(session.modalities, ['audio', 'text']);
  assert.equal(session.model, 'mine');
  send({type: 'session.update', session: {output_audio_format: 'g711_ulaw', voice: 'ash', temperature: 0.8}});
  assert.equal((await inbox.next('session.updated')).session.output_audio_format, 'g711_ulaw');
  const done = inbox.next('response.done');
  send({type: 'conversation.item.create', item: {type: 'message', role: 'user', content: [{type: 'input_text', text: 'hi'}]}});
  send({type: 'response.create', response: {modalities: ['text', 'audio']}});
  const {response} = await done;
  assert.equal(response.output[0].content[0].type, 'audio');
  const types = inbox.types();
  for (const type of ['conversation.item.created', 'response.audio.delta', 'response.audio_transcript.delta', 'response.audio.done']) {
    assert.ok(types.includes(type), type);
  }
  assert.equal(types[types.indexOf('response.created') + 1], 'rate_limits.updated');
  assert.ok(!types.some((type) => type.includes('output_audio') || type === 'conversation.item.added'));
});
