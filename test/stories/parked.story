A payload that cannot be read stops nothing, not even when it is the Commitment.

> run observer macp.mode.decision.v1
  = starting, session unknown
> watch OPEN observed=0
  session.bound session/aaaaaaaaaaaaaaaaaaaaaa @2026-01-05T10:00:00.000Z initiator="alice" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" runStatus="binding_session" state="SESSION_STATE_OPEN"
  participant.seen participant/alice @2026-01-05T10:00:00.000Z status="idle" declared=true
  participant.seen participant/bob @2026-01-05T10:00:00.000Z status="idle" declared=true
  session.state.changed session/aaaaaaaaaaaaaaaaaaaaaa @2026-01-05T10:00:00.000Z initiator="alice" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" state="SESSION_STATE_OPEN" previousState=null via="watch" runStatus="running"
  = running, session OPEN
> say alice Proposal !Cv////8P
  message.received alice Proposal message/m2 payloadEncoding="undecodable" decodeError="premature EOF"
  parked: premature EOF
  = running, session OPEN
> say bob Vote {"proposalId":"p1","vote":"maybe"}
  message.received bob Vote message/m3 voterId="bob" reason="" reasons=[] proposalId="p1" action="VOTE"
  proposal.updated bob Vote proposal/p1 voterId="bob" reason="" reasons=[] proposalId="p1" action="VOTE"
  = running, session OPEN
> say alice Commitment !Cv////8P
  message.received alice Commitment message/m4 payloadEncoding="undecodable" decodeError="premature EOF"
  decision.finalized alice Commitment decision/m4 payloadEncoding="undecodable" proposalId="m4" commitmentId="m4" action="unknown" authorityScope="" reason="" reasons=[] outcomePositive=null policyVersion="policy.default"
  session.state.changed session/aaaaaaaaaaaaaaaaaaaaaa initiator="alice" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" state="SESSION_STATE_RESOLVED" previousState="SESSION_STATE_OPEN" via="commitment"
  run.completed run/0197a000-0000-7000-8000-000000000001 status="completed" endedAt="2026-01-05T10:00:04.000Z" outcomePositive=null action="unknown"
  parked: premature EOF
  = completed, session RESOLVED
