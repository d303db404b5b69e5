// Debian's nginx between the browser and the proxy, with each of the settings by which it breaks a chat.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../ports.mjs';

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
  return start(folder, port, `
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
}

/**
 * nginx with the settings of `deploy/nginx.conf`, but for where it listens and writes, and where the three replicas are
 * (`127.0.0.1:8787`). `change` gets the settings, and gives those that are to count.
 */
export async function startDeployedNginx(replicas, change = (settings) => settings) {
  const folder = await mkdtemp(join(tmpdir(), 'candor-nginx-'));
  const port = await freePort();
  let settings = await readFile(new URL('../../deploy/nginx.conf', import.meta.url), 'utf8');
  for (const [number, replica] of replicas.entries()) settings = settings.replace(`candor-${number + 1}:8787`, replica);
  settings = change(settings);
  return start(folder, port, settings.replace('listen 8080;', `listen 127.0.0.1:${port};`).replaceAll('/tmp/', `${folder}/`));
}

/** Starts nginx with these settings, and resolves once it listens on that port. */
async function start(folder, port, settings) {
  await writeFile(join(folder, 'nginx.conf'), settings);
  // One process, which is the one that is ended.
  const words = ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr', '-g', 'daemon off; master_process off;'];
  const child = spawn(process.env.NGINX_BIN, words);
  const said = [];
  child.stderr.on('data', (data) => said.push(data));
  const origin = `http://127.0.0.1:${port}`;
  while (!(await fetch(origin).catch(() => undefined))) {
    if (child.exitCode !== null) throw new Error(`nginx ended with ${child.exitCode}: ${said.join('')}`);
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
