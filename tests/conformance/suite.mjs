// One list of cases for every proxy that speaks the wire of docs/protocol.md.

import { after, before, describe, test } from 'node:test';
import challenge from './challenge.mjs';
import conversations from './conversations.mjs';
import devices, { guessing, off as without } from './devices.mjs';
import diagnostics, { off, reference } from './diagnostics.mjs';
import feedback, { unasked } from './feedback.mjs';
import limits, { beyond, capped, everybody, longest, short } from './limits.mjs';
import messages from './messages.mjs';
import moderation, { unkept as moderatedUnkept } from './moderation.mjs';
import origins from './origins.mjs';
import replies from './replies.mjs';
import unkept from './unkept.mjs';
import visitors from './visitors.mjs';

/** Topics, each with a title, its cases by their sentences, and the settings it needs beyond the usual. */
export const TOPICS = [visitors, conversations, messages, replies, diagnostics, reference, off, origins, without, unkept, devices, guessing, limits, everybody, beyond, short, longest, capped, challenge, moderation, moderatedUnkept, feedback, unasked];

/** What the owner has set where a topic says nothing else. */
export const SETTINGS = { diagnostics: 'full', allowed_origins: 'https://shop.example' };

/**
 * Declares every case as a test of a proxy. `mount(settings)` brings one up and resolves to
 * - `client`: a `Client` of `wire.mjs`, nobody's yet
 * - `owner`: the headers that make a request the owner's
 * - `failure`: what to say for a provider's refusal over a missing scope; the demo's other words must work as well
 * - `names`: words of provider and model that only the owner reads in checks
 * - `requests`, `moderations`: the chats that the provider was asked for, and what its moderation was to look at, where it is the
 *   tests’ own
 * - `reads`: whether the proxy names the cause of a provider's error, or leaves that to who reads it
 * - `stop`: ends it.
 */
export function conforms(name, mount, { concurrency = 8 } = {}) {
  describe(`${name} holds`, { concurrency }, () => {
    // One proxy for each of the settings that topics need.
    const proxies = new Map(TOPICS.map(({ settings }) => [settings, undefined]));
    before(() => Promise.all([...proxies.keys()].map(async (settings) => {
      proxies.set(settings, await mount({ ...SETTINGS, ...settings }));
    })));
    after(() => Promise.all([...proxies.values()].map((proxy) => proxy?.stop())));
    for (const { title, settings, cases } of TOPICS) {
      for (const [sentence, hold] of Object.entries(cases)) test(`${title}: ${sentence}`, () => hold(proxies.get(settings)));
    }
  });
}
