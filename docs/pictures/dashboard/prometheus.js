// Asks Prometheus what Grafana would ask it for a panel.
const SCRAPED_EVERY = 15;  // s: metrics/alerts/prometheus.example.yml

/** Grafana's variables in `text`; those of the dashboard have their current choice, as after loading it. */
function substituted(text, dashboard, step) {
  const values = { __rate_interval: `${Math.max(step + SCRAPED_EVERY, 4 * SCRAPED_EVERY)}s`, __interval: `${step}s` };
  for (const variable of dashboard.templating.list) {
    const { value } = variable.current;
    values[variable.name] = value === '$__all' ? variable.allValue : value;
  }
  return text.replace(/\$(?:\{(\w+)\}|(\w+))/g, (whole, braced, bare) => {
    const value = values[braced ?? bare];
    if (value === undefined) throw new Error(`${text}: nothing is known of ${whole}`);
    return value;
  });
}

function legendOf(format, labels) {
  return format.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, label) => labels[label] ?? '');
}

/** The series that answer a target: [{name, labels, points: Map of ms to number}] */
export async function ask(url, dashboard, target, { from, to, points }) {
  const step = Math.max(SCRAPED_EVERY, Math.ceil((to - from) / points));
  const query = substituted(target.expr, dashboard, step);
  const response = await fetch(`${url}/api/v1/query_range?${new URLSearchParams({ query, start: from, end: to, step })}`);
  const answer = await response.json();
  if (answer.status !== 'success') throw new Error(`${query}: ${answer.error}`);
  return answer.data.result.map(({ metric, values }) => ({
    name: legendOf(target.legendFormat, metric), labels: metric,
    points: new Map(values.map(([time, value]) => [time * 1000, Number(value)])),
    step: step * 1000, from: from * 1000, to: to * 1000,
  }));
}
