// The agents library, whose own validation is silent: here it is made loud.
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {OpenAIRealtimeWebSocket, RealtimeAgent, RealtimeSession, tool} from '@openai/agents-realtime';
import {z} from 'zod';
import {Inbox, silence, speech, startFake} from './fake.js';

// Not exported: the schema against which the library checks every event, dropping without a word what does not fit.
const inside = path.join(path.dirname(fileURLToPath(import.meta.resolve('@openai/agents-realtime'))), 'openaiRealtimeEvents.mjs');
const {realtimeServerEventSchema} = await import(pathToFileURL(inside));

const script = `
model:
  - {when: {text: weather}, reply: {tool: get_weather, with: {city: London}}}
  - {when: {tool_result: get_weather}, reply: {speech: 1s, transcript: "It is foggy."}}
  - {when: {text: long}, reply: {speech: 30s, transcript: "A long story."}}
  - {when: {text: odd}, reply: {speech: 500ms, insert: [{at: first_audio, event: unknown}]}}
  - {when: {caller_finished: 2}, reply: {speech: 500ms, transcript: "I beg your pardon?", transcription: failed}}
  - {when: anything, times: any, reply: {speech: 1s, transcript: "Well."}}
`;
const phone = {
  input: {format: {type: 'audio/pcmu'}, transcription: {model: 'whisper-1'}, turnDetection: {type: 'server_vad', silenceDurationMs: 200, interruptResponse: true}},
  output: {format: {type: 'audio/pcmu'}, voice: 'marin'},
};

/** What the library would drop without a word; `transcription.failed` with a null `param` is known to be. */
function loud(transport, inbox) {
  const dropped = [];
  transport.on('*', (event) => {
    inbox.push(event);
    if (!event.event_id) return; // the library's own
    const parsed = realtimeServerEventSchema.safeParse(event);
    if (!parsed.success) dropped.push(`${event.type}: ${parsed.error.message}`);
  });
  return dropped;
}

test('the transport speaks, is interrupted, truncates and takes every event', async (t) => {
  const fake = await startFake(script);
  t.after(() => fake.stop());
  const transport = new OpenAIRealtimeWebSocket({url: fake.url});
  t.after(() => transport.close());
  const inbox = new Inbox();
  const dropped = loud(transport, inbox);
  const errors = [];
  transport.on('error', (error) => errors.push(error));
  let bytes = 0;
  transport.on('audio', (event) => (bytes += event.data.byteLength));
  const updated = inbox.next('session.updated', (e) => e.session.audio.output.format.type === 'audio/pcmu');
  await transport.connect({apiKey: 'sk-test', initialSessionConfig: {instructions: 'Be brief.', audio: phone}});
  assert.equal((await updated).session.instructions, 'Be brief.');

  const done = inbox.next('response.done');
  transport.sendMessage('hello');
  assert.equal((await done).response.status, 'completed');
  assert.equal(bytes, 8000, 'one second of mu-law');

  const sound = inbox.next('response.output_audio.delta');
  transport.sendMessage('a long story');
  await sound;
  const cancelled = inbox.next('response.done', (e) => e.response.status === 'cancelled');
  const truncated = inbox.next('conversation.item.truncated');
  const retrieved = inbox.next('conversation.item.retrieved'); // may come before the response is closed
  transport.sendAudio(speech(300).buffer.slice(0)); // the library truncates by itself
  assert.equal((await cancelled).response.status_details.reason, 'turn_detected');
  await truncated;
  await retrieved;
  const answered = inbox.next('response.done');
  transport.sendAudio(silence(600).buffer.slice(0));
  assert.equal((await answered).response.status, 'completed');
  assert.deepEqual(dropped, []);
  assert.deepEqual(errors, []);
});

test('what the library would drop without a word is heard here', async (t) => {
  const fake = await startFake(script);
  t.after(() => fake.stop());
  const transport = new OpenAIRealtimeWebSocket({url: fake.url});
  t.after(() => transport.close());
  const inbox = new Inbox();
  const dropped = loud(transport, inbox);
  await transport.connect({apiKey: 'sk-test', initialSessionConfig: {audio: phone}});
  const done = inbox.next('response.done');
  transport.sendMessage('something odd');
  await done;
  assert.equal(dropped.length, 1);
  assert.match(dropped[0], /^response\.weather_forecast\.delta: /);
});

test('words that could not be written down are dropped by the library, as the service sends them', async (t) => {
  const fake = await startFake(script);
  t.after(() => fake.stop());
  const transport = new OpenAIRealtimeWebSocket({url: fake.url});
  t.after(() => transport.close());
  const inbox = new Inbox();
  const dropped = loud(transport, inbox);
  const configured = inbox.next('session.updated', (e) => e.session.audio.output.format.type === 'audio/pcmu');
  await transport.connect({apiKey: 'sk-test', initialSessionConfig: {audio: phone}});
  await configured;
  for (let turn = 1; turn <= 2; ++turn) {
    const answered = inbox.next('response.done');
    transport.sendAudio(speech(500).buffer.slice(0));
    transport.sendAudio(silence(600).buffer.slice(0));
    await answered;
  }
  const failed = 'conversation.item.input_audio_transcription.failed';
  if (!inbox.types().includes(failed)) await inbox.next(failed);
  assert.equal(dropped.length, 1, dropped.join('\n'));
  assert.match(dropped[0], /^conversation\.item\.input_audio_transcription\.failed: [^]*param/);
});

test('a session calls a tool, speaks and keeps its history', async (t) => {
  const fake = await startFake(script);
  t.after(() => fake.stop());
  const asked = [];
  const weather = tool({
    name: 'get_weather',
    description: 'Says what the weather is like.',
    parameters: z.object({city: z.string()}),
    execute: async ({city}) => {
      asked.push(city);
      return 'fog';
    },
  });
  const agent = new RealtimeAgent({name: 'bot', instructions: 'Be brief.', tools: [weather]});
  const session = new RealtimeSession(agent, {transport: 'websocket', model: 'gpt-realtime', config: {audio: phone}});
  t.after(() => session.close());
  const errors = [];
  session.on('error', (error) => errors.push(error));
  const inbox = new Inbox();
  const dropped = loud(session.transport, inbox);
  const configured = inbox.next('session.updated');
  await session.connect({apiKey: 'sk-test', url: fake.url});
  await configured;

  const foggy = inbox.next('response.done', (e) => e.response.output[0]?.content?.[0]?.transcript === 'It is foggy.');
  session.sendMessage('what is the weather like?');
  await foggy;
  assert.deepEqual(asked, ['London']);
  assert.deepEqual(dropped, []);
  assert.deepEqual(errors, []);
  const said = session.history.filter((item) => item.role === 'assistant').map((item) => item.content[0].transcript);
  assert.deepEqual(said, ['It is foggy.']);
});

test('a bad key is an error and a disconnection', async (t) => {
  const fake = await startFake(script, ['--api-key', 'sk-right']);
  t.after(() => fake.stop());
  const transport = new OpenAIRealtimeWebSocket({url: fake.url});
  const errors = [];
  transport.on('error', (error) => errors.push(error));
  const gone = new Promise((resolve) => transport.on('connection_change', (state) => state === 'disconnected' && resolve()));
  await transport.connect({apiKey: 'sk-wrong-key'});
  await gone;
  assert.ok(JSON.stringify(errors[0]).includes('invalid_api_key'), JSON.stringify(errors));
});
