// The official library as author of TwiML: the fake executes what it emits, and the bridge serves what it
// would emit for the same document.
import assert from 'node:assert/strict';
import {writeFile, mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {after, before, test} from 'node:test';
import {XMLParser} from 'fast-xml-parser';
import twilio from 'twilio';
import {fakeOpenAi} from '../fakes.js';
import {freePort, start} from '../process.js';
import {accountSid, authToken, patient, startApplication, startFake, until} from './fake.js';

const {VoiceResponse} = twilio.twiml;
const require = (await import('node:module')).createRequire(import.meta.url);
const {getExpectedTwilioSignature} = require('twilio/lib/webhooks/webhooks');

let fake;
let application;
let served;

before(async () => {
  fake = await startFake();
  application = await startApplication({
    '/voice': () => served.shift() ?? '<Response/>',
    '/next': () => served.shift() ?? '<Response/>',
  });
  await fake.control('PUT', '/defaults', patient);
});
after(async () => {
  await fake?.stop();
  await application?.stop();
});

/** Calls the application, which serves `documents` one after another; the call's facts once it is over. */
async function call(documents, script = patient) {
  served = documents.map(String);
  const voice = encodeURIComponent(`${application.http}/voice`);
  const {sid} = await fake.control('POST', `/calls?voice_url=${voice}`, script);
  return {sid, over: () => fake.control('GET', `/calls/${sid}?wait=20`)};
}
const socketOf = (sid) =>
  until(() => application.sockets.find((s) => s.messages[1]?.start?.callSid === sid), 'the stream starts');

test('a bidirectional stream with parameters, as the library writes it', async () => {
  const response = new VoiceResponse();
  const stream = response.connect().stream({url: `${application.ws}/media`, name: 'main'});
  stream.parameter({name: 'callId', value: '42'});
  stream.parameter({name: 'note', value: 'a & b <c> "d" \'e\' é 田'});
  response.hangup();
  const made = await call([response]);
  const socket = await socketOf(made.sid);
  assert.deepEqual(socket.messages[1].start.customParameters, {
    callId: '42',
    note: 'a & b <c> "d" \'e\' é 田',
  });
  assert.equal(socket.messages[0].protocol, 'Call');
  socket.connection.close();
  const facts = await made.over();
  assert.deepEqual(facts.verbs, ['Connect', 'Hangup']);
  assert.deepEqual(facts.error_codes, [31921]);
});

test('both_tracks under Connect, which the library writes and Twilio refuses', async () => {
  const response = new VoiceResponse();
  response.connect().stream({url: `${application.ws}/media`, track: 'both_tracks'});
  const facts = await (await call([response])).over();
  assert.deepEqual(facts.error_codes, [31941]);
  assert.equal(facts.streams[0].started ?? null, null);
});

test('a tap that is started and stopped, and an action when the stream is over', async () => {
  const response = new VoiceResponse();
  response.start().stream({url: `${application.ws}/tap`, name: 'tap', track: 'inbound_track'});
  response.pause({length: 1});
  response.stop().stream({name: 'tap'});
  response.connect({action: '/next', method: 'GET'}).stream({url: `${application.ws}/media`});
  const next = new VoiceResponse();
  next.say({voice: 'Polly.Joanna', language: 'en-US'}, 'bye é');
  next.hangup();
  const made = await call([response, next]);
  await socketOf(made.sid);
  const talk = await until(
    () =>
      application.sockets.find(
        (s) => s.request.path === '/media' && s.messages[1]?.start?.callSid === made.sid,
      ),
    'the second stream',
  );
  talk.connection.close();
  const facts = await made.over();
  assert.deepEqual(facts.verbs, ['Start', 'Pause', 'Stop', 'Connect', 'Say', 'Hangup']);
  assert.equal(application.to('/next').at(-1).method, 'GET');
  assert.deepEqual(facts.error_codes, [31921]);
});

test('redirects, pauses, refusals and empty documents', async () => {
  const first = new VoiceResponse();
  first.pause({length: 1});
  first.redirect({method: 'POST'}, '/next');
  const facts = await (await call([first, new VoiceResponse()])).over();
  assert.deepEqual(facts.verbs, ['Pause', 'Redirect']);
  assert.equal(facts.status, 'completed');
  assert.deepEqual(facts.error_codes, []);

  const busy = new VoiceResponse();
  busy.reject({reason: 'busy'});
  assert.equal((await (await call([busy])).over()).status, 'busy');
});

test('transcribes a recording, which the library reads back', async () => {
  const response = new VoiceResponse();
  response.record({timeout: 2, transcribe: true, transcribeCallback: `${application.http}/words`, action: '/next'});
  const made = await call([response, new VoiceResponse()], {
    caller: [{wait: '500ms'}, {say: {text: 'A table for two'}}, {listen: 'until_call_ends'}],
    twilio: {transcribed_after: '100ms'},
  });
  await made.over();
  const [told] = await until(() => {
    const all = application.to('/words');
    return all.length > 0 && all;
  }, 'the transcription comes');
  assert.ok(told.valid);
  assert.equal(told.params.TranscriptionText, 'A table for two');
  assert.equal(told.params.TranscriptionStatus, 'completed');

  const read = await fake.client.transcriptions(told.params.TranscriptionSid).fetch();
  assert.equal(read.transcriptionText, 'A table for two');
  assert.equal(read.recordingSid, told.params.RecordingSid);
  const [listed] = await fake.client.recordings(read.recordingSid).transcriptions.list();
  assert.equal(listed.sid, read.sid);
});

test('gathers keys, and asks the action with them', async () => {
  const response = new VoiceResponse();
  const gather = response.gather({input: 'dtmf', numDigits: 2, timeout: 5, action: '/next', method: 'POST'});
  gather.say('press two keys');
  response.hangup();
  const next = new VoiceResponse();
  next.hangup();
  const made = await call([response, next], {
    caller: [{press: '4#'}, {press: '2'}, {listen: 'until_call_ends'}],
  });
  const facts = await made.over();
  assert.deepEqual(facts.verbs, ['Gather', 'Hangup']);
  assert.equal(application.to('/next').at(-1).params.Digits, '4');
});

test('records the caller, whose recording can be fetched', async () => {
  const response = new VoiceResponse();
  response.record({action: '/next', timeout: 1, maxLength: 10, playBeep: true});
  const made = await call([response], {caller: [{say: {speech: '1s'}}, {listen: 'until_call_ends'}]});
  await made.over();
  const {params} = application.to('/next').at(-1);
  assert.match(params.RecordingSid, /^RE[0-9a-f]{32}$/);
  assert.match(params.RecordingDuration, /^\d+$/);
  const [recording] = await fake.client.calls(made.sid).recordings.list();
  assert.equal(recording.sid, params.RecordingSid);
  assert.equal((await fake.client.recordings(recording.sid).fetch()).callSid, made.sid);
});

test('plays keys and dials a number, and says how it went', async () => {
  const response = new VoiceResponse();
  response.play({digits: 'w1'});
  response.dial({action: '/next', timeout: 1}, '+15551234567');
  const facts = await (await call([response])).over();
  assert.deepEqual(facts.verbs, ['Play', 'Dial']);
  assert.match(application.to('/next').at(-1).params.DialCallStatus, /^(no-answer|busy|failed|completed)$/);
});

// ---- what the bridge serves ---------------------------------------------------------------------------

const parser = new XMLParser({
  ignoreAttributes: false,
  preserveOrder: true,
  trimValues: false,
  parseTagValue: false, // a phone number keeps its +
});
const asXml = (text) => parser.parse(String(text));

/** Of an element, as the library takes them. */
const attributesOf = (element) =>
  Object.fromEntries(
    Object.entries(element[':@'] ?? {}).map(([name, value]) => [name.replace('@_', ''), value]),
  );

/** The same document, written by the library from the values that are in it. */
function rewritten(text) {
  const [, {Response: verbs}] = asXml(text);
  const response = new VoiceResponse();
  for (const verb of verbs) {
    if (verb.Connect) {
      const stream = response.connect().stream(attributesOf(verb.Connect[0]));
      for (const parameter of verb.Connect[0].Stream)
        stream.parameter({name: parameter[':@']['@_name'], value: parameter[':@']['@_value']});
    } else if (verb.Redirect) {
      response.redirect({method: verb[':@']['@_method']}, verb.Redirect[0]['#text']);
    } else if (verb.Dial) {
      const dial = response.dial(attributesOf(verb));
      for (const {Number: number} of verb.Dial) dial.number(number[0]['#text']);
    } else if (verb.Hangup) {
      response.hangup();
    } else if (verb.Say) {
      response.say({language: verb[':@']['@_language']}, verb.Say[0]['#text']);
    } else {
      assert.fail(`the bridge served a verb that this test does not know: ${JSON.stringify(verb)}`);
    }
  }
  return response.toString();
}

test('the webhooks of our bridge serve what the library would', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'linecheck-'));
  const [port, admin] = [await freePort(), await freePort()];
  const config = path.join(folder, 'bridge.yaml');
  await writeFile(
    config,
    `
public_url: https://bridge.example.com
listen: {host: 127.0.0.1, port: ${port}}
admin: {host: 127.0.0.1, port: ${admin}}
openai: {url: "ws://127.0.0.1:9/"}
twiml: {prelude: '<Say language="de">Grüß &amp; Gott &lt;3</Say>'}
`,
  );
  const bridge = await start('linecheck-bridge', ['--config', config], {
    ready: /TWIML_TRACK=/,
    env: {OPENAI_API_KEY: 'sk-x', TWILIO_ACCOUNT_SID: accountSid, TWILIO_AUTH_TOKEN: authToken},
  });
  try {
    for (const [route, direction] of [
      ['incoming_call', 'inbound'],
      ['outbound_call', 'outbound-api'],
    ]) {
      const form = {
        CallSid: `CA${(direction === 'inbound' ? 'd4' : 'e5').repeat(16)}`,
        AccountSid: accountSid,
        From: '+14158675310',
        To: '+18005551212',
        Direction: direction,
        CallStatus: 'ringing',
        CallerName: 'Zoë & "Söhne" <x>',
      };
      const serve = async (url, params) => {
        const signature = getExpectedTwilioSignature(authToken, url, params);
        const ask = (headers) =>
          fetch(url.replace('https://bridge.example.com', `http://127.0.0.1:${port}`), {
            method: 'POST',
            body: new URLSearchParams(params),
            headers,
          });
        assert.equal((await ask({'X-Twilio-Signature': signature.replace(/^./, '_')})).status, 403);
        const answer = await ask({'X-Twilio-Signature': signature});
        const text = await answer.text();
        assert.equal(answer.status, 200, text);
        assert.match(answer.headers.get('content-type'), /^text\/xml/);
        assert.deepEqual(asXml(text), asXml(rewritten(text)));
        assert.equal(text, rewritten(text));
        return text;
      };
      const document = await serve(`https://bridge.example.com/webhook/${route}`, form);

      assert.match(
        document,
        /<Stream url="wss:\/\/bridge\.example\.com\/ws\/twilio-media" track="both_tracks" statusCallback="https:\/\/bridge\.example\.com\/webhook\/stream_status\?/,
      );
      assert.match(document, new RegExp(`<Parameter name="CallSid" value="${form.CallSid}"/>`));
      assert.match(document, /<Parameter name="To" value="\+18005551212"\/>/);
      // What the caller's way on leads to: once more with the track that is always allowed, then the end.
      const wayOn = (text) => asXml(text)[1].Response.at(-1).Redirect[0]['#text'];
      const again = await serve(wayOn(document), {...form, CallStatus: 'in-progress', ErrorCode: '31941'});
      assert.match(again, /track="inbound_track"/);
      assert.equal(
        await serve(wayOn(again), {...form, CallStatus: 'in-progress'}),
        `${new VoiceResponse()}`.replace('<Response/>', '<Response><Hangup/></Response>'),
      );
    }
  } finally {
    await bridge.stop();
    await rm(folder, {recursive: true});
  }
});

