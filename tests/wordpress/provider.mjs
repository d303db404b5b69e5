// A provider on loopback that speaks OpenAI's chat completions, and answers and fails at the words to which the demo does.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { play } from '../streams/trials.mjs';

export const KEY = 'sk-proj-0123456789abcdefghijABCDEFGHIJ0123456789';
export const MODEL = 'model-of-the-tests';

export const HELLO = 'Hello, and welcome. I am a **model** of the tests, so I need no network and cost nothing. Ask me for a long story, or for child seats.';
const SEATS = 'Yes. Two seats fit a Brompton:\n\n- **Pere**, up to 25 kg, behind the stem\n- **IT Chair**, up to 20 kg\n\nFitting takes 20 minutes and costs £15.';
const STORY = Array.from({ length: 40 }, (_, number) => `On day ${number + 1} the bicycle crossed one more bridge, and the river under it was wider than the last.`).join(' ');
const START = 'Here is the start of an answer, and as you ';

const error = (status, message, type, code = null, headers = {}) => ({ status, headers, json: { error: { message, type, param: null, code } } });

/** What each failure answers: the bodies are those of the demo, whose sources stand in crates/proxy/src/provider/demo/failures.rs. */
const FAILURES = {
  'missing scopes': () => error(403, 'You have insufficient permissions for this operation. Missing scopes: model.request. Check that you have the correct role in your organization (Reader, Writer, Owner) and project (Member, Owner), and if you\'re using a restricted API key, that it has the necessary scopes.', 'invalid_request_error'),
  'invalid key': () => error(401, 'Incorrect API key provided: sk-demo*************************7890. You can find your API key at https://platform.openai.com/account/api-keys.', 'invalid_request_error', 'invalid_api_key'),
  // Some gateways repeat the key whole.
  'echoed key': ({ authorization }) => error(401, `The key ${authorization.replace('Bearer ', '')} is not valid.`, 'invalid_request_error', 'invalid_api_key'),
  'rate limit': () => error(429, 'Rate limit reached for gpt-4o-mini in organization org-demo0123456789abcdefghij on requests per min (RPM): Limit 3, Used 3, Requested 1. Please try again in 20s.', 'requests', 'rate_limit_exceeded', { 'retry-after': '20' }),
  'overloaded': () => error(503, 'That model is currently overloaded with other requests.', 'server_error'),
  'firewall': () => ({
    status: 403,
    headers: { 'content-type': 'text/html; charset=UTF-8', server: 'cloudflare' },
    text: '<!DOCTYPE html>\n<html lang="en-US">\n<head>\n<title>Attention Required! | Cloudflare</title>\n<style>body { color: red }</style>\n</head>\n<body>\n<h1>Sorry, you have been blocked</h1>\n<h2>You are unable to access api.openai.com</h2>\n</body>\n</html>\n',
  }),
  'empty': () => ({ words: '' }),
  'length limit': () => ({ words: START, finish: 'length' }),
  'broken stream': () => ({ words: START, broken: true }),
  'stalled stream': () => ({ words: START, stalled: true }),
  'error in stream': () => ({ words: START, ending: 'data: {"error":{"message":"The server had an error while processing your request. Sorry about that!","type":"server_error","param":null,"code":null}}\n\n' }),
  'timeout': () => ({ silent: true }),
};

/** A model that takes nothing but the plainest request. */
export const STRICT_MODEL = 'strict-model-of-the-tests';

/** What the strict model refuses a request with, word for word as others do; see crates/diagnosis/unsupported.cases.json. */
export function refusal({ messages, stream, max_tokens: maxTokens }) {
  const roles = messages.map(({ role }) => role);
  if (maxTokens !== undefined) return "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.";
  if (roles.includes('system')) return "Unsupported value: 'messages[0].role' does not support 'system' with this model.";
  if (stream) return "Unsupported value: 'stream' does not support true with this model. Only the default (false) value is supported.";
  if (roles.some((role, at) => role !== ['user', 'assistant'][at % 2])) return 'Conversation roles must alternate user/assistant/user/assistant/...';
  return null;
}

/** A model that thinks beside its answers, and takes them back with their thoughts alone, as DeepSeek's and Kimi's do. */
export const REASONING_MODEL = 'reasoning-model-of-the-tests';

/** A model that thinks too, misses its thoughts, and refuses them: nobody can serve it a second turn, and nobody is to try for ever. */
export const CONTRARY_MODEL = 'contrary-model-of-the-tests';

/** What both think. */
export const THOUGHT = 'A greeting; I greet back, and say nothing of this.';

/** What they refuse a request with: https://github.com/anomalyco/opencode/issues/24124, https://github.com/Kilo-Org/kilocode/issues/10375. */
export function missed({ model, messages }) {
  const answers = messages.filter(({ role }) => role === 'assistant');
  if (answers.some((answer) => answer.reasoning_content === undefined)) return 'The `reasoning_content` in the thinking mode must be passed back to the API.';
  if (model === CONTRARY_MODEL && answers.length) return "messages.2.assistant.reasoning_content: property 'messages.2.assistant.reasoning_content' is unsupported";
  return null;
}

