// Series as Grafana's data frames, with a panel's field configuration applied.
import { applyFieldOverrides, FieldType, standardFieldConfigEditorRegistry, toDataFrame } from '@grafana/data';

/** NaN (no quantile of nothing) is a gap, as a missing point is. */
function frame(series) {
  const times = [];
  for (let time = series.from; time <= series.to; time += series.step) times.push(time);
  const values = times.map(time => {
    const value = series.points.get(time);
    return value === undefined || Number.isNaN(value) ? null : value;
  });
  return toDataFrame({
    name: series.name,
    fields: [
      { name: 'Time', type: FieldType.time, values: times, config: { interval: series.step } },
      { name: 'Value', type: FieldType.number, values, labels: series.labels,
        config: { displayNameFromDS: series.name } },
    ],
  });
}

/** Grafana's front end registers an editor for each property that a panel may set; all that counts here is where
 *  the property goes. */
function register(id) {
  if (standardFieldConfigEditorRegistry.getIfExists(id)) return;
  const isCustom = id.startsWith('custom.');
  standardFieldConfigEditorRegistry.register({
    id, path: isCustom ? id.slice('custom.'.length) : id, isCustom, name: id, shouldApply: () => true,
    process: value => value, override: value => value, editor: () => null,
  });
}

function registerAllOf({ defaults, overrides }) {
  for (const key of Object.keys(defaults)) if (key !== 'custom') register(key);
  for (const key of Object.keys(defaults.custom ?? {})) register(`custom.${key}`);
  for (const { properties } of overrides) for (const { id } of properties) register(id);
}

export function frames(series, fieldConfig, colors, theme) {
  const { defaults, overrides } = structuredClone(fieldConfig);
  // JSON has no -Infinity: a base threshold is null there.
  for (const step of defaults.thresholds?.steps ?? []) step.value ??= -Infinity;
  const source = { defaults: { color: { mode: colors }, ...defaults }, overrides };
  registerAllOf(source);
  return applyFieldOverrides({ data: series.map(frame), fieldConfig: source, theme, timeZone: 'utc',
    replaceVariables: text => text });
}
