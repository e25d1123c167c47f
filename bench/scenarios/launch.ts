import { randomUUID } from 'node:crypto';
import { now } from '../support/clock.js';
import { openLoop } from '../support/open-loop.js';
import type { Scenario } from '../support/scenario.js';
import { Stage, decisionRequest, type LaunchedRun } from '../support/stage.js';
import { percentile } from '../support/statistics.js';

const PER_SECOND = 50;
const COUNT = 1_000;
/** Until the code of a launch is compiled; what the first ones take is a figure of its own. */
const WARM_UP = 500;

/** One durable commit of a row like those of `runs`, with their indexes: the least that a durable answer can cost. */
const LIKE_RUNS = ['drop table if exists bench_runs', 'create table bench_runs (like runs including all)'];
const COLUMNS = `select string_agg(quote_ident(attname), ', ' order by attnum) as list from pg_attribute
  where attrelid = 'runs'::regclass and attnum > 0 and not attisdropped and attgenerated = ''`;

export const launch: Scenario = {
  name: 'launch',
  about: 'POST /runs with an Idempotency-Key at a steady rate, from the moment each was due to the whole answer',
  bars: ['launchP99'],
  deadlineMs: 180_000,
  async run(context) {
    const { signal } = context;
    const stage = await Stage.open(context);
    const body = JSON.stringify(decisionRequest());
    const runIds: string[] = [];
    const post = async (_index: number, dueAt: number): Promise<number> => {
      const answer = await stage.api.ask('POST', '/runs', body, { 'idempotency-key': randomUUID() });
      if (answer.status !== 202) throw new Error(`POST /runs answered ${answer.status}`);
      runIds.push((JSON.parse(answer.text) as LaunchedRun).runId);
      return answer.at - dueAt;
    };
    context.phase(`warming up with ${WARM_UP} launches at ${PER_SECOND}/s`);
    const first = await openLoop({ count: WARM_UP, perSecond: PER_SECOND, signal }, post);
    runIds.length = 0;
    context.phase(`${COUNT} launches at ${PER_SECOND}/s`);
    const times = await openLoop({ count: COUNT, perSecond: PER_SECOND, signal }, post);

    context.phase('the same rows, one commit each');
    for (const statement of LIKE_RUNS) await stage.query(statement);
    const [columns] = await stage.query(COLUMNS);
    const list = String(columns?.['list']);
    const insert = `insert into bench_runs (${list}) select ${list} from runs where id = $1`;
    const commits = await openLoop({ count: COUNT, perSecond: PER_SECOND, signal }, async (index, dueAt) => {
      await stage.query(insert, [runIds[index]]);
      return now() - dueAt;
    });
    const note = `limit: the row of the run alone, one INSERT and one commit each, at the same rate`;
    return [
      { of: 'launchP99', value: percentile(times, 0.99), limit: percentile(commits, 0.99), note },
      {
        of: { name: 'POST /runs at 50/s: p50', unit: 'ms' },
        value: percentile(times, 0.5),
        limit: percentile(commits, 0.5),
      },
      {
        of: { name: `POST /runs, the first ${WARM_UP} of a process: p99`, unit: 'ms' },
        value: percentile(first, 0.99),
      },
    ];
  },
};
