An observer run of a decision that ends well: bound by the watch, told by the stream.

> run observer macp.mode.decision.v1 participants=alice,bob
  = starting, session unknown
> watch OPEN observed=0
  session.bound session/aaaaaaaaaaaaaaaaaaaaaa @2026-01-05T10:00:00.000Z initiator="alice" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" runStatus="binding_session" state="SESSION_STATE_OPEN"
  participant.seen participant/alice @2026-01-05T10:00:00.000Z status="idle" declared=true
  participant.seen participant/bob @2026-01-05T10:00:00.000Z status="idle" declared=true
  session.state.changed session/aaaaaaaaaaaaaaaaaaaaaa @2026-01-05T10:00:00.000Z initiator="alice" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" state="SESSION_STATE_OPEN" previousState=null via="watch" runStatus="running"
  = running, session OPEN
> stream opened
  session.stream.opened session/aaaaaaaaaaaaaaaaaaaaaa status="opened" afterSequence=0
  = running, session OPEN
> say alice SessionStart {"intent":"choose a database","participants":["alice","bob"],"modeVersion":"1.0.0","configurationVersion":"1.0.0","ttlMs":60000}
  message.received alice SessionStart message/m3 intent="choose a database" participants=["alice","bob"] ttlMs=60000 contextId="" policyVersion="" maxSuspendMs=0 reasons=[]
  = running, session OPEN
> say alice Proposal {"proposalId":"p1","option":"PostgreSQL","rationale":"we know it"}
  message.received alice Proposal message/m4 option="PostgreSQL" rationale="we know it" reasons=["we know it"] proposalId="p1" action="PostgreSQL"
  proposal.created alice Proposal proposal/p1 option="PostgreSQL" rationale="we know it" reasons=["we know it"] proposalId="p1" action="PostgreSQL"
  = running, session OPEN
> say bob Evaluation {"proposalId":"p1","recommendation":"approve","confidence":0.9,"reason":"sound"}
  message.received bob Evaluation message/m5 recommendation="APPROVE" confidence=0.9 reason="sound" reasons=["sound"] proposalId="p1" action="APPROVE"
  proposal.updated bob Evaluation proposal/p1 recommendation="APPROVE" confidence=0.9 reason="sound" reasons=["sound"] proposalId="p1" action="APPROVE"
  = running, session OPEN
> say bob Objection {"proposalId":"p1","reason":"cost"}
  message.received bob Objection message/m6 severity="medium" reason="cost" reasons=["cost"] proposalId="p1" action="OBJECT"
  proposal.updated bob Objection proposal/p1 severity="medium" reason="cost" reasons=["cost"] proposalId="p1" action="OBJECT"
  = running, session OPEN
> say alice Vote {"proposalId":"p1","vote":"APPROVE"}
  message.received alice Vote message/m7 vote="APPROVE" voterId="alice" reason="" reasons=[] proposalId="p1" action="APPROVE"
  proposal.updated alice Vote proposal/p1 vote="APPROVE" voterId="alice" reason="" reasons=[] proposalId="p1" action="APPROVE"
  = running, session OPEN
> say bob Vote {"proposalId":"p1","vote":"abstain","reason":"  "}
  message.received bob Vote message/m8 vote="ABSTAIN" voterId="bob" reason="  " reasons=[] proposalId="p1" action="ABSTAIN"
  proposal.updated bob Vote proposal/p1 vote="ABSTAIN" voterId="bob" reason="  " reasons=[] proposalId="p1" action="ABSTAIN"
  = running, session OPEN
> say alice Commitment {"commitmentId":"c1","action":"decision.selected","authorityScope":"team","reason":"agreed","modeVersion":"1.0.0","configurationVersion":"1.0.0","outcomePositive":true}
  message.received alice Commitment message/m9 proposalId="c1" commitmentId="c1" action="decision.selected" authorityScope="team" reason="agreed" reasons=["agreed"] outcomePositive=true policyVersion="" commitmentHash="sha256:ea336f0f4daf2a99edfcf2417dab11a1efe21d6fa014221d83b4ccd57b963623"
  decision.finalized alice Commitment decision/c1 proposalId="c1" commitmentId="c1" action="decision.selected" authorityScope="team" reason="agreed" reasons=["agreed"] outcomePositive=true policyVersion="" commitmentHash="sha256:ea336f0f4daf2a99edfcf2417dab11a1efe21d6fa014221d83b4ccd57b963623"
  policy.commitment.evaluated policy/c1 commitmentId="c1" policyVersion="policy.default" decision="allow" reasons=[] outcomePositive=true
  session.state.changed session/aaaaaaaaaaaaaaaaaaaaaa initiator="alice" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" state="SESSION_STATE_RESOLVED" previousState="SESSION_STATE_OPEN" via="commitment"
  run.completed run/0197a000-0000-7000-8000-000000000001 status="completed" endedAt="2026-01-05T10:00:09.000Z" outcomePositive=true action="decision.selected"
  = completed, session RESOLVED

The watch has nothing to add.

> watch RESOLVED
  = completed, session RESOLVED
