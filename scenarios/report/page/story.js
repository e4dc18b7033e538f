// One scenario: how it went, what failed and why, where to look, and all of it on one time axis.

/** Where a verdict points: which part of the chain from caller to model. */
const SUSPECTS = {
  openai_not_generating: 'OpenAI', openai_unreachable: 'OpenAI', openai_misconfigured: 'OpenAI',
  pipeline_blockage: 'Bridge', bridge_fault: 'Bridge', process_ended: 'Bridge',
  twilio_or_network: 'Twilio', stream_never_started: 'Twilio',
  no_caller_audio: 'Twilio', no_turn: 'Caller', too_short: 'Caller', not_answered: 'Caller',
};

class StoryView {
  constructor(scenario, root) {
    this.scenario = scenario;
    this.root = root;
    this.story = readStory(scenario);
    this.player = new Player((seconds) => this.moved(seconds));
    this.sources = Object.entries(scenario.parts).map(([part, number]) => [Number(part), report.sources[number]]);
    root.replaceChildren(this.heading(), ...this.verdict(), this.timeline(), this.paths(), ...this.written(),
      ...this.details());
    this.lanes?.draw();
    if (this.story.calls) this.chooseCall(0);
    const failing = this.story.expectations.find((x) => x.status === 'failed' && x.window);
    if (failing) this.player.seek(failing.window[0]);
  }

  close() {
    this.player.audio.pause();
    this.player.audio.removeAttribute('src');
  }

  goTo(seconds) {
    this.player.seek(seconds);
    this.lanes?.reveal(seconds);
    this.lanes?.element.scrollIntoView({block: 'nearest', behavior: calmly()});
  }

  moved(seconds) {
    this.lanes?.moveHead(seconds, !this.player.audio.paused);
    if (this.clock) this.clock.textContent = secondsText(seconds);
  }

  heading() {
    const {scenario} = this;
    const facts = [
      scenario.verdict && h('span', {}, 'verdict ', h('b', {}, scenario.verdict)),
      h('span', {}, `lasts ${secondsText(scenario.lasts, 1)}`),
      h('span', {}, `took ${scenario.took < 1 ? `${Math.round(scenario.took * 1000)} ms` : secondsText(scenario.took)}`),
      h('span', {}, `seed ${scenario.seed}`),
      h('span', {}, `${scenario.expectations} expectations` +
        (scenario.not_applicable ? `, ${scenario.not_applicable} not applicable` : '')),
      ...scenario.tags.map((tag) => h('span.tag', {}, tag)),
    ];
    return h('section.heading', {},
      h('h1', {}, badge(scenario.status), ' ', h('span', {dir: 'auto'}, scenario.name), ' ',
        h('a.anchor', {href: `#${encodeURIComponent(scenario.key)}`, title: 'a link to this scenario'}, '#')),
      words('p.about', scenario.about),
      h('p.facts', {}, facts),
      scenario.replay && h('p.replay', {}, h('span', {}, 'Again: '), h('code', {}, scenario.replay),
        copyButton(scenario.replay)));
  }

  verdict() {
    const failed = this.story.expectations.filter((x) => ['failed', 'inconclusive'].includes(x.status));
    const others = [];
    for (const text of this.story.others) {
      others.push(h('article.failure', {}, h('h3', {}, ['broken', 'not_deterministic'].includes(this.scenario.status)
        ? 'It could not be run' : 'Asserted in every scenario'), h('pre', {dir: 'auto'}, withMoments(text, (t) => this.goTo(t)))));
    }
    const asked = failed.map((x) => this.failure(x));
    const cards = this.story.others_first ? [...others, ...asked] : [...asked, ...others];
    if (cards.length === 0) return [];
    const first = cards.length > 4 ? cards.splice(0, 3) : cards.splice(0);
    const rest = cards.length > 0 && h('details', {}, h('summary', {}, `and ${cards.length} more`), h('div.failures', {}, cards));
    return [h('section.failures', {'aria-label': 'What failed'}, h('h2', {}, 'What failed'), first, rest, this.notes(), this.leg())];
  }

  /// What was never used or came in vain is often why something failed.
  notes() {
    const {notes} = this.story;
    if (notes.length === 0) return null;
    return h('div', {}, h('h3', {}, 'Notes'), h('ul', {}, notes.map((note) => words('li', note))));
  }

  failure(expectation) {
    const file = this.sources.find(([part]) => part === expectation.part)?.[1]?.file ?? '';
    const goTo = (seconds) => this.goTo(seconds);
    return h('article.failure', {},
      h('h3', {dir: 'auto'}, h('code', {}, expectation.text)),
      h('p.why', {dir: 'auto'}, withMoments(expectation.why, goTo)),
      expectation.miss && h('p.miss', {dir: 'auto'}, h('b', {}, 'Nearest miss: '), withMoments(expectation.miss, goTo)),
      h('p.where', {}, h('button.link', {type: 'button', onclick: () => showLine(this.root, file, expectation.line)},
        `${file}:${expectation.line}`),
      expectation.window && h('button.link', {type: 'button', onclick: () => goTo(expectation.window[0])},
        `had to hold from ${secondsText(expectation.window[0])} to ${secondsText(expectation.window[1])}`)));
  }

