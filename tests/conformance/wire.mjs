// The wire of docs/protocol.md as any program may speak it: plain HTTP, nothing of the widget's and nothing of a proxy's.

import assert from 'node:assert/strict';
import { record } from '../emitted.mjs';

/** What no answer of the wire may carry, and what every one must. */
const NO_STORE = /\bno-store\b/;

/** An answer, read to its end. */
class Answer {
  constructor(status, headers, body) {
    this.status = status;
    this.headers = headers;
    this.body = body;
  }

  header(name) {
    return this.headers.get(name) ?? '';
  }

  get json() {
    try {
      return JSON.parse(this.body);
    } catch {
      assert.fail(`not JSON, with status ${this.status}: ${this.body.slice(0, 500)}`);
    }
  }

  /** The body of an answer that must have this status. */
  expect(status) {
    assert.equal(this.status, status, this.body.slice(0, 500));
    return status === 204 ? undefined : this.json;
  }

  /** The problem of a refusal that must have this status and cause; its form is held against the document. */
  refused(status, cause) {
    assert.equal(this.status, status, this.body.slice(0, 500));
    assert.match(this.header('content-type'), /^application\/problem\+json\b/);
    const problem = this.json;
    assertProblem(problem, status, cause);
    return problem;
  }

  /** The events of a stream that has ended. */
  get events() {
    const reader = new EventReader();
    const events = reader.read(new TextEncoder().encode(this.body));
    assert.equal(reader.rest, '', 'a stream ends behind a whole event');
    return events;
  }
}

/** Holds the form of a problem against the document. */
export function assertProblem(problem, status, cause) {
  assert.equal(problem.cause, cause, JSON.stringify(problem));
  assert.equal(problem.status, status);
  assert.equal(problem.type, `urn:candor:problem:${cause}`);
  for (const field of ['title', 'detail']) assert.match(problem[field], /^\S.*[.!?]$/s, `${field} is a sentence: ${problem[field]}`);
  assert.match(problem.link, /^(browser|page|proxy|provider|model)$/);
  assert.equal(typeof problem.retryable, 'boolean');
  assert.match(problem.reference, /^CR-[0-9A-Z]{8}$/);
  assert.ok(Math.abs(problem.time - Date.now()) < 600_000, `time ${problem.time} is now, in milliseconds`);
}

/** Reads server-sent events out of bytes as they come. */
class EventReader {
  #text = new TextDecoder('utf-8', { fatal: true });
  rest = '';

  read(bytes) {
    this.rest += this.#text.decode(bytes, { stream: true });
    const blocks = this.rest.split(/\r?\n\r?\n/);
    this.rest = blocks.pop();
    return blocks.map((block) => {
      const event = { comment: false };
      for (const line of block.split(/\r?\n/)) {
        if (line.startsWith(':')) event.comment = true;
        const [, field, value] = line.match(/^(\w+): ?(.*)$/) ?? [];
        if (field === 'data') event.data = (event.data ?? '') + value;
        else if (field) event[field] = value;
      }
      return { id: event.id, name: event.event, data: event.data === undefined ? undefined : JSON.parse(event.data) };
    });
  }
}

/** A stream that is read while it is written. */
export class Stream {
  #reader;
  #events = new EventReader();
  #abort;
  /** Every event so far that has a name. */
  events = [];
  /** How many comments there were. */
  comments = 0;

  constructor(response, abort) {
    this.status = response.status;
    this.headers = response.headers;
    this.#reader = response.body.getReader();
    this.#abort = abort;
  }

  get text() {
    return textOf(this.events);
  }

  get last() {
    return this.events.at(-1);
  }

  /** Reads on until `condition` of this stream is true, or to its end. */
  async until(condition) {
    while (!condition(this)) {
      const { done, value } = await this.#reader.read();
      if (done) break;
      record('answers', Buffer.from(value));
      for (const event of this.#events.read(value)) {
        if (event.name) this.events.push(event);
        else this.comments += 1;
      }
    }
    return this;
  }

  /** Reads on to the end. */
  end() {
    return this.until(() => false);
  }

  /** Breaks the connection. */
  cut() {
    this.#abort.abort();
  }
}

/** The text that the deltas of these events make. */
export const textOf = (events) => {
  const since = events.slice(events.findLastIndex(({ name }) => name === 'start') + 1);
  return since.filter(({ name }) => name === 'delta').map(({ data }) => data.content).join('');
};

