// The incident's scenarios against the two bridges of docs/examples: what they carry, what linecheck says of
// the legs that are silent, and where they let the caller down. Their weaknesses are facts about their kind,
// asserted so that linecheck is seen to find them.
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {test} from 'node:test';
import {root} from '../process.js';

const library = path.join(root, 'scenarios/library');
const SCENARIOS = [
  'sound/normal', 'silence/no-deltas', 'silence/no-deltas-fallback', 'silence/silent-audio',
  'barge-in/late-deltas-after-cancel', 'barge-in/first-event-is-a-cancel', 'line/tx-blockage',
  'twiml/inbound-only-track', 'twiml/inbound-only-track-early-marks', 'twiml/inbound-only-track-left-early',
].map((name) => path.join(library, `${name}.yaml`));

/** Runs them, and gives what `results.json` has; `of(scenario, a part of an expectation)` is one of those. */
async function run(bridge) {
  const out = await mkdtemp(path.join(tmpdir(), 'linecheck-bridges-'));
  const program = path.join(import.meta.dirname, '../examples', bridge, 'bridge.js');
  const command = `exec '${process.execPath}' '${program}'`;
  const child = spawn(path.join(process.env.LINECHECK_BIN, 'linecheck'),
    ['run', '--project', '', '--bridge-command', command, '--jobs', '5', '--out', out, ...SCENARIOS]);
  let output = '';
  child.stdout.on('data', (chunk) => { output += chunk; });
  child.stderr.on('data', (chunk) => { output += chunk; });
  const status = await new Promise((resolve) => child.on('close', resolve));
  try {
    const {scenarios} = JSON.parse(await readFile(path.join(out, 'results.json')));
    const scenario = (name) => scenarios.find((one) => one.name === name) ??
      assert.fail(`no ${name}:\n${output}`);
    const of = (name, text) => scenario(name).expectations.find((one) => one.text.includes(text)) ??
      assert.fail(`${name} has no '${text}'`);
    return {status, output, scenario, of};
  } finally {
    await rm(out, {recursive: true});
  }
}

/** What every bridge without a verdict, an apology and a track of its own comes to. */
function judgeCommon({status, output, scenario, of}) {
  assert.equal(status, 1, output);
  assert.match(output, /^bridge under test: exec .*bridge\.js' \(not linecheck's, in real time\)\n/);

  // A call without anything wrong is carried.
  assert.equal(of('normal[twilio_docs]', 'verdict: normal').status, 'passed', output);
  assert.equal(of('normal[twilio_docs]', 'heard: answer').status, 'passed', output);
  // What it does not publish is never a pass.
  assert.equal(of('normal[twilio_docs]', 'voicebridge_twilio_frames_sent_total').status, 'not_applicable');
  assert.equal(of('normal[twilio_docs]', 'RX_AUDIO_DELTA').status, 'not_applicable');

  // The incident: it names no track, and under the rules of the incident's report the caller hears nothing.
  assert.equal(scenario('normal[incident_report]').verdict.split(' ')[0], 'twilio_or_network');
  assert.equal(of('normal[incident_report]', 'heard: answer').status, 'failed');
  assert.match(of('normal[incident_report]', 'twiml:').why, /carries no sound/);

  // The silent leg is found without a word from the bridge.
  for (const [name, verdict] of Object.entries({
    'no-deltas': 'openai_not_generating',
    'silent-audio': 'openai_not_generating',
    'tx-blockage': 'pipeline_blockage',
    'inbound-only-track': 'twilio_or_network',
    'inbound-only-track-early-marks': 'twilio_or_network',
  })) assert.equal(scenario(name).verdict.split(' ')[0], verdict, output);

  assert.equal(scenario('inbound-only-track-left-early').verdict, 'too_short', output);
  for (const name of ['inbound-only-track', 'inbound-only-track-early-marks', 'inbound-only-track-left-early'])
    assert.equal(of(name, 'heard: nothing').status, 'passed', output);

  // linecheck-bridge's configuration is not theirs: neither its clip nor its track is asked of them.
  assert.equal(scenario('no-deltas-fallback').status, 'not_applicable', output);
  for (const name of ['inbound-only-track', 'inbound-only-track-early-marks'])
    assert.equal(of(name, 'twiml:').status, 'passed', output);

  for (const ends of ['cancelled_at_birth', 'cancelled_before_created']) {
    assert.equal(of(`first-event-is-a-cancel[${ends}]`, 'heard: answer').status, 'passed', output);
  }
}

test('a bridge as the samples are plays what comes after a cancel', {timeout: 300_000}, async () => {
  const result = await run('node-ws');
  judgeCommon(result);
  // On a machine that is late nothing about time is judged, and what it would have been is said.
  const {status, why} = result.of('late-deltas-after-cancel', 'not_heard: greeting');
  assert.ok(status === 'failed' || /would have failed/.test(why), `${status}: ${why}`);
});

test('a bridge on TwilioRealtimeTransportLayer does not', {timeout: 300_000}, async () => {
  const result = await run('node-agents');
  judgeCommon(result);
  const {status, why} = result.of('late-deltas-after-cancel', 'not_heard: greeting');
  assert.ok(status === 'passed' || /would have passed/.test(why), `${status}: ${why}`);
});
