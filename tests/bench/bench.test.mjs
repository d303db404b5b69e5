// What the benchmark counts with, held against traces and answers whose outcome is known.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { mainThread } from './mainthread.mjs';
import { median, ratio } from './statistics.mjs';
import { LAST_WORDS, answer } from './words.mjs';

/** An event of the main thread: its name, when it begins, and how long it takes, in milliseconds. */
const event = (name, from, ms) => ({ ph: 'X', pid: 1, tid: 2, name, ts: from * 1000, dur: ms * 1000 });
const thread = { ph: 'M', pid: 1, tid: 2, name: 'thread_name', args: { name: 'CrRendererMain' } };

describe('The main thread’s work', () => {
  test('time within other work counts once, as the innermost kind', () => {
    const work = mainThread([thread, event('RunTask', 0, 100), event('FunctionCall', 10, 60), event('Layout', 20, 30)]);
    assert.deepEqual([work.scripting, work.layout, work.other, work.tasks], [30, 30, 40, 100]);
  });

  test('a promise that goes on after a stream has brought something is scripting', () => {
    assert.equal(mainThread([thread, event('RunTask', 0, 20), event('RunMicrotasks', 1, 19)]).scripting, 19);
  });

  test('tasks over 50 ms are counted, and the longest is named', () => {
    const work = mainThread([thread, event('RunTask', 0, 50), event('RunTask', 60, 51), event('RunTask', 200, 80)]);
    assert.deepEqual([work.longTasks, work.longest], [2, 80]);
  });

  test('a task that is still under way counts until the trace ended', () => {
    const work = mainThread([thread, event('RunTask', 0, 10)], 1_000);
    assert.deepEqual([work.tasks, work.longest], [1_000, 990]);
  });

  test('another thread’s work is left out', () => {
    const other = [{ ...event('RunTask', 0, 500), tid: 9 }, { ...thread, tid: 9, args: { name: 'Compositor' } }];
    assert.equal(mainThread([thread, event('RunTask', 0, 10), ...other]).tasks, 10);
  });

  test('scripting is told for a stretch of time', () => {
    const calls = [0, 100, 200].flatMap((from) => [event('RunTask', from, 10), event('FunctionCall', from, 10)]);
    assert.equal(mainThread([thread, ...calls]).scriptingBetween(50, 150), 10);
  });
});

test('a ratio is the median of the ratios within each pair', () => {
  assert.equal(median([5, 1, 3]), 3);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.equal(ratio([2, 30, 8], [1, 10, 2]), 3);
});

test('an answer has as many tokens as were asked for, the same each time, and ends as nothing else does', () => {
  for (const count of [500, 4_000, 20_000]) {
    const text = answer(count).join('');
    assert.equal(answer(count).length, count);
    assert.equal(answer(count).join(''), text);
    assert.equal(text.indexOf(LAST_WORDS), text.length - LAST_WORDS.length);
    assert.equal(text.split('```').length % 2, 1, 'no code is left open');
  }
});
