Expired, heard by a read.

> run observer macp.mode.decision.v1
  = starting, session unknown
> watch OPEN observed=0
  session.bound session/aaaaaaaaaaaaaaaaaaaaaa @2026-01-05T10:00:00.000Z initiator="alice" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" runStatus="binding_session" state="SESSION_STATE_OPEN"
  participant.seen participant/alice @2026-01-05T10:00:00.000Z status="idle" declared=true
  participant.seen participant/bob @2026-01-05T10:00:00.000Z status="idle" declared=true
  session.state.changed session/aaaaaaaaaaaaaaaaaaaaaa @2026-01-05T10:00:00.000Z initiator="alice" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" state="SESSION_STATE_OPEN" previousState=null via="watch" runStatus="running"
  = running, session OPEN
> read EXPIRED
  session.state.changed session/aaaaaaaaaaaaaaaaaaaaaa initiator="alice" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" state="SESSION_STATE_EXPIRED" previousState="SESSION_STATE_OPEN" via="read"
  run.failed run/0197a000-0000-7000-8000-000000000001 status="failed" endedAt="2026-01-05T10:00:02.000Z" error="The session reached its deadline without a Commitment." errorCode="SESSION_EXPIRED"
  = failed, session EXPIRED
> watch EXPIRED
  = failed, session EXPIRED

Cancelled, with a reason; envelopes that come later are recorded, and the status stays.

> run observer macp.mode.decision.v1
  = starting, session unknown
> watch OPEN observed=0
  session.bound session/aaaaaaaaaaaaaaaaaaaaaa @2026-01-05T10:00:00.000Z initiator="alice" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" runStatus="binding_session" state="SESSION_STATE_OPEN"
  participant.seen participant/alice @2026-01-05T10:00:00.000Z status="idle" declared=true
  participant.seen participant/bob @2026-01-05T10:00:00.000Z status="idle" declared=true
  session.state.changed session/aaaaaaaaaaaaaaaaaaaaaa @2026-01-05T10:00:00.000Z initiator="alice" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" state="SESSION_STATE_OPEN" previousState=null via="watch" runStatus="running"
  = running, session OPEN
> ack CANCELLED reason=changed_plans by=operator
  session.state.changed session/aaaaaaaaaaaaaaaaaaaaaa initiator="alice" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" state="SESSION_STATE_CANCELLED" previousState="SESSION_STATE_OPEN" via="ack" reason="changed plans" by="operator"
  run.cancelled run/0197a000-0000-7000-8000-000000000001 status="cancelled" endedAt="2026-01-05T10:00:02.000Z" reason="changed plans" by="operator"
  = cancelled, session CANCELLED
> say bob Proposal {"proposalId":"p1","option":"late"}
  message.received bob Proposal message/m3 option="late" rationale="" reasons=[] proposalId="p1" action="late"
  proposal.created bob Proposal proposal/p1 option="late" rationale="" reasons=[] proposalId="p1" action="late"
  = cancelled, session CANCELLED
> say alice Commitment {"commitmentId":"c1","action":"decision.selected","reason":"late","outcomePositive":true,"authorityScope":"team","modeVersion":"1.0.0","configurationVersion":"1.0.0"}
  message.received alice Commitment message/m4 proposalId="c1" commitmentId="c1" action="decision.selected" authorityScope="team" reason="late" reasons=["late"] outcomePositive=true policyVersion="" commitmentHash="sha256:23a6eb5faba68c4b2591e438131e9a20f726fa83d80ad407f5dd251a22715f21"
  decision.finalized alice Commitment decision/c1 proposalId="c1" commitmentId="c1" action="decision.selected" authorityScope="team" reason="late" reasons=["late"] outcomePositive=true policyVersion="" commitmentHash="sha256:23a6eb5faba68c4b2591e438131e9a20f726fa83d80ad407f5dd251a22715f21"
  policy.commitment.evaluated policy/c1 commitmentId="c1" policyVersion="policy.default" decision="allow" reasons=[] outcomePositive=true
  = cancelled, session CANCELLED

Resolved, with the Commitment lost.

> run observer macp.mode.decision.v1
  = starting, session unknown
