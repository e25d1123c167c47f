A session that is found suspended passes through the statuses between.

> run observer macp.mode.decision.v1
  = starting, session unknown
> read SUSPENDED
  session.bound session/aaaaaaaaaaaaaaaaaaaaaa initiator="alice" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" runStatus="binding_session" state="SESSION_STATE_SUSPENDED"
  participant.seen participant/alice status="idle" declared=true
  participant.seen participant/bob status="idle" declared=true
  session.state.changed session/aaaaaaaaaaaaaaaaaaaaaa initiator="alice" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" state="SESSION_STATE_SUSPENDED" previousState=null via="read" runStatus="running"
  run.suspended run/0197a000-0000-7000-8000-000000000001 status="suspended"
  = suspended, session SUSPENDED
> read OPEN
  session.state.changed session/aaaaaaaaaaaaaaaaaaaaaa initiator="alice" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" state="SESSION_STATE_OPEN" previousState="SESSION_STATE_SUSPENDED" via="read"
  run.resumed run/0197a000-0000-7000-8000-000000000001 status="running"
  = running, session OPEN

One that is found over.

> run observer macp.mode.decision.v1
  = starting, session unknown
> watch RESOLVED observed=0
  session.bound session/aaaaaaaaaaaaaaaaaaaaaa initiator="alice" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" runStatus="binding_session" state="SESSION_STATE_RESOLVED"
  participant.seen participant/alice status="idle" declared=true
  participant.seen participant/bob status="idle" declared=true
  session.state.changed session/aaaaaaaaaaaaaaaaaaaaaa initiator="alice" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" state="SESSION_STATE_RESOLVED" previousState=null via="watch" runStatus="running"
  run.completed run/0197a000-0000-7000-8000-000000000001 status="completed" endedAt="2026-01-05T10:00:01.000Z" outcomePositive=null commitmentMissing=true
  = completed, session RESOLVED
> say alice Commitment {"commitmentId":"c1","action":"decision.selected","reason":"tea","outcomePositive":true,"authorityScope":"team","modeVersion":"1.0.0","configurationVersion":"1.0.0"}
  message.received alice Commitment message/m2 proposalId="c1" commitmentId="c1" action="decision.selected" authorityScope="team" reason="tea" reasons=["tea"] outcomePositive=true policyVersion="" commitmentHash="sha256:ec2d16991e0e90df0175a27cb1894d1ad3fbf92c09465a4626cf6b45f51fab57"
  decision.finalized alice Commitment decision/c1 proposalId="c1" commitmentId="c1" action="decision.selected" authorityScope="team" reason="tea" reasons=["tea"] outcomePositive=true policyVersion="" commitmentHash="sha256:ec2d16991e0e90df0175a27cb1894d1ad3fbf92c09465a4626cf6b45f51fab57"
  policy.commitment.evaluated policy/c1 commitmentId="c1" policyVersion="policy.default" decision="allow" reasons=[] outcomePositive=true
  = completed, session RESOLVED

> run observer macp.mode.decision.v1
  = starting, session unknown
> read EXPIRED
  session.bound session/aaaaaaaaaaaaaaaaaaaaaa initiator="alice" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" runStatus="binding_session" state="SESSION_STATE_EXPIRED"
  participant.seen participant/alice status="idle" declared=true
  participant.seen participant/bob status="idle" declared=true
  session.state.changed session/aaaaaaaaaaaaaaaaaaaaaa initiator="alice" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" state="SESSION_STATE_EXPIRED" previousState=null via="read"
  run.failed run/0197a000-0000-7000-8000-000000000001 status="failed" endedAt="2026-01-05T10:00:01.000Z" error="The session reached its deadline without a Commitment." errorCode="SESSION_EXPIRED"
  = failed, session EXPIRED

A driver run that is suspended during its kickoff: the suspension wins over the first OPEN.

> run driver macp.mode.decision.v1
  = starting, session unknown
> read OPEN
  session.bound session/aaaaaaaaaaaaaaaaaaaaaa initiator="alice" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" runStatus="binding_session" state="SESSION_STATE_OPEN"
  participant.seen participant/alice status="idle" declared=true
  participant.seen participant/bob status="idle" declared=true
  = binding_session, session unknown
> watch SUSPENDED
  session.state.changed session/aaaaaaaaaaaaaaaaaaaaaa initiator="alice" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" state="SESSION_STATE_SUSPENDED" previousState=null via="watch" runStatus="running" observedAt="2026-01-05T10:00:02.000Z"
  run.suspended run/0197a000-0000-7000-8000-000000000001 status="suspended"
  = suspended, session SUSPENDED
> opened
  = suspended, session SUSPENDED
> watch OPEN
  session.state.changed session/aaaaaaaaaaaaaaaaaaaaaa initiator="alice" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" state="SESSION_STATE_OPEN" previousState="SESSION_STATE_SUSPENDED" via="watch" observedAt="2026-01-05T10:00:04.000Z"
  run.resumed run/0197a000-0000-7000-8000-000000000001 status="running"
  = running, session OPEN
