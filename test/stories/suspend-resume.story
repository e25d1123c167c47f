Suspended and resumed, heard on three channels in no particular order: each change is recorded once.

> run observer macp.mode.decision.v1
  = starting, session unknown
> watch OPEN observed=0
  session.bound session/aaaaaaaaaaaaaaaaaaaaaa @2026-01-05T10:00:00.000Z initiator="alice" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" runStatus="binding_session" state="SESSION_STATE_OPEN"
  participant.seen participant/alice @2026-01-05T10:00:00.000Z status="idle" declared=true
  participant.seen participant/bob @2026-01-05T10:00:00.000Z status="idle" declared=true
  session.state.changed session/aaaaaaaaaaaaaaaaaaaaaa @2026-01-05T10:00:00.000Z initiator="alice" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" state="SESSION_STATE_OPEN" previousState=null via="watch" runStatus="running"
  = running, session OPEN
> ack SUSPENDED reason=lunch by=operator
  session.state.changed session/aaaaaaaaaaaaaaaaaaaaaa initiator="alice" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" state="SESSION_STATE_SUSPENDED" previousState="SESSION_STATE_OPEN" via="ack" reason="lunch" by="operator"
  run.suspended run/0197a000-0000-7000-8000-000000000001 status="suspended"
  = suspended, session SUSPENDED
> watch SUSPENDED observed=2
  = suspended, session SUSPENDED
> say alice SessionSuspend {"reason":"lunch","suspendedBy":"operator"}
  message.received alice SessionSuspend message/m4 reason="lunch" reasons=["lunch"]
  = suspended, session SUSPENDED
> watch OPEN observed=5 expires=90
  session.state.changed session/aaaaaaaaaaaaaaaaaaaaaa initiator="alice" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:30.000Z" state="SESSION_STATE_OPEN" previousState="SESSION_STATE_SUSPENDED" via="watch" observedAt="2026-01-05T10:00:05.000Z"
  run.resumed run/0197a000-0000-7000-8000-000000000001 status="running"
  = running, session OPEN

A read that was sent before the resume was recorded tells the past, and so does a late echo of the suspension.

> read SUSPENDED asked=4
  = running, session OPEN
> watch SUSPENDED observed=2
  = running, session OPEN
> read OPEN
  = running, session OPEN
> say alice Proposal {"proposalId":"p1","option":"tea"}
  message.received alice Proposal message/m9 option="tea" rationale="" reasons=[] proposalId="p1" action="tea"
  proposal.created alice Proposal proposal/p1 option="tea" rationale="" reasons=[] proposalId="p1" action="tea"
  = running, session OPEN

Suspended again, this time told by the history alone, and ended while suspended.

> say alice SessionSuspend {"reason":"night","suspendedBy":"alice"}
  message.received alice SessionSuspend message/m10 reason="night" reasons=["night"]
  session.state.changed session/aaaaaaaaaaaaaaaaaaaaaa initiator="alice" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:30.000Z" state="SESSION_STATE_SUSPENDED" previousState="SESSION_STATE_OPEN" via="annotation" reason="night" by="alice" observedAt="2026-01-05T10:00:10.000Z"
  run.suspended run/0197a000-0000-7000-8000-000000000001 status="suspended"
  = suspended, session SUSPENDED
> say alice SessionResume {"reason":"morning","resumedBy":"alice","bankedMs":1000}
  message.received alice SessionResume message/m11 reason="morning" reasons=["morning"]
  session.state.changed session/aaaaaaaaaaaaaaaaaaaaaa initiator="alice" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" state="SESSION_STATE_OPEN" previousState="SESSION_STATE_SUSPENDED" via="annotation" reason="morning" by="alice" observedAt="2026-01-05T10:00:11.000Z"
  run.resumed run/0197a000-0000-7000-8000-000000000001 status="running"
  = running, session OPEN
> read SUSPENDED
  session.state.changed session/aaaaaaaaaaaaaaaaaaaaaa initiator="alice" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" state="SESSION_STATE_SUSPENDED" previousState="SESSION_STATE_OPEN" via="read"
  run.suspended run/0197a000-0000-7000-8000-000000000001 status="suspended"
  = suspended, session SUSPENDED
> say alice Commitment {"commitmentId":"c1","action":"decision.selected","reason":"tea","authorityScope":"team","modeVersion":"1.0.0","configurationVersion":"1.0.0","outcomePositive":true}
  message.received alice Commitment message/m13 proposalId="c1" commitmentId="c1" action="decision.selected" authorityScope="team" reason="tea" reasons=["tea"] outcomePositive=true policyVersion="" commitmentHash="sha256:ec2d16991e0e90df0175a27cb1894d1ad3fbf92c09465a4626cf6b45f51fab57"
  decision.finalized alice Commitment decision/c1 proposalId="c1" commitmentId="c1" action="decision.selected" authorityScope="team" reason="tea" reasons=["tea"] outcomePositive=true policyVersion="" commitmentHash="sha256:ec2d16991e0e90df0175a27cb1894d1ad3fbf92c09465a4626cf6b45f51fab57"
  policy.commitment.evaluated policy/c1 commitmentId="c1" policyVersion="policy.default" decision="allow" reasons=[] outcomePositive=true
  session.state.changed session/aaaaaaaaaaaaaaaaaaaaaa initiator="alice" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" state="SESSION_STATE_RESOLVED" previousState="SESSION_STATE_SUSPENDED" via="commitment"
  run.completed run/0197a000-0000-7000-8000-000000000001 status="completed" endedAt="2026-01-05T10:00:13.000Z" outcomePositive=true action="decision.selected"
  = completed, session RESOLVED
> watch RESOLVED
  = completed, session RESOLVED
