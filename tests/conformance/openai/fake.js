// The fake OpenAI as a server, and sound for it.
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import net from 'node:net';
import {tmpdir} from 'node:os';
import path from 'node:path';
import OpenAI from 'openai';
import {fakeOpenAi} from '../fakes.js';
import {root} from '../process.js';

/** `script`: the model part of a scenario (YAML). */
export async function startFake(script = '', args = []) {
  const folder = mkdtempSync(path.join(tmpdir(), 'fake-openai-'));
  const file = path.join(folder, 'script.yaml');
  writeFileSync(file, `linecheck: 1\nname: conformance\n${script}`);
  const fake = await fakeOpenAi('--quiet', ...(script ? ['--script', file] : []), ...args);
  const port = Number(new URL(fake.listen).port);
  return {
    ...fake,
    port,
    url: `ws://127.0.0.1:${port}/v1/realtime?model=gpt-realtime`,
    /** An official client aimed at the fake. */
    client: (apiKey = 'sk-test') => new OpenAI({apiKey, baseURL: `http://127.0.0.1:${port}/v1`}),
    /** Options of `ws` that carry a wss: URL over plain TCP: the client insists on the scheme. */
    plain: {createConnection: () => net.connect(port, '127.0.0.1')},
    async stop() {
      rmSync(folder, {recursive: true});
      return fake.stop();
    },
  };
}

/** The event types that a voice session over WebSocket has, from the catalogue that the unit tests hold the fake to. */
export function catalogue() {
  const file = path.join(root, 'tests/support/openai_server_events.schema.json');
  return JSON.parse(readFileSync(file, 'utf8'))
    .events.filter((event) => !event['x-unsupported'])
    .map((event) => event.properties.type.enum[0]);
}

const mulawOf = (sample) => {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(Math.abs(sample), 32635) + 132;
  const exponent = Math.max(Math.floor(Math.log2(magnitude)) - 7, 0);
  return ~(sign | (exponent << 4) | ((magnitude >> (exponent + 3)) & 0x0f)) & 0xff;
};

/** Something like a voice, in mu-law at 8 kHz: harmonics of 120 Hz, in syllables. */
export function speech(milliseconds) {
  const audio = Buffer.alloc(milliseconds * 8);
  for (let i = 0; i < audio.length; ++i) {
    let sample = 0;
    for (let harmonic = 1; harmonic < 20; ++harmonic) {
      sample += Math.sin((2 * Math.PI * 120 * harmonic * i) / 8000 + harmonic * harmonic) / harmonic;
    }
    audio[i] = mulawOf(Math.round(6000 * sample * (0.6 + 0.4 * Math.sin((2 * Math.PI * 4 * i) / 8000))));
  }
  return audio;
}

export const silence = (milliseconds) => Buffer.alloc(milliseconds * 8, 0xff);

/** The frames of 20 ms that a phone line brings, as a bridge appends them. */
export function frames(audio) {
  const events = [];
  for (let from = 0; from < audio.length; from += 160) {
    events.push({type: 'input_audio_buffer.append', audio: audio.subarray(from, from + 160).toString('base64')});
  }
  return events;
}

/** Keeps what comes, and waits for what is to come. */
export class Inbox {
  events = [];
  #waiting = [];

  push(event) {
    this.events.push(event);
    this.#waiting = this.#waiting.filter((waiter) => !waiter(event));
  }

  types() {
    return this.events.map((event) => event.type);
  }

  /** The next event, from now on, of this type that fits. */
  next(type, fits = () => true, deadline = 10_000) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`no ${type} within ${deadline} ms; the last: ${this.types().slice(-5)}`)), deadline);
      this.#waiting.push((event) => {
        if (event.type !== type || !fits(event)) return false;
        clearTimeout(timer);
        resolve(event);
        return true;
      });
    });
  }
}
