Contributions: a sender's values are one thing that changes; both the older JSON form and protobuf are read. No policy
evaluates a Commitment in this mode.

> run observer ext.multi_round.v1 participants=ann,ben
  = starting, session unknown
> watch OPEN observed=0 initiator=ann
  session.bound session/aaaaaaaaaaaaaaaaaaaaaa @2026-01-05T10:00:00.000Z initiator="ann" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" runStatus="binding_session" state="SESSION_STATE_OPEN"
  participant.seen participant/ann @2026-01-05T10:00:00.000Z status="idle" declared=true
  participant.seen participant/ben @2026-01-05T10:00:00.000Z status="idle" declared=true
  session.state.changed session/aaaaaaaaaaaaaaaaaaaaaa @2026-01-05T10:00:00.000Z initiator="ann" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" state="SESSION_STATE_OPEN" previousState=null via="watch" runStatus="running"
  = running, session OPEN
> say ann Contribute {"value":"blue"}
  message.received ann Contribute message/m2 value="blue" reasons=[] proposalId="contribution:ann" action="blue"
  proposal.updated ann Contribute proposal/contribution:ann value="blue" reasons=[] proposalId="contribution:ann" action="blue"
  = running, session OPEN
> say ben Contribute !eyJ2YWx1ZSI6InJlZCJ9
  message.received ben Contribute message/m3 value="red" reasons=[] proposalId="contribution:ben" action="red" payloadEncoding="json"
  proposal.updated ben Contribute proposal/contribution:ben value="red" reasons=[] proposalId="contribution:ben" action="red" payloadEncoding="json"
  = running, session OPEN
> say ben Contribute {"value":"blue"}
  message.received ben Contribute message/m4 value="blue" reasons=[] proposalId="contribution:ben" action="blue"
  proposal.updated ben Contribute proposal/contribution:ben value="blue" reasons=[] proposalId="contribution:ben" action="blue"
  = running, session OPEN
> say ann Commitment {"commitmentId":"c1","action":"multi_round.converged","reason":"all blue","outcomePositive":true,"authorityScope":"team","modeVersion":"1.0.0","configurationVersion":"1.0.0"}
  message.received ann Commitment message/m5 proposalId="c1" commitmentId="c1" action="multi_round.converged" authorityScope="team" reason="all blue" reasons=["all blue"] outcomePositive=true policyVersion="" commitmentHash="sha256:888515b82ab5c32b9dc74c64ca7591b0aed55d67008e519ff293c17afa4f4174"
  decision.finalized ann Commitment decision/c1 proposalId="c1" commitmentId="c1" action="multi_round.converged" authorityScope="team" reason="all blue" reasons=["all blue"] outcomePositive=true policyVersion="" commitmentHash="sha256:888515b82ab5c32b9dc74c64ca7591b0aed55d67008e519ff293c17afa4f4174"
  session.state.changed session/aaaaaaaaaaaaaaaaaaaaaa initiator="ann" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" state="SESSION_STATE_RESOLVED" previousState="SESSION_STATE_OPEN" via="commitment"
  run.completed run/0197a000-0000-7000-8000-000000000001 status="completed" endedAt="2026-01-05T10:00:05.000Z" outcomePositive=true action="multi_round.converged"
  = completed, session RESOLVED
