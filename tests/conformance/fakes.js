// The two fakes as servers, and what their control interfaces say.
import {start} from './process.js';

const READY = /^linecheck \w+ ready listen=(\S+) control=(\S+)$/m;

async function server(kind, args) {
  const child = await start('linecheck', [kind, ...args], {ready: READY});
  const [, listen, control] = READY.exec(child.output());
  return {...child, listen, control};
}

async function answer(response) {
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${text}`);
  return JSON.parse(text);
}

const get = async (url) => answer(await fetch(url));
const send = async (method, url, body) =>
  answer(await fetch(url, {method, body: body === undefined ? undefined : JSON.stringify(body)}));

/** The samples of a mono 16-bit WAV file. */
async function samples(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  const bytes = Buffer.from(await response.arrayBuffer());
  const data = bytes.indexOf('data', 12, 'latin1') + 8;
  return new Int16Array(bytes.buffer.slice(bytes.byteOffset + data, bytes.byteOffset + bytes.length));
}

/** `linecheck twilio`; arguments are those of the command line. */
export async function fakeTwilio(...args) {
  const fake = await server('twilio', args);
  return {
    ...fake,
    /** Dials the bridge's voice webhook; `script`: a part of a scenario. */
    call: (voiceUrl, script, query = {}) =>
      send('POST', `${fake.control}/calls?${new URLSearchParams({...query, voice_url: voiceUrl})}`, script),
    calls: () => get(`${fake.control}/calls`),
    /** All that is known of a call, once it has ended or `wait` seconds have passed. */
    facts: (sid, wait = 0) => get(`${fake.control}/calls/${sid}?wait=${wait}`),
    /** What the caller heard, from the answer on, 8 kHz. */
    heard: (sid) => samples(`${fake.control}/calls/${sid}/heard.wav`),
    strike: (sid, fault) => send('POST', `${fake.control}/calls/${sid}/faults`, fault),
    reset: () => send('POST', `${fake.control}/reset`),
  };
}

/** `linecheck openai`. */
export async function fakeOpenAi(...args) {
  const fake = await server('openai', args);
  return {
    ...fake,
    realtime: `${fake.listen.replace('http', 'ws')}/v1/realtime?model=gpt-realtime`,
    sessions: async () => (await get(`${fake.control}/sessions`)).sessions,
    facts: (id, wait = 0) => get(`${fake.control}/sessions/${id}?wait=${wait}`),
    /** What the model generated in one response, 8 kHz. */
    said: (id, response) => samples(`${fake.control}/sessions/${id}/responses/${response}/audio.wav`),
    script: (script) => send('PUT', `${fake.control}/script`, script),
    behaviour: (part) => send('PUT', `${fake.control}/behaviour`, part),
    strike: (id, fault) => send('POST', `${fake.control}/sessions/${id}/faults`, fault),
    reset: () => send('POST', `${fake.control}/reset`),
  };
}