  leg() {
    const {leg, calls} = this.story;
    if (!leg) return null;
    const disagrees = (calls ?? []).filter((call) => call.verdict && call.bridge_verdict && call.verdict !== call.bridge_verdict);
    const suspect = SUSPECTS[leg.verdict];
    return h('article.leg', {},
      h('h3', {}, suspect ? `Look at: ${suspect}` : 'Where the sound went'),
      h('p.chain', {}, ['Caller', 'Twilio', 'Bridge', 'OpenAI'].map((name, i) => [
        i > 0 ? h('span.arrow', {'aria-hidden': 'true'}, '⇄') : null,
        h(`span.station${name === suspect ? '.suspect' : ''}`, {}, name)])),
      h('p', {}, h('b', {}, leg.verdict), `: ${leg.says}`),
      disagrees.map((call) => h('p', {}, `The bridge said ${call.bridge_verdict} of ${call.sid}.`)),
      leg.next.length > 0 && h('ul', {}, leg.next.map((text) => h('li', {}, text))));
  }

  timeline() {
    const {story} = this;
    if (!story.calls) return h('section', {}, h('p.quiet', {}, 'There is nothing to show: no call was made.'));
    this.inspected = h('div.inspector', {'aria-live': 'polite'},
      h('p.quiet', {}, 'Choose a mark to read its message; click anywhere else to go to that moment.'));
    this.lanes = new Lanes(story, (mark, number, of) => this.inspect(mark, number, of), (seconds) => this.player.seek(seconds));
    this.lanes.shades = story.expectations.filter((x) => x.status === 'failed' && x.window)
      .map((x) => ({from: x.window[0], to: x.window[1], text: x.text}));
    return h('section.timeline', {'aria-label': 'The call over time'}, h('h2', {}, 'The call'), this.callChoice(),
      this.controls(), this.lanes.element, this.inspected, this.leftOut());
  }

  callChoice() {
    const {calls, more_calls: more} = this.story;
    if (calls.length < 2 && !more) return null;
    return h('p.calls', {}, h('label', {}, 'Call ', h('select', {
      onchange: (event) => this.chooseCall(Number(event.target.value)),
    }, calls.map((call, number) => h('option', {value: number},
      `${call.number}: ${call.from} → ${call.to}, ${call.verdict || call.status || ''}`)))),
    more > 0 && h('span.quiet', {}, ` and ${more} more that the report does not show`));
  }

  chooseCall(number) {
    const call = this.story.calls[number];
    this.player.load(call);
    this.lanes.showCall(number);
    const silent = !this.player.hasSound();
    for (const element of this.soundControls) element.disabled = silent;
    this.noSound.hidden = !silent;
    this.callFacts.replaceChildren(...this.factsOf(call));
  }

  factsOf(call) {
    if (!call) return [];
    const facts = [`${call.direction} ${call.from} → ${call.to}`];
    if (call.ended !== null && call.ended !== undefined) facts.push(`ended by ${call.ended_by} at ${secondsText(call.ended)}`);
    const elements = facts.map((fact) => h('span', {}, fact));
    for (const [at, code, text] of call.errors) {
      elements.push(h('button.moment', {type: 'button', title: text, onclick: () => this.goTo(at)}, `Twilio ${code} at ${secondsText(at)}`));
    }
    return elements;
  }

  controls() {
    const play = h('button.play', {type: 'button', onclick: () => this.player.toggle()}, '▶ Play');
    this.player.changed = () => {
      const playing = !this.player.audio.paused;
      play.textContent = playing ? '❚❚ Pause' : '▶ Play';
      play.classList.toggle('playing', playing);
    };
    const which = h('select', {'aria-label': 'What is played', onchange: (event) => this.player.choose(event.target.value)},
      h('option', {value: 'both'}, 'both, left and right'), h('option', {value: 'caller'}, 'what the caller says'),
      h('option', {value: 'heard'}, 'what the caller hears'));
    this.soundControls = [play, which];
    this.clock = h('output.clock', {'aria-label': 'position'}, secondsText(0));
    this.noSound = h('span.quiet', {hidden: true}, 'To hear scenarios that pass: linecheck run --keep all');
    this.callFacts = h('p.facts', {});
    const zoom = (factor) => () => this.lanes.setZoom(factor === 0 ? 1 : this.lanes.zoom * factor);
    return [h('div.controls', {}, play, which, this.clock, this.noSound, h('span.spread'),
      h('button', {type: 'button', onclick: zoom(0.5), 'aria-label': 'zoom out'}, '−'),
      h('button', {type: 'button', onclick: zoom(0)}, 'All'),
      h('button', {type: 'button', onclick: zoom(2), 'aria-label': 'zoom in'}, '+')), this.callFacts];
  }

