import type { AppConfig } from './config.js';

/** Which database is configured, for people: without password. */
export function databaseName({ database, dataDir }: Pick<AppConfig, 'database' | 'dataDir'>): string {
  if (database.url === undefined) return `embedded PGlite in ${dataDir}`;
  const { protocol, username, host, pathname, searchParams } = new URL(database.url);
  const socket = searchParams.get('host');
  const name = `${protocol}//${username === '' ? '' : `${username}@`}${host}${pathname}`;
  return socket === null ? name : `${name} through ${socket}`;
}
