import { Injectable } from '@nestjs/common';
import type { Run } from '../contracts/run.js';
import type { Write } from '../db/statement.js';
import { writeOfRows, type Column } from './row-columns.js';

const COLUMNS: readonly Column<Run>[] = [
  { name: 'run_id', type: 'uuid', travel: 'joined', value: ({ id }) => id },
  { name: 'session', type: 'jsonb', travel: 'joined', value: ({ session }) => JSON.stringify(session) },
];

const updateSession = writeOfRows(
  COLUMNS,
  (rows) => `update runtime_sessions s set session = u.session::jsonb from ${rows} where s.run_id = u.run_id`,
);

/** The runtime's side of runs: which session belongs to which run, and what the log has told of it. */
@Injectable()
export class RuntimeSessionRepository {
  insert(run: Run): Write {
    return {
      text: 'insert into runtime_sessions (run_id, session_id, session) values ($1, $2, $3)',
      values: [run.id, run.sessionId, JSON.stringify(run.session)],
    };
  }

  update(run: Run): Write {
    return updateSession([run]);
  }
}