/** How many bytes a text has. */
export const bytes = (text) => new TextEncoder().encode(text).length;

/** Asks again until `condition` of the answer is true, and gives the answer. */
export async function eventually(ask, condition, seconds = 30) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (condition(answer)) return answer;
    assert.ok(Date.now() < end, `not within ${seconds} s: ${condition}; last seen: ${JSON.stringify(answer)?.slice(0, 500)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Somebody who talks to a mounted wire, with a token or without. */
export class Client {
  /** `base` is where the wire is mounted, such as `http://host/candor/v1` or `http://host/index.php?rest_route=/candor/v1`. */
  constructor(base, headers = {}) {
    this.base = base;
    this.headers = headers;
  }

  /** The same with other headers; an undefined one is left out. */
  with(headers) {
    return new Client(this.base, { ...this.headers, ...headers });
  }

  /** A new visitor. */
  async visitor() {
    const { token } = (await this.post('/visitors')).expect(201);
    return this.with({ authorization: `Bearer ${token}` });
  }

  url(path) {
    // A mount in a query takes the path's own query behind an ampersand.
    return this.base + (this.base.includes('?') ? path.replace('?', '&') : path);
  }

  #fetch(method, path, body, headers, signal) {
    const content = body === undefined ? {} : { 'content-type': 'application/json' };
    const all = { ...this.headers, ...content, ...headers };
    for (const name of Object.keys(all)) if (all[name] === undefined) delete all[name];
    return fetch(this.url(path), {
      method,
      headers: all,
      body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
      redirect: 'manual',
      signal,
    });
  }

  /** Sends a request; a body that is no string is sent as JSON. */
  async send(method, path, body, headers = {}) {
    const response = await this.#fetch(method, path, body, headers);
    const answer = new Answer(response.status, response.headers, await response.text());
    record('answers', `${method} ${path} ${answer.status} ${JSON.stringify([...answer.headers])}\n${answer.body}`);
    return answer;
  }

  get(path, headers) {
    return this.send('GET', path, undefined, headers);
  }

  post(path, body, headers) {
    return this.send('POST', path, body, headers);
  }

  put(path, body, headers) {
    return this.send('PUT', path, body, headers);
  }

  patch(path, body, headers) {
    return this.send('PATCH', path, body, headers);
  }

  delete(path, headers) {
    return this.send('DELETE', path, undefined, headers);
  }

  /** Opens a stream, which must be one. */
  async open(method, path, body, headers = {}) {
    const abort = new AbortController();
    const response = await this.#fetch(method, path, body, { accept: 'text/event-stream', ...headers }, abort.signal);
    if (!/^text\/event-stream\b/.test(response.headers.get('content-type') ?? '')) {
      assert.fail(`no stream, but ${response.status}: ${(await response.text()).slice(0, 500)}`);
    }
    assert.equal(response.status, 200);
    return new Stream(response, abort);
  }

  /** A new conversation's path. */
  async conversation(body) {
    return `/conversations/${(await this.post('/conversations', body)).expect(201).id}`;
  }

  /** Says something and follows the reply from its start. */
  say(conversation, content, headers) {
    return this.open('POST', `${conversation}/messages`, { content }, headers);
  }

  /** Says something and gives what came of it once the reply has ended. */
  async ask(conversation, content, headers) {
    return (await this.post(`${conversation}/messages`, { content }, { accept: 'application/json', ...headers })).expect(200);
  }

  /** A page of a conversation’s messages. */
  async page(conversation, query = '') {
    return (await this.get(`${conversation}/messages${query}`)).expect(200);
  }

  /** All of a conversation’s messages, the oldest first. */
  async messages(conversation) {
    const all = [];
    for (let before = ''; ;) {
      const { messages, next } = await this.page(conversation, `?limit=200${before}`);
      all.unshift(...messages);
      if (!next) return all;
      before = `&before=${encodeURIComponent(next)}`;
    }
  }

  async list(query = '') {
    return (await this.get(`/conversations${query}`)).expect(200);
  }
}

/** The path of the reply to the message that a stream began with. */
export const replyTo = (conversation, stream) => `${conversation}/messages/${stream.events[0].data.message.id}/reply`;

/** Fails where an answer could be kept by a cache, or sets a cookie. */
export function assertClean(what, headers) {
  assert.match(headers.get('cache-control') ?? '', NO_STORE, `${what}: Cache-Control`);
  assert.equal(headers.get('set-cookie'), null, `${what}: Set-Cookie`);
}
