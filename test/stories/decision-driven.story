A driver run of a decision that is declined. The kickoff counts once, when its echo comes; the first OPEN is recorded
when the last kickoff message is acknowledged.

> run driver macp.mode.decision.v1 participants=alice,bob
  = starting, session unknown
> answer ok type=SessionStart
  = starting, session unknown
> read OPEN
  session.bound session/aaaaaaaaaaaaaaaaaaaaaa initiator="alice" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" runStatus="binding_session" state="SESSION_STATE_OPEN"
  participant.seen participant/alice status="idle" declared=true
  participant.seen participant/bob status="idle" declared=true
  = binding_session, session unknown
> stream opened
  session.stream.opened session/aaaaaaaaaaaaaaaaaaaaaa status="opened" afterSequence=0
  = binding_session, session unknown
> say alice SessionStart {"intent":"choose","participants":["alice","bob"],"modeVersion":"1.0.0","configurationVersion":"1.0.0","ttlMs":60000}
  message.received alice SessionStart message/m4 intent="choose" participants=["alice","bob"] ttlMs=60000 contextId="" policyVersion="" maxSuspendMs=0 reasons=[]
  = binding_session, session unknown
> answer ok type=Proposal id=m5
  message.sent alice Proposal message/m5 kind="kickoff" ack={"ok":true,"duplicate":false,"sessionState":"SESSION_STATE_OPEN","acceptedAt":"2026-01-05T10:00:05.000Z"} payloadDescriptor={"encoding":"proto","byteLength":0}
  = binding_session, session unknown
> say alice Proposal {"proposalId":"p1","option":"PostgreSQL"}
  message.received alice Proposal message/m6 option="PostgreSQL" rationale="" reasons=[] proposalId="p1" action="PostgreSQL"
  proposal.created alice Proposal proposal/p1 option="PostgreSQL" rationale="" reasons=[] proposalId="p1" action="PostgreSQL"
  = binding_session, session unknown
> opened
  session.state.changed session/aaaaaaaaaaaaaaaaaaaaaa initiator="alice" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" state="SESSION_STATE_OPEN" previousState=null via="ack" runStatus="running"
  = running, session OPEN
> opened
  = running, session OPEN
> say bob Vote {"proposalId":"p1","vote":"REJECT","reason":"too slow"}
  message.received bob Vote message/m7 vote="REJECT" voterId="bob" reason="too slow" reasons=["too slow"] proposalId="p1" action="REJECT"
  proposal.updated bob Vote proposal/p1 vote="REJECT" voterId="bob" reason="too slow" reasons=["too slow"] proposalId="p1" action="REJECT"
  = running, session OPEN
> say alice Commitment {"commitmentId":"c1","action":"decision.rejected","reason":"no majority","authorityScope":"team","modeVersion":"1.0.0","configurationVersion":"1.0.0"}
  message.received alice Commitment message/m8 proposalId="c1" commitmentId="c1" action="decision.rejected" authorityScope="team" reason="no majority" reasons=["no majority"] outcomePositive=false policyVersion="" commitmentHash="sha256:921027b0a0b00d6011b0f1341f332dc2cf4eed87078fb1149392dd37fe922e85"
  decision.finalized alice Commitment decision/c1 proposalId="c1" commitmentId="c1" action="decision.rejected" authorityScope="team" reason="no majority" reasons=["no majority"] outcomePositive=false policyVersion="" commitmentHash="sha256:921027b0a0b00d6011b0f1341f332dc2cf4eed87078fb1149392dd37fe922e85"
  policy.commitment.evaluated policy/c1 commitmentId="c1" policyVersion="policy.default" decision="allow" reasons=[] outcomePositive=false
  session.state.changed session/aaaaaaaaaaaaaaaaaaaaaa initiator="alice" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" state="SESSION_STATE_RESOLVED" previousState="SESSION_STATE_OPEN" via="commitment"
  run.completed run/0197a000-0000-7000-8000-000000000001 status="completed" endedAt="2026-01-05T10:00:10.000Z" outcomePositive=false action="decision.rejected"
  = completed, session RESOLVED
> watch RESOLVED
  = completed, session RESOLVED
