// The two fakes as servers, and what their control interfaces say.
import {start} from './process.js';

const READY = /^linecheck \w+ ready listen=(\S+) control=(\S+)$/m;

/** Started, with the addresses that its first line names, and `ask(method, path, body)` of its control interface. */
async function server(kind, args) {
  const child = await start('linecheck', [kind, ...args], {ready: READY});
  const [, listen, control] = READY.exec(child.output());
  const ask = async (method, path, body) =>
    answer(await fetch(control + path, {method, body: body && JSON.stringify(body)}));
  return {...child, listen, control, ask};
}

async function answer(response) {
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${text}`);
  return /^[{[]/.test(text) ? JSON.parse(text) : text;
}

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
      fake.ask('POST', `/calls?${new URLSearchParams({...query, voice_url: voiceUrl})}`, script),
    calls: () => fake.ask('GET', '/calls'),
    /** All that is known of a call, once it has ended or `wait` seconds have passed. */
    facts: (sid, wait = 0) => fake.ask('GET', `/calls/${sid}?wait=${wait}`),
    /** What the caller heard, from the answer on, 8 kHz. */
    heard: (sid) => samples(`${fake.control}/calls/${sid}/heard.wav`),
    strike: (sid, fault) => fake.ask('POST', `/calls/${sid}/faults`, fault),
    reset: () => fake.ask('POST', '/reset'),
  };
}

/** `linecheck openai`. */
export async function fakeOpenAi(...args) {
  const fake = await server('openai', args);
  return {
    ...fake,
    realtime: `${fake.listen.replace('http', 'ws')}/v1/realtime?model=gpt-realtime`,
    sessions: async () => (await fake.ask('GET', '/sessions')).sessions,
    facts: (id, wait = 0) => fake.ask('GET', `/sessions/${id}?wait=${wait}`),
    /** What the model generated in one response, 8 kHz. */
    said: (id, response) => samples(`${fake.control}/sessions/${id}/responses/${response}/audio.wav`),
    script: (script) => fake.ask('PUT', '/script', script),
    behaviour: (part) => fake.ask('PUT', '/behaviour', part),
    strike: (id, fault) => fake.ask('POST', `/sessions/${id}/faults`, fault),
    reset: () => fake.ask('POST', '/reset'),
  };
}
