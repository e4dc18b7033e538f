// One voice session over WebSocket that sees every event which the service has for it.
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {OpenAIRealtimeWS} from 'openai/realtime/ws';
import {catalogue, frames, Inbox, silence, speech, startFake} from './fake.js';

const inside = path.join(path.dirname(fileURLToPath(import.meta.resolve('@openai/agents-realtime'))), 'openaiRealtimeEvents.mjs');
const {realtimeServerEventSchema} = await import(pathToFileURL(inside));

const script = `
openai: {mcp: {menu: {tools: [look]}, gone: {unreachable: true}}}
model:
  - {when: greeting, reply: {speech: 20s, transcript: "Hello, and let me tell you all of it."}}
  - {when: {caller_finished: 1}, reply: {speech: 1s, transcript: "Let me look.", transcription: {text: "What is the weather?"}, then: {tool: get_weather, with: {city: London}}}}
  - {when: {caller_finished: 2}, reply: {speech: 500ms, transcript: "I beg your pardon?", transcription: failed}}
  - {when: {tool_result: get_weather}, reply: {speech: 1s, transcript: "It is foggy."}}
  - {when: {text: menu}, reply: {tool: look, server: menu, with: {day: friday}, result: "soup", then: [{tool: look, server: menu, fails: "closed"}, {tool: look, server: menu, approval: asked}]}}
  - {when: {tool_result: look}, reply: {tool: look, server: menu, result: "fish", then: {speech: 1s, transcript: "There is soup, and fish."}}}
  - {when: {text: write}, reply: {written: "It is foggy."}}
  - {when: anything, times: any, reply: {speech: 500ms, transcript: "Well."}}
`;
const phone = {
  type: 'realtime',
  tools: [
    {type: 'mcp', server_label: 'menu', server_url: 'https://menu.example.com', require_approval: 'always'},
    {type: 'mcp', server_label: 'gone', server_url: 'https://gone.example.com'},
  ],
  audio: {
    input: {
      format: {type: 'audio/pcmu'},
      transcription: {model: 'gpt-4o-transcribe-diarize'},
      turn_detection: {type: 'server_vad', silence_duration_ms: 200, idle_timeout_ms: 5000},
    },
    output: {format: {type: 'audio/pcmu'}, voice: 'marin'},
  },
};
const TRANSCRIPTION = 'conversation.item.input_audio_transcription';

test('every event type of a voice session is seen in one session', async (t) => {
  const fake = await startFake(script);
  t.after(() => fake.stop());
  const inbox = new Inbox();
  const rt = new OpenAIRealtimeWS({model: 'gpt-realtime', options: fake.plain}, fake.client());
  t.after(() => rt.close());
  rt.on('event', (event) => inbox.push(event));
  rt.on('error', () => {});
  const send = (event) => rt.send(event);
  const say = (...sounds) => frames(Buffer.concat(sounds)).forEach(send);
  const user = (text) => send({type: 'conversation.item.create', item: {type: 'message', role: 'user', content: [{type: 'input_text', text}]}});
  await inbox.next('session.created');
  const updated = inbox.next('session.updated');
  send({type: 'session.update', session: phone});
  await updated;

  // The greeting is interrupted by a turn that a tool answers.
  const sound = inbox.next('response.output_audio.delta');
  send({type: 'response.create'});
  await sound;
  const cancelled = inbox.next('response.done', (e) => e.response.status === 'cancelled');
  const called = inbox.next('response.done', (e) => e.response.output[1]?.type === 'function_call');
  const heard = inbox.next(`${TRANSCRIPTION}.completed`);
  say(speech(800), silence(400));
  const item_id = (await cancelled).response.output[0].id;
  assert.equal((await heard).transcript, 'What is the weather?');
  const {response} = await called;
  for (const [event, answer] of [
    [{type: 'conversation.item.truncate', item_id, content_index: 0, audio_end_ms: 100}, 'conversation.item.truncated'],
    [{type: 'conversation.item.retrieve', item_id}, 'conversation.item.retrieved'],
    [{type: 'conversation.item.delete', item_id}, 'conversation.item.deleted'],
    [{type: 'input_audio_buffer.clear'}, 'input_audio_buffer.cleared'],
    [{type: 'nope'}, 'error'],
  ]) {
    const answered = inbox.next(answer);
    send(event);
    await answered;
  }
  const foggy = inbox.next('rate_limits.updated');
  send({type: 'conversation.item.create', item: {type: 'function_call_output', call_id: response.output[1].call_id, output: '{}'}});
  send({type: 'response.create'});
  await foggy;

  // A turn that nobody could write down, and a written answer.
  const failed = inbox.next(`${TRANSCRIPTION}.failed`);
  const pardoned = inbox.next('rate_limits.updated');
  say(speech(600), silence(400));
  const {error} = await failed;
  assert.deepEqual([error.type, error.code, error.param], ['server_error', 'audio_unintelligible', null]);
  await pardoned;
  const written = inbox.next('response.output_text.done');
  const over = inbox.next('rate_limits.updated');
  user('write');
  send({type: 'response.create', response: {output_modalities: ['text']}});
  await written;
  await over;

  // Tools that the service calls: one comes back, one fails, one wants to be allowed first.
  const looked = inbox.next('response.done', (e) => e.response.output[2]?.type === 'mcp_approval_request');
  const free = inbox.next('rate_limits.updated');
  user('menu');
  send({type: 'response.create'});
  const [soup, closed, request] = (await looked).response.output;
  assert.deepEqual([soup.output, soup.error, closed.output, closed.error.message], ['soup', null, null, 'closed']);
  await free;
  const told = inbox.next('rate_limits.updated');
  const allowed = inbox.next('response.done');
  send({type: 'conversation.item.create', item: {type: 'mcp_approval_response', approval_request_id: request.id, approve: true}});
  send({type: 'response.create'});
  assert.equal((await allowed).response.output[0].approval_request_id, request.id);
  await told;

  // And a line that stays quiet.
  const triggered = inbox.next('input_audio_buffer.timeout_triggered');
  say(silence(8000));
  await triggered;

  const seen = new Set(inbox.types());
  assert.deepEqual(catalogue().filter((type) => !seen.has(type)), []);
  // What @openai/agents-realtime would drop without a word (openai-realtime.md, 10.3): an error without a param in
  // `failed`, and the types that it does not know.
  const dropped = new Set(inbox.events.filter((e) => !realtimeServerEventSchema.safeParse(e).success).map((e) => e.type));
  assert.deepEqual([...dropped].sort(), [`${TRANSCRIPTION}.failed`, `${TRANSCRIPTION}.segment`, 'input_audio_buffer.timeout_triggered', 'response.mcp_call.failed']);
});
