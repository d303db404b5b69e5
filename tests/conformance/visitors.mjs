// Config, health, and who a visitor is.

import assert from 'node:assert/strict';
import { assertClean, replyTo } from './wire.mjs';

export default {
  title: 'Config, health and visitors',
  cases: {
    'Config has the owner’s words and bounds, and needs no token': async ({ client }) => {
      const config = (await client.get('/config')).expect(200);
      for (const field of ['title', 'subtitle', 'greeting', 'notice', 'version']) assert.equal(typeof config[field], 'string', field);
      assert.ok(config.suggestions.every((suggestion) => typeof suggestion === 'string'));
      assert.ok(Number.isInteger(config.message_chars) && config.message_chars > 0);
      assert.equal(config.diagnostics, 'full');
      for (const field of ['provider', 'model']) assert.match(config[field], /./, `${field} is told where everything is`);
    },
    'Config tells the proxy’s clock in milliseconds': async ({ client }) => {
      const { time } = (await client.get('/config')).expect(200);
      assert.ok(Math.abs(time - Date.now()) < 60_000, String(time));
    },
    'New visitors solve nothing where the owner asks for nothing': async ({ client }) => {
      assert.deepEqual((await client.get('/challenge')).expect(200), { kind: 'off' });
      (await client.post('/visitors', { challenge: 'of a page from before' })).expect(201);
    },
    'Health is ok, with the version of config, and needs no token': async ({ client }) => {
      const health = (await client.get('/health')).expect(200);
      const { version } = (await client.get('/config')).expect(200);
      assert.deepEqual([health.status, health.version], ['ok', version]);
      assert.ok(Math.abs(health.time - Date.now()) < 60_000);
    },
    'The description for programs names every route': async ({ client }) => {
      const { openapi, paths } = (await client.get('/openapi.json')).expect(200);
      assert.match(openapi, /^3\.1\./);
      const described = Object.entries(paths).flatMap(([path, methods]) =>
        Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{[^}]*\}/g, '{}')}`));
      const routes = [
        'GET /config', 'GET /health', 'GET /challenge', 'POST /visitors', 'DELETE /visitors', 'GET /conversations', 'POST /conversations',
        'GET /conversations/{}', 'PATCH /conversations/{}', 'DELETE /conversations/{}', 'GET /conversations/{}/messages',
        'POST /conversations/{}/messages', 'GET /conversations/{}/messages/{}/reply', 'POST /conversations/{}/messages/{}/reply',
        'DELETE /conversations/{}/messages/{}/reply', 'PUT /conversations/{}/messages/{}/feedback',
        'DELETE /conversations/{}/messages/{}/feedback', 'GET /diagnostics/feedback', 'POST /diagnostics/checks', 'GET /diagnostics/errors', 'GET /diagnostics/audit',
        'POST /replies', 'GET /replies/{}', 'DELETE /replies/{}', 'POST /visitors/code', 'DELETE /visitors/others',
      ];
      assert.deepEqual(routes.filter((route) => !described.includes(route)), []);
    },
    'The description for programs has the form of every body': async ({ client }) => {
      const document = (await client.get('/openapi.json')).expect(200);
      /** What a reference leads to; other things are themselves. */
      const found = (form) => (form?.$ref ? found(form.$ref.split('/').slice(1).reduce((at, name) => at?.[name], document)) : form);
      const json = (body) => found(body?.content?.['application/json']?.schema);
      const operations = Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => [`${method} ${path}`, operation]));
      for (const [name, { requestBody, responses }] of operations) {
        if (requestBody) assert.ok(json(requestBody), `${name}: what is sent`);
        const refusals = Object.keys(responses).filter((status) => status >= 400);
        assert.ok(refusals.length > 0, `${name}: its refusals`);
        for (const [status, response] of Object.entries(responses)) {
          const { content = {} } = found(response);
          // A schema says nothing of a stream's events.
          for (const [type, { schema }] of Object.entries(content)) assert.ok(found(schema) || type === 'text/event-stream', `${name}: ${status}, ${type}`);
          const isProblem = Boolean(found(content['application/problem+json']?.schema)?.properties.cause);
          assert.equal(isProblem, refusals.includes(status), `${name}: ${status}`);
        }
      }
      const { post } = document.paths['/conversations/{conversation}/messages'];
      assert.equal(found(json(post.requestBody).properties.content).type, 'string');
      assert.ok(json(document.paths['/config'].get.responses[200]).properties.title);
    },
    'Each visitor gets a token of their own, of at least 256 bits': async ({ client }) => {
      const answers = await Promise.all([client.post('/visitors'), client.post('/visitors', {})]);
      const tokens = answers.map((answer) => answer.expect(201).token);
      assert.notEqual(tokens[0], tokens[1]);
      // 64 hexadecimal digits, or 43 of base64.
      for (const token of tokens) assert.match(token, /[0-9A-Za-z_-]{43,}$/);
      assert.ok(Math.abs(answers[0].json.created_at - Date.now()) < 60_000);
    },
    'A new visitor has no fields to give': async ({ client }) => {
      const { detail } = (await client.post('/visitors', { name: 'Ann' })).refused(422, 'invalid_request');
      assert.match(detail, /\bname\b/);
    },
    'Without a token nothing is told, and the answer says how one is sent': async ({ client }) => {
      for (const [method, path] of [['GET', '/conversations'], ['POST', '/conversations'], ['DELETE', '/visitors'], ['GET', '/conversations/c_0']]) {
        const answer = await client.send(method, path);
        answer.refused(401, 'unauthorized');
        assert.match(answer.header('www-authenticate'), /^Bearer\b/);
      }
    },
    'A token that is unknown, malformed, or no bearer’s is refused': async ({ client }) => {
      for (const authorization of [`Bearer ct_${'0'.repeat(64)}`, 'Bearer ct_wrong', 'Bearer', 'Basic YTpi', 'ct_wrong', `Bearer ${'x'.repeat(4000)}`]) {
        (await client.get('/conversations', { authorization })).refused(401, 'unauthorized');
      }
    },
    'The word Bearer is read in any case': async ({ client }) => {
      const visitor = await client.visitor();
      const authorization = visitor.headers.authorization.replace('Bearer', 'bEARER');
      (await visitor.get('/conversations', { authorization })).expect(200);
    },
    'A visitor who deletes everything leaves nothing behind, and nobody else loses a thing': async ({ client }) => {
      const [visitor, other] = [await client.visitor(), await client.visitor()];
      const conversation = await visitor.conversation({ title: 'Mine' });
      await other.conversation({ title: 'Theirs' });
      (await visitor.delete('/visitors')).expect(204);
      for (const path of ['/conversations', conversation, `${conversation}/messages`]) (await visitor.get(path)).refused(401, 'unauthorized');
      assert.deepEqual((await other.list()).conversations.map(({ title }) => title), ['Theirs']);
    },
    'A visitor who deletes everything ends a reply that is under way': async ({ client }) => {
      const visitor = await client.visitor();
      const stream = await visitor.say(await visitor.conversation(), 'Tell me a long story');
      await stream.until(({ text }) => text);
      (await visitor.delete('/visitors')).expect(204);
      await stream.end();
      assert.match(stream.last.name, /^(done|error)$/);
    },
    'No answer sets a cookie, and none may be kept by a cache': async ({ client, owner }) => {
      const visitor = await client.visitor();
      const conversation = await visitor.conversation();
      const stream = await visitor.say(conversation, 'hello');
      assertClean('the stream', stream.headers);
      await stream.end();
      const reply = replyTo(conversation, stream);
      const requests = [
        [client, 'GET', '/config'], [client, 'GET', '/health'], [client, 'GET', '/openapi.json'], [client, 'POST', '/visitors'],
        [client, 'GET', '/conversations'], [client, 'GET', '/nowhere'], [client, 'DELETE', '/config'],
        [visitor, 'GET', '/conversations'], [visitor, 'POST', '/conversations'], [visitor, 'GET', conversation],
        [visitor, 'PATCH', conversation, { unread: false }], [visitor, 'GET', `${conversation}/messages`], [visitor, 'POST', `${conversation}/messages`, '{'],
        [visitor, 'GET', reply], [visitor, 'DELETE', reply], [visitor, 'POST', '/diagnostics/checks'], [visitor, 'GET', '/diagnostics/errors'],
        [client.with(owner), 'GET', '/diagnostics/errors'], [client.with(owner), 'GET', '/diagnostics/audit'], [visitor, 'DELETE', conversation], [visitor, 'DELETE', '/visitors'],
      ];
      for (const [who, method, path, body] of requests) assertClean(`${method} ${path}`, (await who.send(method, path, body)).headers);
    },
    'An address or a method that is not known is told as such': async ({ client }) => {
      (await client.get('/nowhere')).refused(404, 'no_route');
      (await client.delete('/config')).refused(405, 'no_route');
      const visitor = await client.visitor();
      (await visitor.send('PUT', '/conversations', {})).refused(405, 'no_route');
      (await visitor.get('/conversations/c_0/nowhere')).refused(404, 'no_route');
    },
  },
};
