// The official client for servers, `openai/realtime/ws`, holds whole conversations.
import assert from 'node:assert/strict';
import test from 'node:test';
import {OpenAIRealtimeWS} from 'openai/realtime/ws';
import {frames, Inbox, silence, speech, startFake} from './fake.js';

const phone = {
  type: 'realtime',
  audio: {
    input: {
      format: {type: 'audio/pcmu'},
      transcription: {model: 'whisper-1'},
      turn_detection: {type: 'server_vad', silence_duration_ms: 200, idle_timeout_ms: 5000},
    },
    output: {format: {type: 'audio/pcmu'}, voice: 'marin'},
  },
};
const script = `
model:
  - {when: greeting, reply: {speech: 20s, transcript: "Hello, and let me tell you all of it."}}
  - {when: {caller_finished: 1}, reply: {speech: 1s, transcript: "Let me look.", then: {tool: get_weather, with: {city: London}}}}
  - {when: {tool_result: get_weather}, reply: {speech: 1s, transcript: "It is foggy."}}
  - {when: {text: write}, reply: {written: "It is foggy."}}
  - {when: anything, times: any, reply: {speech: 500ms, transcript: "Well."}}
`;

async function dial(fake, {model = 'gpt-realtime', key, ...rest} = {}) {
  const inbox = new Inbox();
  const where = rest.intent ? rest : {model};
  const rt = new OpenAIRealtimeWS({...where, options: fake.plain}, fake.client(key));
  rt.on('event', (event) => inbox.push(event));
  rt.on('error', () => {}); // also an event; without a listener it would be an unhandled rejection
  const closed = new Promise((resolve) => {
    rt.socket.on('close', (code, reason) => resolve({code, reason: String(reason)}));
  });
  return {rt, inbox, closed};
}

async function onThePhone(t, session = phone) {
  const fake = await startFake(script);
  t.after(() => fake.stop());
  const line = await dial(fake);
  t.after(() => line.rt.close());
  await line.inbox.next('session.created');
  line.rt.send({type: 'session.update', session});
  await line.inbox.next('session.updated');
  line.inbox.events.length = 0;
  return {...line, say: (audio) => frames(audio).forEach((event) => line.rt.send(event))};
}

const audioOf = (inbox) =>
  Buffer.concat(
    inbox.events.filter((e) => e.type === 'response.output_audio.delta').map((e) => Buffer.from(e.delta, 'base64')));

test('a greeting is interrupted, truncated and looked at', async (t) => {
  const {rt, inbox, say} = await onThePhone(t);
  const sound = inbox.next('response.output_audio.delta');
  rt.send({type: 'response.create'});
  await sound;

  const done = inbox.next('response.done');
  const truncated = inbox.next('conversation.item.truncated');
  say(speech(200));
  const {response} = await done;
  assert.equal(response.status, 'cancelled');
  assert.deepEqual(response.status_details, {type: 'cancelled', reason: 'turn_detected'});
  const item = response.output[0].id;
  rt.send({type: 'conversation.item.truncate', item_id: item, content_index: 0, audio_end_ms: 100});
  assert.equal((await truncated).audio_end_ms, 100);

  const retrieved = inbox.next('conversation.item.retrieved');
  rt.send({type: 'conversation.item.retrieve', item_id: item});
  const part = (await retrieved).item.content[0];
  assert.equal(part.type, 'output_audio');
  assert.equal(Buffer.from(part.audio, 'base64').length, 800, 'what was heard, in mu-law');
  const deleted = inbox.next('conversation.item.deleted');
  rt.send({type: 'conversation.item.delete', item_id: item});
  await deleted;
});

test('a spoken turn is transcribed and answered, with a tool', async (t) => {
  const {rt, inbox, say} = await onThePhone(t);
  const called = inbox.next('response.done');
  const heard = inbox.next('conversation.item.input_audio_transcription.completed');
  say(Buffer.concat([silence(400), speech(1200), silence(400)]));
  const {response} = await called;
  assert.deepEqual(response.output.map((item) => item.type), ['message', 'function_call']);
  const call = response.output[1];
  assert.deepEqual(JSON.parse(call.arguments), {city: 'London'});
  assert.equal(audioOf(inbox).length, 8000);
  assert.match((await heard).transcript, /\n$/);

  const answered = inbox.next('response.done');
  rt.send({type: 'conversation.item.create', item: {type: 'function_call_output', call_id: call.call_id, output: '{}'}});
  rt.send({type: 'response.create'});
  const answer = (await answered).response;
  assert.equal(answer.output[0].content[0].transcript, 'It is foggy.');
  assert.ok(answer.usage.input_tokens > response.usage.input_tokens, 'usage counts the whole conversation');
});

test('a line that stays quiet is asked again', async (t) => {
  const {rt, inbox, say} = await onThePhone(t);
  const done = inbox.next('response.done');
  rt.send({type: 'conversation.item.create', item: {type: 'message', role: 'user', content: [{type: 'input_text', text: 'hi'}]}});
  rt.send({type: 'response.create'});
  await done;

  const triggered = inbox.next('input_audio_buffer.timeout_triggered');
  const again = inbox.next('response.done');
  say(silence(6500));
  const {audio_start_ms: start, audio_end_ms: end} = await triggered;
  assert.ok(end - start >= 5000);
  assert.equal((await again).response.status, 'completed');
});

