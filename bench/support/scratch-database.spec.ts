import { describe, expect, it } from 'vitest';
import { urlOf } from './scratch-database.client.js';

describe('a database beside the one of a URL', () => {
  it.each([
    ['postgres://root@localhost/postgres', 'postgres://root@localhost/scratch'],
    [
      'postgres://me:secret@db.test:5433/postgres?sslmode=require',
      'postgres://me:secret@db.test:5433/scratch?sslmode=require',
    ],
    [
      'postgresql://me@/postgres?host=/var/run/postgresql',
      'postgresql://me@localhost/scratch?host=/var/run/postgresql',
    ],
    ['postgresql:///postgres?host=/var/run/postgresql', 'postgresql:///scratch?host=/var/run/postgresql'],
  ])('%s', (server, expected) => {
    expect(urlOf(server, 'scratch')).toBe(expected);
  });
});
