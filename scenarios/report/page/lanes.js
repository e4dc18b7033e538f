// The lanes: both ends of the call, the two wires, the bridge and the metrics on one time axis.

const COLOURS = {toModel: 'var(--caller)', toCaller: 'var(--bot)'};
const PEAKS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const [FROM_BRIDGE, TO_BRIDGE, NOTE] = [0, 1, 2];

/** A round step of the axis, so that labels stand at least 70 px apart. */
function axisStep(pixelsPerSecond) {
  const steps = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800];
  return steps.find((step) => step * pixelsPerSecond >= 70) ?? 3600;
}

function waveform(track, x, height, colour) {
  const middle = height / 2;
  let above = '', below = '';
  for (let i = 0; i < track.peaks.length; ++i) {
    const share = PEAKS.indexOf(track.peaks[i]) / 63;
    const at = x(track.at + i * track.step).toFixed(1);
    const reach = Math.max(0.5, share * (middle - 2));
    above += `${at} ${(middle - reach).toFixed(1)} `;
    below = `${at} ${(middle + reach).toFixed(1)} ${below}`;
  }
  const path = track.peaks.length > 0 ? `M${above}L${below}Z` : '';
  return s('path.wave', {d: path, fill: colour});
}

function stepLine(points, end, x, height) {
  const values = points.map((point) => point[1]);
  const [low, high] = [Math.min(0, ...values), Math.max(...values)];
  const y = (value) => height - 5 - (high === low ? 0 : ((value - low) / (high - low)) * (height - 10));
  let path = `M${x(0).toFixed(1)} ${y(points[0][1]).toFixed(1)}`;
  for (const [ms, value] of points) path += `H${x(ms / 1000).toFixed(1)}V${y(value).toFixed(1)}`;
  return `${path}H${x(end).toFixed(1)}`;
}

const isBad = (name) => /error|fail|invalid|refused|^[45]\d\d$|busy|no-answer/.test(name);

class Lanes {
  /** `played(seconds)`: somebody points at a moment. */
  constructor(story, inspector, pointed) {
    this.story = story;
    this.inspector = inspector;
    this.pointed = pointed;
    this.zoom = 1;
    this.callNumber = 0;
    this.labels = h('div.labels');
    this.scroller = h('div.scroller', {
      tabindex: 0, role: 'group',
      'aria-label': 'Messages over time: left and right arrows go from one to the next',
      onkeydown: (event) => this.key(event),
    });
    this.element = h('div.lanes', {}, this.labels, this.scroller);
    this.end = Math.max(0.1, story.lasts ?? 0, ...(story.calls ?? []).map((call) => call.ended ?? 0));
    this.shades = [];
    new ResizeObserver(() => this.drawSoon()).observe(this.scroller);
  }

  call() {
    return this.story.calls[this.callNumber];
  }

  /** Number of a call in the story's wires: its own, and those of its sessions. */
  callNumbers() {
    const call = this.call();
    const ids = new Set(['', call?.sid, ...(call?.sessions ?? [])]);
    const numbers = new Set();
    this.story.wires.calls.forEach((id, number) => { if (ids.has(id)) numbers.add(number); });
    return numbers;
  }

