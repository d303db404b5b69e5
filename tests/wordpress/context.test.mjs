// What is sent of a conversation in PHP, where the model is sent what it thought before its answers, and where it is not.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inPackage } from './packaged.mjs';

/** For each case how many turns are sent, and how many tokens they have. */
const SENT = `array_map(function ($case) {
  $limits = new Candor\\Limits(new Candor\\Settings(['provider' => 'openai', 'limits_tokens_question' => $case['most'], 'limits_turns_question' => 0]));
  $context = new Candor\\Reply\\Context($case['turns'], $limits, null, $case['sendsReasoning']);
  return [count($context->turns), $context->tokens('')];
}, $input)`;

/** What a message costs beside its words. */
const MESSAGE = 4;

test('What a model thought counts where it is sent, and nowhere else', async (context) => {
  const question = { role: 'user', content: 'q'.repeat(24) };
  const answer = { role: 'assistant', content: 'a'.repeat(64), reasoning_content: 'why '.repeat(100) };
  const turns = [question, answer, question, answer, question];
  const said = 3 * (6 + MESSAGE) + 2 * (16 + MESSAGE);
  const most = said + 100;
  const [without, withIt, all] = await inPackage(context, SENT, [
    { turns, most, sendsReasoning: false },
    { turns, most, sendsReasoning: true },
    { turns, most: said + 200, sendsReasoning: true },
  ]);
  assert.deepEqual(without, [5, said]);
  // With the model's thoughts there is no room for the first question and its answer. The model is told so, in less than a hundred tokens.
  const left = 2 * (6 + MESSAGE) + 16 + MESSAGE + 100;
  assert.equal(withIt[0], 3);
  assert.ok(withIt[1] > left && withIt[1] < left + 100, `${withIt}`);
  assert.deepEqual(all, [5, said + 200]);
});
