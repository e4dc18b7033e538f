'use strict';
// What the run left: an index of all scenarios, and a story for each that is read when it is looked at.

const report = JSON.parse(document.getElementById('run').textContent);
report.scenarios.forEach((scenario, number) => { scenario.number = number; });
const scenarioByKey = new Map(report.scenarios.map((scenario) => [scenario.key, scenario]));

function readStory(scenario) {
  return JSON.parse(document.getElementById(`story-${scenario.number}`).textContent);
}

const GLYPHS = {
  passed: '✓', failed: '✗', broken: '!', not_deterministic: '!', inconclusive: '?', known_failing: '≈', not_applicable: '–',
};
const WORDS = {
  passed: 'passed', failed: 'failed', broken: 'could not be run', not_deterministic: 'not deterministic',
  inconclusive: 'inconclusive', known_failing: 'known to fail', not_applicable: 'not applicable',
};
