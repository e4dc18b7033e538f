// Bridges that are not linecheck's hold a call with a barge-in between the two fakes, and what the caller heard
// is looked at sample by sample.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import path from 'node:path';
import {after, before, test} from 'node:test';
import {fakeOpenAi, fakeTwilio} from '../fakes.js';
import {freePort, start} from '../process.js';

const RATE = 8000;
const here = import.meta.dirname;

const CALLER = {
  caller: [
    {wait: '500ms'},
    {say: {clip: 'hello-world.wav'}},
    {wait_for: 'bot_speaking', for: '2s'},
    {say: {text: 'Stop I know that already tell me something else'}, as: 'interruption'},
    {wait_for: 'bot_finished'},
    'hang_up',
  ],
};
const MODEL = {
  model: [
    {when: 'caller_finished', reply: {clip: 'demo-congrats.wav', transcript: 'A long answer.'}, as: 'long'},
    {when: 'caller_finished', reply: {clip: 'demo-thanks.wav', transcript: 'Thank you.'}, as: 'short'},
  ],
};

const BRIDGES = {
  'TwilioRealtimeTransportLayer of @openai/agents-extensions': {
    program: process.execPath, args: [path.join(here, 'agents/bridge.js')],
  },
  'a bridge in Node': {program: process.execPath, args: [path.join(here, 'node/bridge.js')]},
  'a bridge in Python': {
    program: '/usr/bin/python3', args: [path.join(here, 'python/bridge.py')],
    needs: '/usr/lib/python3/dist-packages/aiohttp',
  },
  'a bridge in Go': {
    program: path.join(here, 'go/bridge'), args: [],
    needs: '/usr/share/gocode/src/github.com/gorilla/websocket',
    build: () => execFileSync('go', ['build', '-o', 'bridge', 'main.go'], {
      cwd: path.join(here, 'go'),
      env: {...process.env, GO111MODULE: 'off', GOPATH: '/usr/share/gocode', GOCACHE: path.join(here, 'go/cache')},
    }),
  },
};

let twilio;
let openai;

before(async () => {
  twilio = await fakeTwilio('--seed', '1');
  openai = await fakeOpenAi('--seed', '1');
});
after(async () => {
  await twilio?.stop();
  await openai?.stop();
});

/** Where `part`'s first second begins in `heard`, and for how many samples the two go on alike. */
function find(heard, part) {
  const same = (at, count) => {
    for (let i = 0; i < count; ++i) if (heard[at + i] !== part[i]) return false;
    return true;
  };
  for (let at = 0; at + RATE <= heard.length; ++at) {
    if (!same(at, RATE)) continue;
    let count = RATE;
    while (count < part.length && at + count < heard.length && heard[at + count] === part[count]) ++count;
    return {at, count};
  }
  return {at: -1, count: 0};
}

for (const [name, bridge] of Object.entries(BRIDGES)) {
  const missing = bridge.needs && !existsSync(bridge.needs) ? `${bridge.needs} is not installed` : false;
  test(`${name} carries a call with a barge-in`, {skip: missing}, async () => {
    bridge.build?.();
    await openai.reset();
    await openai.script(MODEL);
    const port = await freePort();
    const program = await start(bridge.program, bridge.args, {
      ready: /^ready/m,
      env: {PORT: String(port), OPENAI_URL: openai.realtime, OPENAI_API_KEY: 'sk-test'},
    });
    try {
      const {sid} = await twilio.call(`http://127.0.0.1:${port}/voice`, CALLER);
      const call = await twilio.facts(sid, 90);
      await judge(call, await twilio.heard(sid));
    } catch (error) {
      error.message += `\nthe bridge said: ${program.output()}`;
      throw error;
    } finally {
      await program.stop();
    }
  });
}

test('a bridge that speaks PCM with the model is understood, although not a sample is the model\'s', {
  skip: existsSync(BRIDGES['a bridge in Python'].needs) ? false : 'aiohttp is not installed',
}, async () => {
  await openai.reset();
  const script = {model: [{when: 'caller_finished', reply: {clip: 'demo-thanks.wav'}, as: 'answer'}]};
  await openai.script(script);
  const port = await freePort();
  const {program, args} = BRIDGES['a bridge in Python'];
  const bridge = await start(program, args, {
    ready: /^ready/m,
    env: {PORT: String(port), OPENAI_URL: openai.realtime, OPENAI_API_KEY: 'sk-test', MODEL_AUDIO: 'pcm'},
  });
  try {
    const caller = [{wait: '500ms'}, {say: {clip: 'hello-world.wav'}}, {wait_for: 'bot_finished'}, 'hang_up'];
    const {sid} = await twilio.call(`http://127.0.0.1:${port}/voice`, {...script, caller});
    const call = await twilio.facts(sid, 60);
    assert.deepEqual(call.error_codes, []);
    const [answer] = call.measured.sounds.filter((sound) => sound.name === 'answer');
    assert.ok(answer.share < 0.2, `${answer.share} of it came bit for bit`);
    assert.ok(answer.resembled_share > 0.97, `only ${answer.resembled_share} of the answer was recognised`);
  } finally {
    await bridge.stop();
  }
});

async function judge(call, heard) {
  assert.equal(call.status, 'completed');
  assert.deepEqual(call.error_codes, []);
  assert.ok(call.steps.every((step) => step.ended !== null && !step.timed_out), 'a step of the caller timed out');
  const [session] = await openai.sessions();
  const {responses, truncations, errors} = await openai.facts(session.id);
  assert.deepEqual(errors, []);
  assert.deepEqual(responses.map((response) => response.as), ['long', 'short']);

  // The long answer was heard from its first sample, without a gap, until the caller spoke; no more of it came.
  const long = await openai.said(session.id, responses[0].id);
  const first = find(heard, long);
  assert.ok(first.at >= 0, 'the long answer was not heard');
  assert.ok(first.count >= 2 * RATE, `only ${first.count / RATE} s of the long answer were heard`);
  assert.ok(first.count < long.length, 'the long answer was heard to its end');
  const stopped = call.answered + (first.at + first.count) / RATE;
  const interruption = call.steps.find((step) => step.as === 'interruption');
  assert.ok(stopped > interruption.began, 'the bot stopped before the caller spoke');
  assert.ok(stopped < interruption.ended, 'the bot went on until the caller had finished');
  assert.equal(call.streams[0].clears.length > 0, true, 'the bridge never sent clear');

  // The model knows how much of it was heard.
  assert.equal(truncations[0]?.accepted, true);

  // The short answer was heard whole.
  const short = await openai.said(session.id, responses[1].id);
  const second = find(heard, short);
  assert.ok(second.at > first.at + first.count, 'the short answer was not heard after the long one');
  assert.equal(second.count, short.length);
}