test('text, out of band, by hand, and cancelled by the client', async (t) => {
  const {rt, inbox, say} = await onThePhone(t, {...phone, audio: {...phone.audio, input: {...phone.audio.input, turn_detection: null}}});
  const written = inbox.next('response.output_text.done');
  rt.send({type: 'conversation.item.create', item: {type: 'message', role: 'user', content: [{type: 'input_text', text: 'write'}]}});
  rt.send({type: 'response.create', response: {output_modalities: ['text']}});
  assert.equal((await written).text, 'It is foggy.');
  await inbox.next('rate_limits.updated');

  const beside = inbox.next('response.done', (e) => e.response.conversation_id === null);
  rt.send({type: 'response.create', response: {conversation: 'none', metadata: {topic: 'x'}, output_modalities: ['text'], input: []}});
  assert.deepEqual((await beside).response.metadata, {topic: 'x'});

  const cleared = inbox.next('input_audio_buffer.cleared');
  rt.send({type: 'input_audio_buffer.clear'});
  await cleared;
  const committed = inbox.next('input_audio_buffer.committed');
  const cancelled = inbox.next('response.done', (e) => e.response.status === 'cancelled');
  say(speech(500));
  rt.send({type: 'input_audio_buffer.commit'});
  await committed;
  const sound = inbox.next('response.output_audio.delta');
  rt.send({type: 'response.create'});
  await sound;
  rt.send({type: 'response.cancel'});
  assert.equal((await cancelled).response.status_details.reason, 'client_cancelled');
});

test('every kind of transcription', async (t) => {
  const fake = await startFake(script);
  t.after(() => fake.stop());
  const {rt, inbox} = await dial(fake, {intent: 'transcription'});
  t.after(() => rt.close());
  const created = await inbox.next('session.created');
  assert.equal(created.session.type, 'transcription');
  for (const [model, kind] of [['gpt-4o-mini-transcribe', 'tokens'], ['gpt-4o-transcribe-diarize', 'tokens'], ['whisper-1', 'duration']]) {
    rt.send({
      type: 'session.update',
      session: {type: 'transcription', audio: {input: {format: {type: 'audio/pcmu'}, transcription: {model}}}},
    });
    await inbox.next('session.updated');
    const completed = inbox.next('conversation.item.input_audio_transcription.completed');
    frames(Buffer.concat([silence(300), speech(900), silence(700)])).forEach((event) => rt.send(event));
    assert.equal((await completed).usage.type, kind);
  }
  assert.ok(!inbox.types().includes('response.created'), 'nobody answers in a transcription session');
});

test('errors name what was wrong and the session lives on', async (t) => {
  const {rt, inbox} = await onThePhone(t);
  for (const [event, code, param] of [
    [{type: 'session.update', session: {...phone, temperature: 0.8}}, 'unknown_parameter', 'session.temperature'],
    [{type: 'nope'}, 'invalid_value', 'type'],
    [{type: 'response.cancel'}, 'response_cancel_not_active', null],
    [{type: 'input_audio_buffer.commit'}, 'input_audio_buffer_commit_empty', null],
  ]) {
    const told = inbox.next('error');
    rt.send({...event, event_id: 'mine'});
    const {error} = await told;
    assert.deepEqual([error.code, error.param, error.event_id], [code, param, 'mine']);
  }
  const answered = inbox.next('response.done');
  rt.send({type: 'response.create'});
  await answered;
});

test('a bad key, a bad model and a wrong door are refused after the upgrade', async (t) => {
  const fake = await startFake(script, ['--api-key', 'sk-right']);
  t.after(() => fake.stop());
  for (const [options, code, close] of [
    [{key: 'sk-wrong-key'}, 'invalid_api_key', 3000],
    [{key: 'sk-right', model: 'gpt-nope'}, 'invalid_model', 4000],
    [{key: 'sk-right', model: 'gpt-4o-realtime-preview'}, 'model_not_found', 4004],
  ]) {
    const {inbox, closed} = await dial(fake, options);
    const end = await closed;
    assert.deepEqual(inbox.types(), ['error']);
    assert.equal(inbox.events[0].error.code, code);
    assert.deepEqual(end, {code: close, reason: `invalid_request_error.${code}`});
  }
});

test('a client secret opens the session that it was made for', async (t) => {
  const fake = await startFake(script, ['--api-key', 'sk-right']);
  t.after(() => fake.stop());
  const secret = await fake.client('sk-right').realtime.clientSecrets.create({
    expires_after: {anchor: 'created_at', seconds: 60},
    session: {type: 'realtime', instructions: 'Be brief.', audio: {output: {voice: 'cedar'}}},
  });
  assert.match(secret.value, /^ek_/);
  assert.equal(secret.session.instructions, 'Be brief.');
  for (let i = 0; i < 2; ++i) {
    const {rt, inbox} = await dial(fake, {key: secret.value});
    const {session} = await inbox.next('session.created');
    assert.equal(session.instructions, 'Be brief.');
    assert.equal(session.audio.output.voice, 'cedar');
    rt.close();
  }
  await assert.rejects(fake.client('sk-wrong').realtime.clientSecrets.create({}), {status: 401, code: 'invalid_api_key'});
  await assert.rejects(
    fake.client('sk-right').realtime.clientSecrets.create({session: {type: 'realtime', bogus: 1}}),
    {status: 400, code: 'unknown_parameter', param: 'session.bogus'});
});
