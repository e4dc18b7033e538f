// Which scenario is shown follows the address: a link to #name opens it.

let view = null;

function show(scenario) {
  view?.close();
  list.mark(scenario);
  const root = document.getElementById('story');
  view = new StoryView(scenario, root);
  root.scrollTop = 0;
  document.title = `${GLYPHS[scenario.status]} ${scenario.name} · linecheck`;
}

function open(scenario) {
  const hash = `#${encodeURIComponent(scenario.key)}`;
  if (location.hash === hash) show(scenario);
  else location.hash = hash;
}

function fromAddress() {
  let key = location.hash.slice(1);
  try {
    key = decodeURIComponent(key);
  } catch {
    // A % that escapes nothing: taken as it stands.
  }
  const asked = scenarioByKey.get(key);
  if (!asked && key === 'story' && view) return;  // the link past the list
  const absent = document.getElementById('absent');
  absent.hidden = !key || asked !== undefined;
  absent.textContent = `No scenario of this run is called ${isolated(key)}.`;
  const scenario = asked ?? list.sorted[0];
  if (scenario) show(scenario);
}

const hasFailed = (scenario) => ORDER[scenario.status] === ORDER.failed;

const KEYS = {
  '/': () => { list.search.focus(); list.search.select(); },
  'j': () => list.move(1),
  'k': () => list.move(-1),
  'n': () => list.move(1, hasFailed),
  'N': () => list.move(-1, hasFailed),
  ' ': () => view?.player.toggle(),
  '+': () => view?.lanes?.setZoom(view.lanes.zoom * 2),
  '=': () => view?.lanes?.setZoom(view.lanes.zoom * 2),
  '-': () => view?.lanes?.setZoom(view.lanes.zoom / 2),
};

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest('input, select, textarea')) return;
  if (event.key === ' ' && event.target.closest('button, summary')) return;  // a link knows no space
  const action = KEYS[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

document.getElementById('bridge').textContent =
  `${report.bridge} · ${secondsText(report.scenarios.reduce((sum, x) => sum + x.lasts, 0), 0)} of calls in ${secondsText(report.wall_seconds, 1)}` +
  (report.other_time ? ` · ${report.other_time} left out: for the other kind of time only` : '');
if (report.ended_early) {
  const ended = document.getElementById('ended');
  ended.textContent = `${report.ended_early[0].toUpperCase()}${report.ended_early.slice(1)}.`;
  ended.hidden = false;
}
if (report.scenarios.length === 0)
  document.getElementById('nothing').textContent = 'No scenario has come to its end.';
const list = new List(open);
addEventListener('hashchange', fromAddress);
fromAddress();