  drawSoon() {
    if (this.scroller.clientWidth === this.drawnWidth) return;
    requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.drawnWidth = this.scroller.clientWidth;
    if (!this.drawnWidth || !this.element.isConnected) return;
    const width = Math.min(200_000, Math.max(200, this.drawnWidth - 2) * this.zoom);
    this.width = width;
    this.pixels = (width - 24) / this.end;
    const x = (seconds) => 4 + seconds * this.pixels;
    this.x = x;
    this.top = 0;
    this.marks = [];
    this.rows = [];
    this.metrics = [];
    this.svg = s('svg', {width, role: 'presentation'});
    this.back = this.svg.appendChild(s('g'));
    this.labels.replaceChildren();
    this.axis(width);
    this.ends();
    this.wire('Twilio', (lane) => lane.startsWith('twilio'), COLOURS.toModel, COLOURS.toCaller);
    this.bridge();
    this.wire('OpenAI', (lane) => lane.startsWith('openai'), COLOURS.toCaller, COLOURS.toModel);
    this.replies();
    const others = this.story.wires.lanes.filter((lane) => !/^(twilio|openai)/.test(lane));
    for (const lane of others) this.wire(lane, (name) => name === lane, COLOURS.toModel, COLOURS.toCaller);
    for (const metric of this.story.course ?? []) this.metric(metric);
    this.shade();
    this.grid(width);
    this.marks.sort((a, b) => a.at - b.at);
    this.head = s('line.head', {y1: 0, y2: this.top});
    this.svg.append(this.head);
    this.svg.setAttribute('height', this.top);
    this.svg.addEventListener('click', (event) => this.clicked(event));
    this.scroller.replaceChildren(this.svg);
    this.moveHead(this.headAt ?? 0);
    if (this.selected !== undefined) this.highlight();
  }

  /** A lane: its label, and the group that its contents go into. */
  lane(label, height, kind, title) {
    this.labels.append(h(`div.label.${kind}`, {style: `height:${height}px`, title: title ?? label},
      h('span', {dir: 'auto'}, label)));
    const group = s(`g.lane.${kind}`, {transform: `translate(0 ${this.top})`});
    this.svg.append(group);
    this.rows.push(this.top);
    this.top += height;
    return group;
  }

  axis(width) {
    const group = this.lane('seconds', 24, 'axis');
    const step = axisStep(this.pixels);
    const digits = step < 0.1 ? 2 : step < 1 ? 1 : 0;
    this.ticks = [];
    for (let at = 0; at <= this.end + 1e-9; at += step) {
      this.ticks.push(this.x(at));
      if (this.x(at) > width - 20) continue;
      group.append(s('text', {x: this.x(at) + 3, y: 16}, at.toFixed(digits)));
    }
  }

  grid() {
    for (const x of this.ticks) this.back.append(s('line.tick', {x1: x, x2: x, y1: 20, y2: this.top}));
    for (const y of this.rows.slice(1)) this.back.append(s('line.rule', {x1: 0, x2: '100%', y1: y, y2: y}));
  }

  ends() {
    const call = this.call();
    if (!call) return;
    const steps = this.lane('Caller does', 24, 'spans');
    for (const [from, to, what, as, timedOut] of call.steps) {
      const [, does, its] = /^(\S*\s*)(.*)$/s.exec(what);
      this.span(steps, from, to ?? this.end, `${does}${isolated(its)}${as ? ` (${isolated(as)})` : ''}`,
        timedOut ? 'late' : 'caller');
    }
    const says = this.lane('Caller says', 58, 'caller', 'what went from the phone to the bridge');
    says.append(waveform(call.caller, this.x, 58, COLOURS.toModel));
    const hears = this.lane('Caller hears', 58, 'bot', 'what came out of the handset');
    hears.append(waveform(call.heard, this.x, 58, COLOURS.toCaller));
    if (!/[^A]/.test(call.heard.peaks)) {
      hears.append(s('text.silence', {x: 10, y: 33}, 'silence: nothing was heard'));
    }
  }

  span(group, from, to, text, kind) {
    const [left, right] = [this.x(from), Math.max(this.x(to), this.x(from) + 3)];
    group.append(s(`rect.span.${kind}`, {x: left, y: 4, width: right - left, height: 16, rx: 3},
      s('title', {}, `${text}: ${secondsText(from)} to ${secondsText(to)}`)));
    const room = Math.floor((right - left - 6) / 6);
    if (room < 2) return;
    const seen = text.replace(/[\u2068\u2069]/g, '').length;
    const shown = seen > room ? `${text.slice(0, room - 1)}…` : text;
    group.append(s('text.in-span', {x: left + 4, y: 16}, shown));
  }

