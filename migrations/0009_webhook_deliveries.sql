-- The log is the outbox: each webhook has its own place in the order of all events, and where its deliveries stand.
-- Who was registered before deliveries were built is told of what happens from now on. See ADR 15.

alter table webhooks
  add column cursor bigint not null default 0,
  add column succeeded bigint not null default 0,
  add column failed bigint not null default 0,
  add column last_delivered_at timestamptz(3),
  -- Failures in a row since the last delivery, and refusals in a row of the event that is next.
  add column attempts integer not null default 0,
  add column refusals integer not null default 0,
  add column failing_since timestamptz(3),
  add column next_attempt_at timestamptz(3),
  add column last_error text,
  -- The process that delivers just now.
  add column lease_holder uuid,
  add column lease_until timestamptz(3);
update webhooks set cursor = coalesce((select max(global_ordinal) from run_events_canonical), 0);