> watch OPEN observed=0
  session.bound session/aaaaaaaaaaaaaaaaaaaaaa @2026-01-05T10:00:00.000Z initiator="alice" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" runStatus="binding_session" state="SESSION_STATE_OPEN"
  participant.seen participant/alice @2026-01-05T10:00:00.000Z status="idle" declared=true
  participant.seen participant/bob @2026-01-05T10:00:00.000Z status="idle" declared=true
  session.state.changed session/aaaaaaaaaaaaaaaaaaaaaa @2026-01-05T10:00:00.000Z initiator="alice" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" state="SESSION_STATE_OPEN" previousState=null via="watch" runStatus="running"
  = running, session OPEN
> watch RESOLVED
  session.state.changed session/aaaaaaaaaaaaaaaaaaaaaa initiator="alice" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" state="SESSION_STATE_RESOLVED" previousState="SESSION_STATE_OPEN" via="watch" observedAt="2026-01-05T10:00:02.000Z"
  run.completed run/0197a000-0000-7000-8000-000000000001 status="completed" endedAt="2026-01-05T10:00:02.000Z" outcomePositive=null commitmentMissing=true
  = completed, session RESOLVED

Cancelled in the history, by a newer runtime.

> run observer macp.mode.decision.v1
  = starting, session unknown
> watch OPEN observed=0
  session.bound session/aaaaaaaaaaaaaaaaaaaaaa @2026-01-05T10:00:00.000Z initiator="alice" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" runStatus="binding_session" state="SESSION_STATE_OPEN"
  participant.seen participant/alice @2026-01-05T10:00:00.000Z status="idle" declared=true
  participant.seen participant/bob @2026-01-05T10:00:00.000Z status="idle" declared=true
  session.state.changed session/aaaaaaaaaaaaaaaaaaaaaa @2026-01-05T10:00:00.000Z initiator="alice" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" state="SESSION_STATE_OPEN" previousState=null via="watch" runStatus="running"
  = running, session OPEN
> say alice SessionCancel {"reason":"no need","cancelledBy":"alice"}
  message.received alice SessionCancel message/m2 reason="no need" reasons=["no need"]
  session.state.changed session/aaaaaaaaaaaaaaaaaaaaaa initiator="alice" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" state="SESSION_STATE_CANCELLED" previousState="SESSION_STATE_OPEN" via="annotation" reason="no need" by="alice" observedAt="2026-01-05T10:00:02.000Z"
  run.cancelled run/0197a000-0000-7000-8000-000000000001 status="cancelled" endedAt="2026-01-05T10:00:02.000Z" reason="no need" by="alice"
  = cancelled, session CANCELLED

A driver run that is cancelled before its session could be read, and one that is cancelled during the kickoff.

> run driver macp.mode.decision.v1
  = starting, session unknown
> ack CANCELLED reason=too_early
  session.state.changed session/aaaaaaaaaaaaaaaaaaaaaa state="SESSION_STATE_CANCELLED" previousState=null via="ack" reason="too early"
  run.cancelled run/0197a000-0000-7000-8000-000000000001 status="cancelled" endedAt="2026-01-05T10:00:01.000Z" reason="too early"
  = cancelled, session CANCELLED
> read CANCELLED
  = cancelled, session CANCELLED

> run driver macp.mode.decision.v1
  = starting, session unknown
> read OPEN
  session.bound session/aaaaaaaaaaaaaaaaaaaaaa initiator="alice" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" runStatus="binding_session" state="SESSION_STATE_OPEN"
  participant.seen participant/alice status="idle" declared=true
  participant.seen participant/bob status="idle" declared=true
  = binding_session, session unknown
> watch CANCELLED
  session.state.changed session/aaaaaaaaaaaaaaaaaaaaaa initiator="alice" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" state="SESSION_STATE_CANCELLED" previousState=null via="watch" observedAt="2026-01-05T10:00:02.000Z"
  run.cancelled run/0197a000-0000-7000-8000-000000000001 status="cancelled" endedAt="2026-01-05T10:00:02.000Z"
  = cancelled, session CANCELLED
> opened
  = cancelled, session CANCELLED