  /** `down`, `up`: colours of the sound that travels away from the caller, and towards the caller. */
  wire(label, fits, arriving, leaving) {
    const {wires} = this.story;
    const lanes = new Set();
    wires.lanes.forEach((lane, number) => { if (fits(lane)) lanes.add(number); });
    if (lanes.size === 0) return;
    const calls = this.callNumbers();
    const mine = (lane, call) => lanes.has(lane) && calls.has(call);
    // The bridge stands between: what arrives there comes from above on Twilio's side, from below on OpenAI's.
    const below = label === 'OpenAI';
    const group = this.lane(label, 76, 'wire');
    this.labels.lastChild.append(h('small', {}, below ? 'bridge → model' : '→ bridge'),
      h('small', {}, below ? 'model → bridge' : 'bridge →'));
    const row = (direction) => (direction === NOTE ? 39 : (direction === TO_BRIDGE) === below ? 57 : 14);
    for (const [from, to, lane, direction, call, count] of wires.sound) {
      if (!mine(lane, call)) continue;
      const colour = direction === TO_BRIDGE ? arriving : leaving;
      group.append(s('rect.sound', {
        x: this.x(from / 1000), y: row(direction) - 5, height: 10, rx: 2, fill: colour,
        width: Math.max(2, (to - from + 20) / 1000 * this.pixels),
      }, s('title', {}, `${count} messages with sound, ${secondsText(from / 1000)} to ${secondsText(to / 1000)}`)));
    }
    const names = [];
    wires.events.forEach(([ms, lane, direction, name, call, text]) => {
      if (!mine(lane, call)) return;
      this.mark(group, {at: ms / 1000, lane: wires.lanes[lane], direction, name: wires.names[name] || 'message', text},
        row(direction), below, names);
    });
    this.placeNames(names);
  }

