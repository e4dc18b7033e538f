// The Twilio transport of @openai/agents-extensions between a phone line made of 20 ms frames and the fake: it
// speaks, is interrupted, calls a tool and meets an error, and nothing that comes is dropped without a word.
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {TwilioRealtimeTransportLayer} from '@openai/agents-extensions';
import {RealtimeAgent, RealtimeSession, tool} from '@openai/agents/realtime';
import {WebSocket, WebSocketServer} from 'ws';
import {z} from 'zod';
import {Inbox, silence, speech, startFake} from './fake.js';

const inside = path.join(path.dirname(fileURLToPath(import.meta.resolve('@openai/agents-realtime'))), 'openaiRealtimeEvents.mjs');
const {realtimeServerEventSchema} = await import(pathToFileURL(inside));

const script = `
model:
  - {when: {caller_finished: 1}, reply: {speech: 20s, transcript: "A long story."}}
  - {when: {caller_finished: 2}, reply: {tool: get_weather, with: {city: London}}}
  - {when: {tool_result: get_weather}, reply: {speech: 1s, transcript: "It is foggy."}}
  - {when: {caller_finished: 3}, reply: {speech: 500ms, insert: [{at: first_audio, error: {code: server_error, message: "Sorry."}}]}}
  - {when: {caller_finished: 4}, reply: {speech: 1s, ends: failed, error: {code: insufficient_quota}}}
  - {when: anything, times: any, reply: {speech: 500ms, transcript: "Well."}}
`;

/** Twilio's end of a media stream: what it hears, and marks that come back when their sound has been played. */
class Line {
  heard = Buffer.alloc(0);
  inbox = new Inbox();
  #chunk = 0;
  #playing = Promise.resolve();
  #cleared = 0;

  constructor(socket) {
    this.socket = socket;
    socket.on('message', (data) => this.#take(JSON.parse(data)));
  }

  #take(message) {
    this.inbox.push({...message, type: message.event});
    if (message.event === 'media') this.#play(Buffer.from(message.media.payload, 'base64'));
    if (message.event === 'mark') this.#echo(message.mark.name);
    if (message.event === 'clear') ++this.#cleared;
  }

