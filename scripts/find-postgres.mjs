// Finds a PostgreSQL server on which tests may create databases of their own, or starts a temporary one.
import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

const CONNECT_MS_MAX = 3_000;
const START_SECONDS_MAX = 30;
const SOCKET_DIRS = ['/var/run/postgresql', '/tmp'];
/** The uid of `nobody`, for machines without a `postgres` user. */
const NOBODY = 65_534;

/** Undefined when the server is out of reach, or this user may not create databases on it. */
async function usable(url) {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_MS_MAX });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query(
      'select rolsuper or rolcreatedb as may from pg_roles where rolname = current_user',
    );
    return rows[0]?.may === true ? url : undefined;
  } catch {
    return undefined;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function candidates() {
  const user = encodeURIComponent(userInfo().username);
  const sockets = SOCKET_DIRS.filter((directory) => existsSync(join(directory, '.s.PGSQL.5432')));
  return [
    ...sockets.map((directory) => `postgresql://${user}@localhost/postgres?host=${encodeURIComponent(directory)}`),
    `postgresql://${user}@127.0.0.1:5432/postgres`,
    'postgresql://postgres:postgres@127.0.0.1:5432/postgres',
  ];
}

/** The directory with initdb and pg_ctl; distributions keep them off the PATH. */
function serverPrograms() {
  const asked = spawnSync('pg_config', ['--bindir'], { encoding: 'utf8' });
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const places = [asked.stdout?.trim(), ...versions.map((version) => join(debian, version, 'bin'))];
  return places.find((place) => place && existsSync(join(place, 'initdb')) && existsSync(join(place, 'pg_ctl')));
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** A server of our own, gone afterwards. PostgreSQL refuses to run as root, so root starts it as somebody else. */
async function startTemporary(programs, fsync) {
  const directory = mkdtempSync(join(tmpdir(), 'macp-postgres-'));
  const asRoot = process.getuid?.() === 0;
  const uid = Number(spawnSync('id', ['-u', 'postgres'], { encoding: 'utf8' }).stdout) || NOBODY;
  if (asRoot) chownSync(directory, uid, uid);
  const options = { cwd: directory, stdio: ['ignore', 'ignore', 2], ...(asRoot ? { uid } : {}) };
  const data = join(directory, 'data');
  const port = await freePort();
  const run = (program, args) => spawnSync(join(programs, program), args, options).status === 0;
  const stop = () => {
    run('pg_ctl', ['stop', '-D', data, '-m', 'immediate', '-w']);
    rmSync(directory, { recursive: true, force: true });
  };
  const settings = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${directory} -c fsync=${fsync}`;
  const started =
    run('initdb', ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync']) &&
    run('pg_ctl', [
      'start',
      '-D',
      data,
      '-w',
      '-t',
      String(START_SECONDS_MAX),
      '-l',
      join(directory, 'log'),
      '-o',
      settings,
    ]);
  const url = started ? await usable(`postgresql://postgres@127.0.0.1:${port}/postgres`) : undefined;
  if (url) return { url, what: `a temporary server on port ${port}`, stop };
  stop();
  throw new Error(`PostgreSQL is installed in ${programs}, and a server of our own could not be started with it.`);
}

/**
 * `{ url, what, stop }`, or undefined when there is no PostgreSQL here. Throws when TEST_DATABASE_URL is set and cannot be
 * used – a named server is never silently replaced by another – or when an installed one does not start. `fsync`: of a
 * temporary server; tests need no disk.
 */
export async function findPostgres({ fsync = 'off' } = {}) {
  const given = process.env.TEST_DATABASE_URL;
  const nothing = () => undefined;
  if (given) {
    if (await usable(given)) return { url: given, what: 'the server of TEST_DATABASE_URL', stop: nothing };
    throw new Error('TEST_DATABASE_URL cannot be reached, or its user may not create databases.');
  }
  for (const candidate of candidates()) {
    if (await usable(candidate)) return { url: candidate, what: 'the server of this machine', stop: nothing };
  }
  const programs = serverPrograms();
  return programs ? startTemporary(programs, fsync) : undefined;
}
