// What the main thread did, from the events of a trace.

/** Which kind of work an event is. One that is not named here belongs to whatever it happens in. */
const KINDS = new Map(
  Object.entries({
    scripting: [
      'EvaluateScript', 'FunctionCall', 'RunMicrotasks', 'TimerFire', 'EventDispatch', 'FireAnimationFrame', 'FireIdleCallback',
      'XHRReadyStateChange', 'XHRLoad', 'v8.callFunction', 'v8.run', 'v8.compile', 'v8.compileModule', 'v8.evaluateModule', 'V8.StreamingCompilation', 'MinorGC', 'MajorGC', 'V8.GC_MC_BACKGROUND_MARKING',
      'v8.wasm.streamFromResponseCallback', 'v8.wasm.compiledModule', 'v8.wasm.cachedModule', 'v8.wasm.moduleCacheHit',
    ],
    style: ['UpdateLayoutTree', 'RecalculateStyles'],
    layout: ['Layout'],
    painting: ['Paint', 'PrePaint', 'Layerize', 'Commit', 'CompositeLayers', 'UpdateLayer', 'UpdateLayerTree', 'PaintImage'],
  }).flatMap(([kind, names]) => names.map((name) => [name, kind])),
);

/** A task that is longer than this keeps a visitor's input waiting (W3C Long Tasks). */
export const LONG_TASK_MS = 50;

const isTask = ({ name }) => name === 'RunTask' || name === 'ThreadControllerImpl::RunTask';

/** The main thread of the page: of all threads the one by that name that worked most. */
function mainThreadOf(events) {
  const busy = new Map();
  const names = new Set();
  for (const event of events) {
    const key = `${event.pid}:${event.tid}`;
    if (event.ph === 'M' && event.name === 'thread_name' && event.args.name === 'CrRendererMain') names.add(key);
    if (event.ph === 'X' && isTask(event)) busy.set(key, (busy.get(key) ?? 0) + event.dur);
  }
  return [...busy].filter(([key]) => names.has(key)).sort((a, b) => b[1] - a[1])[0]?.[0];
}

/**
 * Reads a trace. Gives milliseconds of each kind of work, all tasks together, the longest task, how many were long, and
 * `scriptingBetween(from, to)` of the trace's clock in milliseconds. A task that is still under way is in no trace:
 * `busyUntil` says until when the last one counts.
 */
export function mainThread(trace, busyUntil = null) {
  const events = [...trace].filter((event) => event.ph === 'M' || (event.ph === 'X' && (isTask(event) || KINDS.has(event.name))));
  const thread = mainThreadOf(events);
  if (!thread) throw new Error('The trace has no main thread.');
  const own = events.filter((event) => event.ph === 'X' && `${event.pid}:${event.tid}` === thread);
  // A parent before its children.
  own.sort((a, b) => a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0));
  const totals = { scripting: 0, style: 0, layout: 0, painting: 0, other: 0 };
  const scripting = [];
  const tasks = [];
  let lastEnd = 0;
  const stack = [];
  const leave = () => {
    const { kind, ts, self } = stack.pop();
    totals[kind] += self / 1000;
    if (kind === 'scripting') scripting.push([ts / 1000, self / 1000]);
  };
  for (const event of own) {
    const { ts, dur = 0 } = event;
    while (stack.length > 0 && stack.at(-1).end <= ts) leave();
    const parent = stack.at(-1);
    if (parent) parent.self -= dur;
    else tasks.push(dur / 1000);
    lastEnd = Math.max(lastEnd, ts + dur);
    stack.push({ kind: KINDS.get(event.name) ?? parent?.kind ?? 'other', ts, end: ts + dur, self: dur });
  }
  while (stack.length > 0) leave();
  if (busyUntil !== null) {
    const underWay = Math.max(0, busyUntil - lastEnd / 1000);
    tasks.push(underWay);
    totals.other += underWay;
  }
  return {
    ...totals,
    tasks: tasks.reduce((sum, ms) => sum + ms, 0),
    longest: tasks.reduce((most, ms) => Math.max(most, ms), 0),
    longTasks: tasks.filter((ms) => ms > LONG_TASK_MS).length,
    scriptingBetween: (from, to) => scripting.reduce((sum, [ts, ms]) => sum + (ts >= from && ts < to ? ms : 0), 0),
  };
}
