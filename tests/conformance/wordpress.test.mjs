// The plugin's own proxy speaks the wire of docs/protocol.md.

import { after, before, describe } from 'node:test';
import { startMariaDb } from '../wordpress/database.mjs';
import { OLDEST } from '../wordpress/site.mjs';
import { conforms } from './suite.mjs';
import { mountWordPress, mountWordPressDemo } from './wordpress.mjs';

describe('WordPress', () => {
  let database;
  before(async () => {
    database = await startMariaDb();
  });
  after(() => database?.stop());

  conforms('The newest on SQLite, with nginx and php-fpm, it', mountWordPress);
  conforms('6.1 on MariaDB, with Apache and plain permalinks, it', (settings) =>
    mountWordPressDemo(settings, { wordpress: OLDEST, database, server: 'apache', permalinks: '' }));
});
