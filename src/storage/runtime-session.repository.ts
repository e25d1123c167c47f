import { Injectable } from '@nestjs/common';
import type { Run } from '../contracts/run.js';
import type { Write } from '../db/statement.js';

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
    return {
      text: 'update runtime_sessions set session = $2 where run_id = $1',
      values: [run.id, JSON.stringify(run.session)],
    };
  }
}