  #play(audio) {
    const round = this.#cleared;
    this.#playing = this.#playing.then(async () => {
      if (round !== this.#cleared) return; // thrown away
      await new Promise((resolve) => setTimeout(resolve, audio.length / 8));
      if (round === this.#cleared) this.heard = Buffer.concat([this.heard, audio]);
    });
  }

  #echo(name) {
    this.#playing = this.#playing.then(() => this.send({event: 'mark', streamSid: 'MZ1', mark: {name}}));
  }

  send(message) {
    this.socket.send(JSON.stringify(message));
  }

  start() {
    this.send({event: 'connected', protocol: 'Call', version: '1.0.0'});
    const mediaFormat = {encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1};
    this.send({event: 'start', sequenceNumber: '1', streamSid: 'MZ1', start: {accountSid: 'AC1', streamSid: 'MZ1', callSid: 'CA1', tracks: ['inbound'], mediaFormat, customParameters: {}}});
  }

  /** The caller's sound, in real time. */
  async say(audio) {
    for (let from = 0; from < audio.length; from += 160) {
      const payload = audio.subarray(from, from + 160).toString('base64');
      const timestamp = String(20 * this.#chunk);
      this.send({event: 'media', streamSid: 'MZ1', media: {track: 'inbound', chunk: String(++this.#chunk), timestamp, payload}});
      await new Promise((resolve) => setTimeout(resolve, 19));
    }
  }
}

/** A call, with the bridge's session on the far end. */
async function call(t, fake) {
  const server = new WebSocketServer({host: '127.0.0.1', port: 0});
  t.after(() => server.close());
  await new Promise((resolve) => server.on('listening', resolve));
  const bridge = new Promise((resolve) => server.on('connection', resolve));
  const phone = new WebSocket(`ws://127.0.0.1:${server.address().port}`);
  t.after(() => phone.close());
  await new Promise((resolve) => phone.on('open', resolve));
  const line = new Line(phone);

  const asked = [];
  const weather = tool({
    name: 'get_weather',
    description: 'Says what the weather is like.',
    parameters: z.object({city: z.string()}),
    execute: async ({city}) => asked.push(city) && 'fog',
  });
  const transport = new TwilioRealtimeTransportLayer({twilioWebSocket: await bridge, url: fake.url});
  const agent = new RealtimeAgent({name: 'bot', instructions: 'Be brief.', tools: [weather]});
  const input = {transcription: {model: 'whisper-1'}, turnDetection: {type: 'server_vad', silenceDurationMs: 200, interruptResponse: true}};
  const session = new RealtimeSession(agent, {transport, model: 'gpt-realtime', config: {audio: {input, output: {voice: 'verse'}}}});
  t.after(() => session.close());
  const errors = [];
  session.on('error', (error) => errors.push(error));
  const inbox = new Inbox();
  const dropped = [];
  transport.on('*', (event) => {
    inbox.push(event);
    if (!event.event_id) return; // the library's own
    const parsed = realtimeServerEventSchema.safeParse(event);
    if (!parsed.success) dropped.push(`${event.type}: ${parsed.error.message}`);
  });
  const configured = inbox.next('session.updated', (e) => e.session.audio.output.format.type === 'audio/pcmu');
  await session.connect({apiKey: 'sk-test'});
  line.start();
  const {session: effective} = await configured;
  return {line, inbox, session, errors, dropped, asked, effective};
}

test('the Twilio transport holds a call with an interruption, a tool and errors', async (t) => {
  const fake = await startFake(script);
  t.after(() => fake.stop());
  const {line, inbox, session, errors, dropped, asked, effective} = await call(t, fake);
  assert.equal(effective.audio.input.format.type, 'audio/pcmu');
  assert.equal(effective.audio.output.voice, 'verse');

  // The story is on the wire long before it is heard, and the caller breaks in.
  const story = inbox.next('response.done');
  await line.say(Buffer.concat([speech(800), silence(400)]));
  assert.equal((await story).response.status, 'completed');
  await line.say(silence(1500));
  const truncated = inbox.next('conversation.item.truncated');
  const cleared = line.inbox.next('clear');
  const retrieved = inbox.next('conversation.item.retrieved', (e) => e.item.role === 'assistant');
  const foggy = inbox.next('response.done', (e) => e.response.output[0]?.content?.[0]?.transcript === 'It is foggy.');
  await line.say(Buffer.concat([speech(600), silence(500)]));
  await cleared;
  const heard_ms = (await truncated).audio_end_ms;
  assert.ok(heard_ms > 500 && heard_ms < 4000, `truncated at ${heard_ms} ms, after about two seconds of playing`);
  await retrieved;

  // That turn is answered by a tool, and its result by speech that is heard whole.
  await foggy;
  assert.deepEqual(asked, ['London']);
  const before = line.heard.length;
  await line.say(silence(1500));
  assert.ok(line.heard.length - before >= 7000, `${line.heard.length - before} bytes of the answer were heard`);

  // An error in the midst of an answer ends nothing.
  const error = inbox.next('error');
  const answered = inbox.next('response.done');
  await line.say(Buffer.concat([speech(600), silence(500)]));
  await error;
  assert.equal((await answered).response.status, 'completed');
  assert.equal(errors.length, 1);
  assert.match(JSON.stringify(errors[0]), /server_error/);

  // A failed response is silence, and the call goes on.
  await line.say(silence(700));
  const failed = inbox.next('response.done');
  await line.say(Buffer.concat([speech(600), silence(500)]));
  assert.equal((await failed).response.status_details.error.code, 'insufficient_quota');
  const last = inbox.next('response.done');
  await line.say(Buffer.concat([speech(600), silence(500)]));
  assert.equal((await last).response.status, 'completed');

  assert.deepEqual(dropped, []);
  const said = session.history.filter((item) => item.role === 'assistant').map((item) => item.content[0]?.transcript);
  assert.ok(said.includes('It is foggy.'), JSON.stringify(said));
});
