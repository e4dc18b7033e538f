// The author's YAML, with what became of each expectation in its margin.

function highlighted(line) {
  const match = /^(\s*(?:- )?\s*)([^\s:#'"{[-][^:#]*?)(:)(?=\s|$)(.*)$/.exec(line);
  if (/^\s*#/.test(line)) return h('span.comment', {}, line);
  if (!match) return line;
  return [match[1], h('span.key', {}, match[2]), match[3], match[4]];
}

/** `expectations`: those of this file. */
function sourceListing(source, expectations, goTo) {
  const byLine = new Map();
  for (const expectation of expectations) {
    byLine.set(expectation.line, [...(byLine.get(expectation.line) ?? []), expectation]);
  }
  const lines = source.text.replace(/\n$/, '').split('\n').map((text, index) => {
    const number = index + 1;
    const here = byLine.get(number) ?? [];
    const worst = ['failed', 'inconclusive', 'not_applicable', 'passed'].find((status) => here.some((x) => x.status === status));
    const notes = here.map((x) => h(`div.note.${x.status}`, {dir: 'auto'},
      withMoments(x.why, goTo), x.miss ? h('div.miss', {}, withMoments(x.miss, goTo)) : null));
    const glyph = worst
      ? h('button.glyph', {
        type: 'button', class: `glyph ${worst}`, 'aria-expanded': String(worst === 'failed'),
        title: here.map((x) => x.why).join('\n'),
        'aria-label': `line ${number} ${WORDS[worst]}: show the values`,
        onclick: (event) => {
          const open = event.currentTarget.getAttribute('aria-expanded') === 'true';
          event.currentTarget.setAttribute('aria-expanded', String(!open));
          for (const note of notes) note.hidden = open;
        },
      }, GLYPHS[worst])
      : h('span.glyph', {});
    for (const note of notes) note.hidden = worst !== 'failed';
    return h(`div.line${worst ? `.${worst}` : ''}`, {'data-line': number},
      glyph, h('span.number', {}, String(number)), h('code', {}, highlighted(text)), notes);
  });
  return h('div.source', {}, h('div.file', {}, source.file), h('div.lines', {dir: 'ltr'}, lines));
}

function showLine(root, file, line) {
  for (const listing of root.querySelectorAll('.source')) {
    if (listing.querySelector('.file').textContent !== file) continue;
    const element = listing.querySelector(`[data-line="${line}"]`);
    element?.scrollIntoView({block: 'center', behavior: calmly()});
    element?.querySelector('button.glyph')?.focus({preventScroll: true});
  }
}

function calmly() {
  return matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth';
}
