// The list of scenarios: those that failed first, filtered by how they went and by words.

const ORDER = {
  failed: 0, broken: 0, not_deterministic: 0, inconclusive: 1, known_failing: 2, not_applicable: 2, passed: 3,
};
const NOT_RUN = ['broken', 'not_deterministic'];

class List {
  constructor(open) {
    this.open = open;
    this.show = 'all';
    this.sorted = [...report.scenarios].sort((a, b) => ORDER[a.status] - ORDER[b.status] || a.number - b.number);
    this.rows = new Map(this.sorted.map((scenario) => [scenario, this.row(scenario)]));
    this.search = document.getElementById('search');
    this.search.addEventListener('input', () => this.filter());
    this.search.addEventListener('keydown', (event) => this.keyInSearch(event));
    document.getElementById('list').append(...[...this.rows.values()].map((row) => row.item));
    this.addFilters();
    this.filter();
  }

  row(scenario) {
    const file = report.sources[scenario.parts['0']]?.file ?? '';
    const link = h('a', {href: `#${encodeURIComponent(scenario.key)}`},
      h(`span.glyph.${scenario.status}`, {title: WORDS[scenario.status]}, GLYPHS[scenario.status],
        h('span.unseen', {}, ` ${WORDS[scenario.status]}: `)),
      h('span.name', {}, scenario.name),
      h('span.verdict', {}, scenario.verdict),
      h('span.lasts', {}, secondsText(scenario.lasts, 1)));
    const text = [scenario.name, scenario.verdict, scenario.about, file, WORDS[scenario.status], ...scenario.tags];
    return {item: h('li', {}, link), link, text: text.join('\n').toLowerCase()};
  }

  addFilters() {
    const count = (fits) => report.scenarios.filter(fits).length;
    const choices = [
      ['all', 'All', count(() => true)],
      ['failed', 'Failed', count((x) => x.status === 'failed')],
      ['broken', 'Not run', count((x) => NOT_RUN.includes(x.status))],
      ['inconclusive', 'Inconclusive', count((x) => x.status === 'inconclusive')],
      ['known_failing', 'Known', count((x) => x.status === 'known_failing')],
      ['not_applicable', 'Not applicable', count((x) => x.status === 'not_applicable')],
      ['passed', 'Passed', count((x) => x.status === 'passed')],
    ];
    this.buttons = new Map();
    for (const [name, label, number] of choices) {
      if (number === 0 && !['all', 'failed', 'passed'].includes(name)) continue;
      const button = h(`button.choice.${name}`, {
        type: 'button', 'aria-pressed': String(name === this.show),
        onclick: () => {
          this.show = name;
          for (const [other, element] of this.buttons) element.setAttribute('aria-pressed', String(other === name));
          this.filter();
        },
      }, h('b', {}, String(number)), ` ${label}`);
      this.buttons.set(name, button);
      document.getElementById('filters').append(button);
    }
  }

  filter() {
    const asked = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const [scenario, row] of this.rows) {
      const status = NOT_RUN.includes(scenario.status) ? 'broken' : scenario.status;
      const fits = (this.show === 'all' || status === this.show) &&
        asked.every((word) => row.text.includes(word));
      row.item.hidden = !fits;
      shown += fits ? 1 : 0;
    }
    document.getElementById('nothing').hidden = shown > 0;
  }

  keyInSearch(event) {
    if (event.key === 'Escape') {
      this.search.value = '';
      this.filter();
      this.search.blur();
    } else if (event.key === 'Enter' || event.key === 'ArrowDown') {
      event.preventDefault();
      const first = this.visible()[0];
      if (first) this.choose(first);
    }
  }

  visible() {
    return this.sorted.filter((scenario) => !this.rows.get(scenario).item.hidden);
  }

  /** The next one in the list, of those that `fits`; step is 1 or -1. */
  move(step, fits = () => true) {
    const visible = this.visible();
    for (let at = visible.indexOf(this.current) + step; at >= 0 && at < visible.length; at += step) {
      if (fits(visible[at])) return this.choose(visible[at]);
    }
  }

  choose(scenario) {
    this.open(scenario);
    this.rows.get(scenario).link.focus();
  }

  mark(scenario) {
    if (this.current) this.rows.get(this.current).link.removeAttribute('aria-current');
    this.current = scenario;
    const {link} = this.rows.get(scenario);
    link.setAttribute('aria-current', 'true');
    link.scrollIntoView({block: 'nearest'});
  }
}