test('our bridge passes a caller on with what the library would write', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'linecheck-'));
  const [port, admin] = [await freePort(), await freePort()];
  const openai = await fakeOpenAi();
  await openai.script({
    model: [
      {
        when: 'caller_finished',
        reply: {speech: '500ms', then: {tool: 'transfer_call', with: {to: '+97231112222'}}},
      },
    ],
  });
  const config = path.join(folder, 'bridge.yaml');
  await writeFile(
    config,
    JSON.stringify({
      public_url: `http://127.0.0.1:${port}`,
      listen: {host: '127.0.0.1', port},
      admin: {host: '127.0.0.1', port: admin},
      twilio: {account_sid: accountSid, auth_token: authToken, api_base: fake.listen},
      twiml: {track: 'inbound_track'},
      openai: {url: `${openai.listen.replace('http', 'ws')}/v1/realtime`, api_key: 'sk-x'},
      agent: {
        greeting: 'none',
        tools: {transfer_call: {allow: ['+9723*'], ring_timeout: '20s', caller_id: '+18005551212'}},
      },
    }),
  );
  const bridge = await start('linecheck-bridge', ['--config', config], {ready: /TWIML_TRACK=/});
  try {
    const {sid} = await fake.call(`http://127.0.0.1:${port}/webhook/incoming_call`, {
      others: {human: {number: '+97231112222', answers_after: '100ms', say: {speech: '500ms'}}},
      caller: [{wait: '500ms'}, {say: {speech: '1s'}}, {listen: '8s'}, 'hang_up'],
    });
    const {documents, verbs} = await fake.facts(sid, 30);
    const moved = documents.find(({twiml}) => twiml.includes('<Dial'))?.twiml;
    assert.ok(moved, `no <Dial> in ${verbs}`);
    assert.match(moved, /<Dial callerId="\+18005551212" timeout="20".*<Number>\+97231112222<\/Number>/);
    assert.equal(moved, rewritten(moved));
  } finally {
    await bridge.stop();
    await openai.stop();
    await rm(folder, {recursive: true});
  }
});
