import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** A database that a test or a scenario has for itself. */
export interface ScratchDatabase {
  readonly name: string;
  readonly url: string;
  readonly drop: () => Promise<void>;
}

/** An empty database on the server of this URL; its name begins with `prefix`. */
export async function createDatabase(server: string, prefix: string): Promise<ScratchDatabase> {
  const name = `${prefix}_${randomBytes(6).toString('hex')}`;
  const url = urlOf(server, name);
  await administer(server, `create database ${name}`);
  return {
    name,
    url,
    drop: async () => {
      await administer(server, `drop database if exists ${name} with (force)`);
    },
  };
}

/** The same server with another database. A socket's URL names no host, which makes it no URL; its query names it. */
export function urlOf(server: string, database: string): string {
  const url = new URL(server.replace(/^(postgres(?:ql)?:\/\/[^/]*@)\//, '$1localhost/'));
  url.pathname = `/${database}`;
  return url.href;
}

/** One statement on a connection of its own. */
export async function administer(server: string, statement: string): Promise<pg.QueryResult<Record<string, unknown>>> {
  const client = new pg.Client({ connectionString: server });
  // A connection that breaks while nothing is asked of it would end the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await client.query<Record<string, unknown>>(statement);
  } finally {
    await client.end();
  }
}
