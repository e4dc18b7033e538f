// Elements from code. Text only ever becomes text: what a scenario or a bridge wrote cannot become markup.

function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  for (const child of children.flat(3)) {
    if (child !== null && child !== undefined && child !== false) element.append(child);
  }
  return element;
}

/** h('p.note', {title: ''}, ...children) */
function h(what, properties, ...children) {
  const [tag, ...classes] = what.split('.');
  const element = document.createElement(tag || 'div');
  if (classes.length > 0) element.className = classes.join(' ');
  return fill(element, properties, children);
}

function s(what, properties, ...children) {
  const [tag, ...classes] = what.split('.');
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  if (classes.length > 0) element.setAttribute('class', classes.join(' '));
  return fill(element, properties, children);
}

/** Somebody's words, in whatever direction they are read. */
function words(what, text, properties) {
  return h(what, {dir: 'auto', ...properties}, text);
}

/** The same inside of a line that is not theirs: a question mark stays at their end. */
function isolated(text) {
  return text ? `\u2068${text}\u2069` : '';
}

function secondsText(value, digits = 2) {
  return `${Number(value).toFixed(digits)} s`;
}

function numberText(value) {
  if (!Number.isFinite(value)) return String(value);
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(5)));
}

function badge(status, text) {
  return h(`span.badge.${status}`, {}, h('span', {'aria-hidden': 'true'}, GLYPHS[status]), ` ${text ?? WORDS[status]}`);
}

/** Text in which every "at 2.35 s" leads to that moment. */
function withMoments(text, goTo) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(/\bat (\d+(?:\.\d+)?) s\b/g)) {
    const moment = Number(match[1]);
    parts.push(text.slice(end, match.index));
    parts.push(h('button.moment', {type: 'button', onclick: () => goTo(moment)}, match[0]));
    end = match.index + match[0].length;
  }
  return [...parts, text.slice(end)];
}

function copyButton(text) {
  const button = h('button.small', {type: 'button'}, 'Copy');
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = 'Copied';
    } catch {
      const selection = getSelection();
      selection.selectAllChildren(button.previousElementSibling);
      button.textContent = 'Selected';
    }
    setTimeout(() => { button.textContent = 'Copy'; }, 1500);
  });
  return button;
}
