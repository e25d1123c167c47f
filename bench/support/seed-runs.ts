import type { Stage } from './stage.js';

/** Rows per statement, so that the deadline is noticed between two of them. */
const ROWS_PER_STATEMENT = 50_000;
/** The runs are spread over so many days, the newest one now. */
export const DAYS = 100;

export const ENVIRONMENTS = ['prod', 'staging', 'dev', 'perf-lab'] as const;
export const MODES = ['decision', 'proposal', 'task', 'handoff', 'quorum', 'multi_round'] as const;
export const TAGS = 200;
export const SCENARIOS = 500;

/** What is filled: the latter three by triggers of the first. */
const FILLED = ['runs', 'runtime_sessions', 'run_tags', 'run_texts', 'run_scenarios'] as const;

/** Columns of the table that take a value. */
const COLUMNS = `select string_agg(quote_ident(attname), ', ' order by attnum) as list from pg_attribute
  where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = ''`;

const INDEXES = `select c.relname::text as name, pg_get_indexdef(i.indexrelid) as definition
  from pg_index i join pg_class c on c.oid = i.indexrelid
  where i.indrelid = any (array[${quoted(FILLED)}]::regclass[])
    and not exists (select from pg_constraint where conindid = i.indexrelid)`;

/**
 * What of a copied run differs from the one it was copied from. A few values are frequent and most are rare
 * (`random() ^ k`); 94 of 100 runs have ended; one in ten is archived, one in twenty a sandbox run.
 */
const VARIED = `
  select n, created, md5(n::text) as hash,
    lpad(to_hex((extract(epoch from created) * 1000)::bigint), 12, '0') as time,
    (case when p < 0.85 then 'completed' when p < 0.91 then 'failed' when p < 0.94 then 'cancelled'
          when p < 0.98 then 'running' when p < 0.99 then 'suspended' else 'queued' end) as status,
    'macp.mode.' || (array[${quoted(MODES)}])[1 + floor(random() ^ 2 * ${MODES.length})::int] || '.v1' as mode_name,
    (array[${quoted(ENVIRONMENTS)}])[1 + floor(random() ^ 3 * ${ENVIRONMENTS.length})::int] as environment,
    'scenario-' || floor(random() ^ 2 * ${SCENARIOS})::int as scenario,
    array['tag-' || floor(random() ^ 3 * ${TAGS})::int, 'team-' || floor(random() * 20)::int] as tags,
    (case when random() < 0.05 then 'sandbox' else 'live' end) as mode,
    (case when random() < 0.1 then created + interval '2 days' end) as archived
  from (select n, random() as p, now() - interval '${DAYS} days' * (1 - n::float8 / $3) as created
        from generate_series($1::int, $2::int) as n) as numbers`;

const RUN_ID = `(substr(time, 1, 8) || '-' || substr(time, 9, 4) || '-7' || substr(hash, 1, 3) || '-8' || substr(hash, 4, 3)
  || '-' || substr(hash, 7, 12))`;
const SESSION_ID = `(substr(hash, 1, 8) || '-' || substr(hash, 9, 4) || '-4' || substr(hash, 13, 3) || '-8'
  || substr(hash, 16, 3) || '-' || substr(hash, 19, 12))`;

const OVERRIDES = `jsonb_build_object(
  'id', ${RUN_ID}, 'status', status, 'mode', mode, 'mode_name', mode_name, 'environment', environment,
  'runtime_kind', case when mode = 'sandbox' then 'sandbox' else 'rust' end, 'scenario_ref', scenario,
  'source_ref', scenario, 'tags', tags, 'idempotency_key', 'key-' || n, 'fingerprint', hash || hash, 'trace_id', hash,
  'created_at', created, 'updated_at', created + interval '1 minute' * (1 + random() ^ 4 * 500),
  'started_at', created, 'ended_at', created + interval '1 minute', 'archived_at', archived,
  'search_text', ${RUN_ID} || E'\\n' || ${SESSION_ID} || E'\\n' || array_to_string(tags, E'\\n') || E'\\n' || scenario
    || E'\\n' || environment || E'\\npolicy.default\\nshall release ' || n % 1000 || ' go to production today?')`;

/**
 * Fills the table of runs with copies of one that the service made, so that columns this suite does not know are right.
 * Indexes are taken away meanwhile and made again as they were. Ends with VACUUM ANALYZE.
 */
export async function seedRuns(
  stage: Stage,
  templateId: string,
  count: number,
  told: (done: number) => void,
): Promise<void> {
  const indexes = await stage.query(INDEXES);
  for (const { name } of indexes) await stage.query(`drop index ${String(name)}`);
  const [runColumns] = await stage.query(COLUMNS, ['runs']);
  const [sessionColumns] = await stage.query(COLUMNS, ['runtime_sessions']);
  const statement = `
    with varied as materialized (
      select ${RUN_ID} as new_run, ${SESSION_ID} as new_session, ${OVERRIDES} as overrides from (${VARIED}) as varied),
    copied as (insert into runs (${String(runColumns?.['list'])})
      select ${prefixed('made', runColumns?.['list'])} from varied, runs as template,
        lateral jsonb_populate_record(template, overrides) as made where template.id = $4::uuid
      returning 1)
    insert into runtime_sessions (${String(sessionColumns?.['list'])})
      select ${prefixed('made', sessionColumns?.['list'])} from varied, runtime_sessions as template,
        lateral jsonb_populate_record(template, jsonb_build_object('run_id', new_run, 'session_id', new_session)) as made
      where template.run_id = $4::uuid`;
  for (let from = 1; from <= count; from += ROWS_PER_STATEMENT) {
    stage.signal.throwIfAborted();
    const to = Math.min(count, from + ROWS_PER_STATEMENT - 1);
    await stage.query(statement, [from, to, count, templateId]);
    told(to);
  }
  for (const { definition } of indexes) {
    stage.signal.throwIfAborted();
    await stage.query(String(definition));
  }
  for (const table of FILLED) await stage.query(`vacuum (analyze) ${table}`);
}

function prefixed(alias: string, list: unknown): string {
  return String(list)
    .split(', ')
    .map((column) => `${alias}.${column}`)
    .join(', ');
}

function quoted(values: readonly string[]): string {
  return values.map((value) => `'${value}'`).join(', ');
}
