import { parseArgs } from 'node:util';
import { readFileSync } from 'node:fs';
import { parseConfig } from '../config/config.js';
import { databaseName } from '../config/database-name.js';
import { messagesOf } from '../errors/causes.js';
import { openMigrated } from './migrate.client.js';

/** `npm run db:migrate`: brings the configured database up to date and says what it did. Exit code 1 on failure. */
async function main(): Promise<void> {
  parseArgs({ options: {}, strict: true });
  const config = parseConfig(process.env, (path) => readFileSync(path, 'utf8'));
  // Before anything is done: a shell without DATABASE_URL means another database than the service's.
  console.error(`Migrating ${databaseName(config)} …`);
  const { database, applied } = await openMigrated({
    ...config.database,
    dataDir: config.dataDir,
    onError: (error) => console.error(error.message),
  });
  await database.close();
  console.log(applied.length === 0 ? 'The schema is up to date.' : `Applied ${applied.join(', ')}.`);
}

main().catch((error: unknown) => {
  console.error(messagesOf(error));
  process.exitCode = 1;
});
