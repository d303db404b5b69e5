// A MariaDB of the tests' own, reached by a socket.

import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { keep } from '../emitted.mjs';
import { run, serve } from './processes.mjs';

const { MARIADBD } = process.env;

/** Starts MariaDB with nothing in it. `create()` makes a new database and gives the constants by which WordPress finds it. */
export async function startMariaDb() {
  const folder = await mkdtemp(join(tmpdir(), 'candor-mariadb-'));
  const data = join(folder, 'data');
  const socket = join(folder, 'socket');
  // Apache's workers may be another user.
  await chmod(folder, 0o755);
  // A server that starts deletes the temporary tables of every other one in the same folder.
  const temporary = join(folder, 'temporary');
  await mkdir(temporary);
  const user = userInfo().username;
  await run('mariadb-install-db', ['--no-defaults', `--datadir=${data}`, `--tmpdir=${temporary}`, '--skip-test-db', '--auth-root-authentication-method=normal', `--user=${user}`]);
  const words = ['--no-defaults', `--datadir=${data}`, `--tmpdir=${temporary}`, `--socket=${socket}`, '--skip-networking', `--user=${user}`,
    // A test's data may be lost with the machine's power.
    '--innodb-flush-log-at-trx-commit=0', '--skip-log-bin'];
  const ask = (statement) => run('mariadb', ['--no-defaults', `--socket=${socket}`, '--user=root', '--execute', statement]);
  const server = await serve(MARIADBD, words, {}, () => ask('SELECT 1'));
  let made = 0;
  return {
    ask,
    async create() {
      const name = `wordpress_${made += 1}`;
      await ask(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
      return { DB_NAME: name, DB_USER: 'root', DB_PASSWORD: '', DB_HOST: `localhost:${socket}` };
    },
    async stop() {
      await server.stop();
      for (let number = 1; number <= made; number += 1) keep(join(data, `wordpress_${number}`), /_(options|candor\w*)\.ibd$/);
      await rm(folder, { recursive: true });
    },
  };
}