  bridge() {
    const log = this.story.log ?? [];
    const group = this.lane('Bridge', 38, 'bridge', 'what the bridge logged');
    const names = [];
    for (const [ms, text, times] of log) {
      const plain = text.replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z? +/, '');
      this.mark(group, {
        at: ms / 1000, lane: 'log', direction: NOTE, name: plain.replace(/^(\w+) +(call=\S+ )?(stream=\S+ )?/, ''),
        text: times ? `${text}\n(and ${times - 1} more like it)` : text,
        bad: /^(warn|err|crit|ERROR|WARN)/.test(plain),
      }, 14, false, names);
    }
    this.placeNames(names);
  }

  replies() {
    const call = this.call();
    if (!call || call.replies.length === 0) return;
    const group = this.lane('Model says', 24, 'spans');
    for (const [due, first, done, as, says, status] of call.replies) {
      const from = first ?? due;
      const bad = status && !['completed', 'cancelled'].includes(status);
      const text = [isolated(as), isolated(says), status === 'completed' ? '' : `[${status || 'unfinished'}]`].filter(Boolean).join(' ');
      this.span(group, from, Math.max(done ?? from, from), text, bad ? 'late' : 'bot');
    }
  }

  metric({series, points}) {
    const name = series.replace(/^voicebridge_/, '');
    const group = this.lane(name, 48, 'metric', series);
    group.append(s('path.metric', {d: stepLine(points, this.end, this.x, 48)},
      s('title', {}, series)));
    const value = h('small');
    this.labels.lastChild.append(value);
    this.metrics.push({points, value});
  }

  /** `below`: the bridge is above this lane, and what goes to it goes up. */
  mark(group, mark, y, below, names) {
    const at = this.x(mark.at);
    const bad = mark.bad ?? isBad(mark.name);
    const kind = mark.direction === NOTE ? 'note' : mark.direction === TO_BRIDGE ? 'to' : 'from';
    const upwards = (kind === 'to') === below;
    const shape = kind === 'note' ? `M${at} ${y - 4}l4 4l-4 4l-4-4Z`
      : upwards ? `M${at} ${y - 6}l5 10h-10Z` : `M${at} ${y + 6}l5-10h-10Z`;
    const element = s(`path.mark.${kind}${bad ? '.bad' : ''}`, {d: shape}, s('title', {}, `${mark.name}, ${secondsText(mark.at, 3)}`));
    element.addEventListener('click', (event) => {
      event.stopPropagation();
      this.select(this.marks.indexOf(mark));
      this.scroller.focus({preventScroll: true});
    });
    group.append(element);
    mark.element = element;
    this.marks.push(mark);
    const text = mark.name.replace(/^(input_audio_buffer|conversation\.item|response|session)\.(?=.{4})/, '').slice(0, 56);
    const gap = kind === 'note' && y !== 14 ? 7 : -2;
    const length = text.length * 6.2;
    const leftwards = at + gap + length > this.width;  // towards the middle, where it would be cut
    const left = leftwards ? at - gap - length : at + gap;
    names.push({group, bad, text, left, right: left + length, y: y + (gap > 0 ? 4 : 16), leftwards});
  }

  /** Names of one row: what went wrong first, then in order, as long as there is room. */
  placeNames(names) {
    const placed = [];
    names.sort((a, b) => b.bad - a.bad || a.left - b.left);
    for (const name of names) {
      const row = placed.filter((other) => other.y === name.y);
      if (row.some((other) => name.left < other.right + 6 && name.right > other.left - 6)) continue;
      const before = row.filter((other) => other.left <= name.left).sort((a, b) => b.left - a.left)[0];
      if (before?.text === name.text) continue;  // another of the same is seen as such
      placed.push(name);
      name.group.append(s(`text.name${name.bad ? '.bad' : ''}`, {
        x: name.leftwards ? name.right : name.left, y: name.y, 'text-anchor': name.leftwards ? 'end' : null,
      }, name.text));
    }
  }

  shade() {
    const shaded = new Set();
    for (const {from, to, text} of this.shades) {
      if (shaded.has(`${from} ${to}`)) continue;
      shaded.add(`${from} ${to}`);
      this.back.append(s('rect.shade', {
        x: this.x(from), y: 20, width: Math.max(2, (Math.min(to, this.end) - from) * this.pixels), height: this.top - 20,
      }, s('title', {}, text)));
    }
  }

  clicked(event) {
    const at = (event.clientX - this.svg.getBoundingClientRect().left - 4) / this.pixels;
    this.pointed(Math.min(this.end, Math.max(0, at)));
  }

  key(event) {
    const steps = {ArrowRight: 1, ArrowLeft: -1};
    if (event.key in steps && !event.altKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      const next = this.selected === undefined
        ? this.marks.findIndex((mark) => mark.at >= (this.headAt ?? 0))
        : this.selected + steps[event.key];
      if (next >= 0 && next < this.marks.length) this.select(next);
    }
  }

  select(number) {
    this.selected = number;
    this.highlight();
    const mark = this.marks[number];
    this.inspector(mark, number + 1, this.marks.length);
    this.reveal(mark.at);
  }

  highlight() {
    this.svg.querySelector('.selected')?.classList.remove('selected');
    this.marks[this.selected]?.element.classList.add('selected');
  }

  reveal(seconds) {
    const at = this.x(seconds);
    const {scrollLeft, clientWidth} = this.scroller;
    if (at < scrollLeft + 40 || at > scrollLeft + clientWidth - 40) this.scroller.scrollLeft = at - clientWidth / 2;
  }

  moveHead(seconds, follow = false) {
    this.headAt = seconds;
    if (!this.head) return;
    const at = this.x(seconds);
    this.head.setAttribute('x1', at);
    this.head.setAttribute('x2', at);
    for (const {points, value} of this.metrics) {
      const before = points.filter(([ms]) => ms <= seconds * 1000);
      value.textContent = numberText((before[before.length - 1] ?? points[0])[1]);
    }
    if (follow) this.reveal(seconds);
  }

  setZoom(zoom) {
    const middle = (this.scroller.scrollLeft + this.scroller.clientWidth / 2) / (this.scroller.scrollWidth || 1);
    this.zoom = Math.min(64, Math.max(1, zoom));
    this.draw();
    this.scroller.scrollLeft = middle * this.scroller.scrollWidth - this.scroller.clientWidth / 2;
  }

  showCall(number) {
    this.callNumber = number;
    this.selected = undefined;
    this.draw();
  }
}
