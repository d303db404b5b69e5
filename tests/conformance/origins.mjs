// Pages of other origins. The owner allows https://shop.example and no other.

import assert from 'node:assert/strict';

const ALLOWED = 'https://shop.example';
const FOREIGN = 'https://elsewhere.example';

export default {
  title: 'Pages of other origins',
  cases: {
    'Every preflight is granted, also for pages that are not allowed': async ({ client }) => {
      for (const origin of [ALLOWED, FOREIGN]) {
        for (const [path, method] of [['/config', 'GET'], ['/visitors', 'POST'], ['/conversations/c_0', 'PATCH'], ['/conversations/c_0/messages/m_0/feedback', 'PUT'], ['/conversations/c_0', 'DELETE']]) {
          const answer = await client.send('OPTIONS', path, undefined, { origin, 'access-control-request-method': method });
          assert.ok([200, 204].includes(answer.status), `${path}: ${answer.status}`);
          assert.equal(answer.header('access-control-allow-origin'), origin);
          assert.ok(answer.header('access-control-allow-methods').includes(method), `${method} ${path}`);
          for (const name of ['Accept', 'Authorization', 'Content-Type', 'Idempotency-Key', 'Last-Event-ID']) {
            assert.ok(answer.header('access-control-allow-headers').toLowerCase().includes(name.toLowerCase()), name);
          }
          assert.equal(answer.header('access-control-allow-credentials'), '');
        }
      }
    },
    'A page that is allowed reads the answer, without credentials': async ({ client }) => {
      const answer = await client.get('/config', { origin: ALLOWED });
      answer.expect(200);
      assert.equal(answer.header('access-control-allow-origin'), ALLOWED);
      assert.equal(answer.header('access-control-allow-credentials'), '', 'no cookie is ever asked for');
      assert.match(answer.header('vary'), /\borigin\b/i);
    },
    'Beside the body a page reads the date, the time to wait, how to sign in, and a new token': async ({ client }) => {
      const visitor = (await client.visitor()).with({ origin: ALLOWED });
      for (const answer of [await visitor.get('/config'), await visitor.get('/conversations/c_0')]) {
        for (const name of ['Date', 'Retry-After', 'WWW-Authenticate', 'Candor-Token']) {
          assert.ok(answer.header('access-control-expose-headers').toLowerCase().split(/\s*,\s*/).includes(name.toLowerCase()), name);
        }
      }
    },
    'A stream can be read by a page that is allowed': async ({ client }) => {
      const visitor = (await client.visitor()).with({ origin: ALLOWED });
      const stream = await (await visitor.say(await visitor.conversation(), 'hello')).end();
      assert.equal(stream.headers.get('access-control-allow-origin'), ALLOWED);
      assert.equal(stream.headers.get('access-control-allow-credentials'), null);
      assert.equal(stream.last.name, 'done');
    },
    'A page that is not allowed is refused, and can read which origin is missing in which setting': async ({ client }) => {
      const visitor = await client.visitor();
      for (const [method, path] of [['GET', '/config'], ['POST', '/visitors'], ['GET', '/conversations'], ['POST', '/conversations']]) {
        const answer = await visitor.send(method, path, undefined, { origin: FOREIGN });
        const { detail } = answer.refused(403, 'origin_not_allowed');
        assert.equal(answer.header('access-control-allow-origin'), FOREIGN);
        assert.ok(detail.includes(FOREIGN), detail);
        assert.match(detail, /allowed.origins/i);
      }
      assert.deepEqual((await visitor.list()).conversations, [], 'and nothing was done');
    },
    'An origin is compared without case and default port, and as a whole': async ({ client }) => {
      (await client.get('/config', { origin: 'HTTPS://Shop.Example:443' })).expect(200);
      for (const origin of ['http://shop.example', 'https://shop.example:8443', 'https://shop.example.elsewhere.example', 'https://notshop.example', 'null', 'shop.example']) {
        (await client.get('/config', { origin })).refused(403, 'origin_not_allowed');
      }
    },
    'The proxy’s own pages may chat': async ({ client }) => {
      (await client.get('/config', { origin: new URL(client.base).origin })).expect(200);
    },
    'A request without an origin comes from no page and is not refused': async ({ client }) => {
      const answer = await client.get('/config', { origin: undefined });
      answer.expect(200);
      assert.match(answer.header('vary'), /\borigin\b/i, 'a cache in between is told all the same');
    },
  },
};