  inspect(mark, number, of) {
    const to = {[FROM_BRIDGE]: 'from the bridge', [TO_BRIDGE]: 'to the bridge', [NOTE]: ''}[mark.direction];
    let text = mark.text ?? 'The text of messages is kept for scenarios that fail, or with --keep all.';
    try {
      text = JSON.stringify(JSON.parse(text), null, 1);
    } catch {
      // No JSON, or cut short: shown as it is.
    }
    this.inspected.replaceChildren(
      h('p', {}, h('b', {}, secondsText(mark.at, 3)), ` ${mark.lane} ${to} `,
        mark.lane === 'log' ? null : h('code', {}, mark.name), h('span.quiet', {}, ` ${number} of ${of}`)),
      h('pre', {dir: 'auto'}, text));
  }

  leftOut() {
    const {left_out: left, dropped} = this.story.wires;
    const missing = (left ?? 0) + (dropped ?? 0);
    return missing > 0 ? h('p.quiet', {}, `${missing} more messages are not in this page; wires.jsonl has them.`) : null;
  }

  /** How far each answer came: made by the model, arrived at Twilio, heard. */
  paths() {
    const rows = (this.story.calls ?? []).flatMap((call) =>
      (call.answers ?? []).map(([as, made, arrived, played, verdict, reason]) => ({number: call.number, as, made, arrived, played, verdict, reason})));
    if (rows.length === 0) return null;
    const longest = Math.max(0.1, ...rows.map((row) => row.made));
    const bar = (value) => h('td', {}, h('span.amount', {}, secondsText(value)),
      h('span.bar', {style: `width:${(value / longest * 100).toFixed(1)}%`}));
    const bad = new Set(['silent', 'stuck', 'unconfirmed']);
    const several = this.story.calls.length > 1;
    return h('section.paths', {}, h('h2', {}, 'How far each answer came'), h('table', {},
      h('thead', {}, h('tr', {}, several && h('th', {}, 'call'), h('th', {}, 'answer'), h('th', {}, 'the model made'),
        h('th', {}, 'arrived at Twilio'), h('th', {}, 'was heard'), h('th', {}, 'the truth'))),
      h('tbody', {}, rows.map((row) => h('tr', {class: bad.has(row.verdict) ? 'bad' : null},
        several && h('td', {}, String(row.number)), words('td', row.as || '(unnamed)'),
        bar(row.made), bar(row.arrived), bar(row.played),
        h('td', {}, row.reason && row.reason !== 'none' ? `${row.verdict} (${row.reason})` : row.verdict || '–'))))));
  }

  written() {
    const goTo = (seconds) => this.goTo(seconds);
    return this.sources.map(([part, source]) => h('section', {}, h('h2', {}, part === 0 ? 'The scenario' : 'Included'),
      sourceListing(source, this.story.expectations.filter((x) => x.part === part), goTo)));
  }

  details() {
    const {story, scenario} = this;
    const fold = (title, content) => h('details', {}, h('summary', {}, title), content);
    const goTo = (seconds) => this.goTo(seconds);
    const parts = [];
    if (story.log?.length > 0) {
      parts.push(fold(`The bridge's log (${story.log.length} lines)`, h('div.log', {tabindex: 0, dir: 'ltr'}, story.log.map(
        ([ms, text, times]) => h('div', {}, h('button.moment', {type: 'button', onclick: () => goTo(ms / 1000)},
          secondsText(ms / 1000, 3)), ' ', h('code', {}, text), times && h('b', {}, ` × ${times}`))))));
    }
    if (story.changes?.length > 0) {
      parts.push(fold(`Metrics that changed (${story.changes.length})`, h('table.changes', {},
        h('thead', {}, h('tr', {}, h('th', {}, 'series'), h('th', {}, 'before'), h('th', {}, 'after'))),
        h('tbody', {}, story.changes.map(([series, before, after]) => h('tr', {}, h('td', {}, h('code', {}, series)),
          h('td', {}, numberText(before)), h('td', {}, numberText(after))))))));
    }
    const failed = story.others.length > 0 || story.expectations.some((x) => ['failed', 'inconclusive'].includes(x.status));
    if (!failed && story.notes.length > 0) parts.push(this.notes());  // else they stand beside what failed
    if (scenario.folder) {
      const link = (name) => h('a', {href: `${encodeURIComponent(scenario.folder)}/${name}`}, name);
      parts.push(h('p.files', {}, 'Files beside this page: ',
        ['heard.wav', 'wires.jsonl', 'bridge.log', 'metrics.prom'].map((name) => [link(name), ' '])));
    }
    return parts.length > 0 ? [h('section.details', {}, h('h2', {}, 'More'), parts)] : [];
  }
}
