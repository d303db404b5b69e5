// Debian's nginx between the browser and the proxy, with each of the settings by which it breaks a chat.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A port that was free a moment ago: nginx cannot be asked which one it has taken. */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/**
 * Passes `/<name>/…` on to an origin for each name in `locations`, with the directives that stand there, and serves a page
 * at `/<name>.html`. Resolves once nginx listens.
 */
export async function startNginx(upstream, locations, pageOf) {
  const folder = await mkdtemp(join(tmpdir(), 'candor-nginx-'));
  const port = await freePort();
  const blocks = Object.entries(locations).map(([name, directives]) =>
    `location /${name}/ { rewrite ^/${name}(/.*)$ $1 break; proxy_pass ${upstream}; ${directives} }`);
  for (const name of Object.keys(locations)) await writeFile(join(folder, `${name}.html`), pageOf(name).body);
  const scratch = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((of) => `${of}_temp_path ${folder}/${of};`);
  await writeFile(join(folder, 'nginx.conf'), `
    pid ${folder}/pid;
    error_log ${folder}/error.log;
    events {}
    http {
      access_log off;
      ${scratch.join('\n      ')}
      server {
        listen 127.0.0.1:${port};
        root ${folder};
        default_type text/html;
        ${blocks.join('\n        ')}
      }
    }`);
  // One process, which is the one that is ended.
  const settings = 'daemon off; master_process off;';
  const child = spawn(process.env.NGINX_BIN, ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr', '-g', settings]);
  const words = [];
  child.stderr.on('data', (data) => words.push(data));
  const origin = `http://127.0.0.1:${port}`;
  while (!(await fetch(origin).catch(() => undefined))) {
    if (child.exitCode !== null) throw new Error(`nginx ended with ${child.exitCode}: ${words.join('')}`);
  }
  return {
    origin,
    stop: async () => {
      if (child.exitCode === null) {
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
      await rm(folder, { recursive: true });
    },
  };
}
