-- A message of ours is told from others by its id. Its step only says where it stands among the run's messages: two that
-- are asked for at the same moment may come by the same one, and neither may be lost for it.

alter table run_outbound_messages drop constraint run_outbound_messages_pkey;
alter table run_outbound_messages
  add constraint run_outbound_messages_pkey primary key using index run_outbound_messages_message_id_key;
create index run_outbound_messages_step_idx on run_outbound_messages (run_id, step, message_id);

-- Nobody looks for what is not answered yet by itself, and without it an answer touches no index.
drop index run_outbound_messages_queued_idx;
