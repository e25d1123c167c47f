import type { AppConfig } from './config.js';

/** Which database is configured, for people: without password. */
export function databaseName({ database, dataDir }: Pick<AppConfig, 'database' | 'dataDir'>): string {
  if (database.url === undefined) return `embedded PGlite in ${dataDir}`;
  const { protocol, username, host, pathname } = new URL(database.url);
  return `${protocol}//${username === '' ? '' : `${username}@`}${host}${pathname}`;
}