/** What moderation answers to messages: as the demo's does, at the same words. */
function moderated(texts) {
  const wants = (cause) => texts.includes(`fail: ${cause}`);
  if (wants('moderation_refused')) return error(404, 'Invalid URL (POST /v1/moderations)', 'invalid_request_error');
  if (wants('moderation_unavailable')) return error(429, 'Too Many Requests', 'invalid_request_error', null, { 'retry-after': '7' });
  // https://developers.openai.com/docs/guides/moderation
  const verdict = (text) => {
    const isFlagged = text === 'fail: message_flagged';
    return { flagged: isFlagged, categories: { harassment: isFlagged, 'harassment/threatening': isFlagged, violence: false, illicit: null }, category_scores: { harassment: 0.5 } };
  };
  return { status: 200, headers: {}, json: { id: 'modr-tests', model: 'omni-moderation-latest', results: texts.map(verdict) } };
}

/** What a message is answered. */
function answer(message, headers) {
  const [, failure] = message.match(/^fail: *(.*?)[.\s]*$/i) ?? [];
  if (failure) return FAILURES[failure.toLowerCase()]?.(headers) ?? { words: `I cannot fail by ${failure}.` };
  if (/child seat|brompton/i.test(message)) return { words: SEATS };
  if (/long story|slow/i.test(message)) return { words: STORY };
  return { words: HELLO };
}

/**
 * Starts a provider that takes `silence` milliseconds before an answer and `pause` for each of its words. `requests` are the
 * chats that it was asked for, `moderations` the texts that its moderation was to look at.
 */
export async function startProvider({ silence = 0, pause = 25 } = {}) {
  const requests = [];
  const moderations = [];
  const server = createServer(async (incoming, outgoing) => {
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const send = (status, body, headers = {}) => outgoing.writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'req_0123456789abcdef', ...headers }).end(body);
    if (incoming.headers.authorization !== `Bearer ${KEY}`) {
      const message = incoming.headers.authorization ? 'Incorrect API key provided.' : "You didn't provide an API key.";
      return send(401, JSON.stringify({ error: { message, type: 'invalid_request_error', param: null, code: 'invalid_api_key' } }));
    }
    if (incoming.url === '/v1/models') {
      return send(200, JSON.stringify({ object: 'list', data: [MODEL, 'another-model'].map((id) => ({ id, object: 'model', owned_by: 'tests' })) }));
    }
    if (incoming.url === '/v1/moderations') {
      const { model, input } = JSON.parse(Buffer.concat(chunks));
      moderations.push(input);
      const { status, headers, json } = model === 'omni-moderation-latest' ? moderated(input) : error(400, `No model ${model}`, 'invalid_request_error');
      return send(status, JSON.stringify(json), headers);
    }
    if (incoming.method !== 'POST' || incoming.url !== '/v1/chat/completions') {
      return send(404, JSON.stringify({ error: { message: `Invalid URL (${incoming.method} ${incoming.url})`, type: 'invalid_request_error', param: null, code: null } }));
    }
    const body = JSON.parse(Buffer.concat(chunks));
    requests.push({ headers: incoming.headers, body });
    const thinks = [REASONING_MODEL, CONTRARY_MODEL].includes(body.model);
    const refused = (body.model === STRICT_MODEL && refusal(body)) || (thinks && missed(body));
    if (refused) return send(400, JSON.stringify({ error: { message: refused, type: 'invalid_request_error', param: null, code: 'unsupported_value' } }));
    // Questions that got no answer stand before the latest one, in one message with it.
    const { content } = body.messages.at(-1);
    const last = (typeof content === 'string' ? content : content[0].text).split('\n\n').at(-1);
    const [, trial] = /^play: (\w+)$/.exec(last) ?? [];
    if (trial) return play(trial, outgoing);
    const { status, headers, json, text, words, finish = 'stop', broken, stalled, silent, ending } = answer(last, incoming.headers);
    if (silent) return undefined;
    if (silence) await new Promise((resolve) => setTimeout(resolve, silence));
    if (status) return send(status, json ? JSON.stringify(json) : text, headers);
    if (!body.stream) {
      return send(200, JSON.stringify({ id: 'chatcmpl-tests', object: 'chat.completion', model: body.model, choices: [{ index: 0, message: { role: 'assistant', content: words }, finish_reason: finish }] }));
    }
    outgoing.writeHead(200, { 'content-type': 'text/event-stream', 'x-request-id': 'req_0123456789abcdef' });
    const piece = (delta, reason = null) => outgoing.write(`data: ${JSON.stringify({ id: 'chatcmpl-tests', object: 'chat.completion.chunk', model: body.model, choices: [{ index: 0, delta, finish_reason: reason }] })}\n\n`);
    piece({ role: 'assistant', content: '' });
    for (const word of thinks ? THOUGHT.match(/\S+\s*/g) : []) piece({ reasoning_content: word });
    for (const word of words.match(/\S+\s*/g) ?? []) {
      await new Promise((resolve) => setTimeout(resolve, pause));
      if (outgoing.destroyed) return undefined;
      piece({ content: word });
    }
    if (stalled) return undefined;
    if (broken) return outgoing.destroy();
    if (!ending) piece({}, finish);
    return outgoing.end(ending ?? 'data: [DONE]\n\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}/v1`,
    requests,
    moderations,
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
