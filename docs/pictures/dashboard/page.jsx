// A dashboard of Grafana's, drawn by Grafana's own components: the frame, the chart, the number and the legend are
// @grafana/ui, units, colours and thresholds @grafana/data. Ours is only what the server's front end does around
// them: the grid, the queries, and which option of a panel goes to which property.
import { createTheme, dateTime, EventBusSrv } from '@grafana/data';
import {
  BigValue, GlobalStyles, Icon, PanelChrome, PanelContextProvider, ThemeContext, TimeSeries,
} from '@grafana/ui';
import { flushSync } from 'react-dom';
import { createRoot } from 'react-dom/client';
import 'uplot/dist/uPlot.min.css';
import { frames } from './frames.js';
import { ask } from './prometheus.js';

const CELL = 30, GAP = 8, COLUMNS = 24;  // px: Grafana's grid
const theme = createTheme({ colors: { mode: 'dark' } });
const bus = new EventBusSrv();

const height = h => h * (CELL + GAP) - GAP;

function Row({ panel }) {
  const style = { margin: 0, height: height(1), display: 'flex', alignItems: 'center', gap: GAP };
  return <h5 style={style}><Icon name="angle-down" />{panel.title}</h5>;
}

function Chart({ panel, data, width, height, range }) {
  const legend = { showLegend: true, calcs: [], ...panel.options.legend };
  return <TimeSeries frames={data} timeRange={range} timeZone="utc" width={width} height={height} legend={legend} />;
}

function Stat({ panel, data, width, height }) {
  const field = data[0].fields[1];
  const last = field.values.findLast(value => value !== null);
  const { min, max } = field.state.range;
  const sparkline = panel.options.graphMode === 'area'
    ? { y: field, x: data[0].fields[0], yMin: min, yMax: max } : undefined;
  return <BigValue theme={theme} width={width} height={height} value={field.display(last)} sparkline={sparkline}
    colorMode={panel.options.colorMode} graphMode={panel.options.graphMode} textMode="value" />;
}

// What draws a type of panels, and how it is coloured unless it says so itself.
const KINDS = {
  timeseries: { draws: Chart, colors: 'palette-classic', padding: 'md' },
  stat: { draws: Stat, colors: 'thresholds', padding: 'none' },
};

function kind(panel) {
  if (!KINDS[panel.type]) throw new Error(`panel '${panel.title}': nothing here draws the type '${panel.type}'`);
  return KINDS[panel.type];
}

function Panel({ panel, data, width, range }) {
  if (panel.type === 'row') return <Row panel={panel} />;
  const { draws: Kind, padding } = kind(panel);
  const { title, description, gridPos } = panel;
  return <PanelChrome title={title} description={description} width={width} height={height(gridPos.h)} padding={padding}>
    {(innerWidth, innerHeight) => data.length === 0 ? <NoData />
      : <Kind panel={panel} data={data} width={innerWidth} height={innerHeight} range={range} />}
  </PanelChrome>;
}

function NoData() {
  return <div style={{ display: 'grid', placeItems: 'center', height: '100%', color: theme.colors.text.secondary }}>
    No data</div>;
}

function Dashboard({ drawn, width, range }) {
  const column = (width - GAP) / COLUMNS;
  const bottom = Math.max(...drawn.map(({ panel: { gridPos: p } }) => p.y + p.h));
  return <div id="dashboard" style={{ position: 'relative', width, height: height(bottom) + 2 * GAP,
    background: theme.colors.background.canvas }}>
    {drawn.map(({ panel, data }) => {
      const { x, y, w } = panel.gridPos;
      const place = { position: 'absolute', left: GAP + x * column, top: GAP + y * (CELL + GAP) };
      return <div key={panel.id} style={place}>
        <Panel panel={panel} data={data} width={w * column - GAP} range={range} />
      </div>;
    })}
  </div>;
}

/** The panels without those rows, moved up to where they were. */
function without(panels, titles) {
  let left = true, removed = 0, from = null;
  const sorted = [...panels].sort((a, b) => a.gridPos.y - b.gridPos.y || a.gridPos.x - b.gridPos.x);
  return sorted.flatMap(panel => {
    if (panel.type === 'row') {
      if (!left) removed += panel.gridPos.y - from;
      left = !titles.includes(panel.title);
      from = panel.gridPos.y;
    }
    return left ? [{ ...panel, gridPos: { ...panel.gridPos, y: panel.gridPos.y - removed } }] : [];
  });
}

window.draw = async ({ dashboard, prometheus, from, to, width, leaveOut }) => {
  const ends = { from: dateTime(from * 1000), to: dateTime(to * 1000) };
  const range = { ...ends, raw: ends };
  const column = (width - GAP) / COLUMNS;
  const root = createRoot(document.body);
  const context = { eventsScope: 'global', eventBus: bus };
  const render = content => flushSync(() => root.render(
    <ThemeContext.Provider value={theme}><PanelContextProvider value={context}>
      <GlobalStyles />
      {content}
    </PanelContextProvider></ThemeContext.Provider>));
  // First the letters: what a canvas has drawn without them stays.
  render(null);
  await Promise.all([400, 500].map(weight => document.fonts.load(`${weight} 12px Inter`)));
  const drawn = await Promise.all(without(dashboard.panels, leaveOut).map(async panel => {
    if (panel.type === 'row') return { panel };
    const points = Math.round(panel.gridPos.w * column);
    const answers = await Promise.all(
      panel.targets.map(target => ask(prometheus, dashboard, target, { from, to, points })));
    return { panel, data: frames(answers.flat(), panel.fieldConfig, kind(panel).colors, theme) };
  }));
  render(<Dashboard drawn={drawn} width={width} range={range} />);
};
