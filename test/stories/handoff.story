A handoff that is declined once, offered again and accepted by the runtime itself after its timeout.

> run observer macp.mode.handoff.v1 participants=front,back
  = starting, session unknown
> watch OPEN observed=0 initiator=front
  session.bound session/aaaaaaaaaaaaaaaaaaaaaa @2026-01-05T10:00:00.000Z initiator="front" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" runStatus="binding_session" state="SESSION_STATE_OPEN"
  participant.seen participant/front @2026-01-05T10:00:00.000Z status="idle" declared=true
  participant.seen participant/back @2026-01-05T10:00:00.000Z status="idle" declared=true
  session.state.changed session/aaaaaaaaaaaaaaaaaaaaaa @2026-01-05T10:00:00.000Z initiator="front" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" state="SESSION_STATE_OPEN" previousState=null via="watch" runStatus="running"
  = running, session OPEN
> say front HandoffOffer {"handoffId":"h1","targetParticipant":"back","scope":"billing","reason":"your field"}
  message.received front HandoffOffer message/m2 handoffId="h1" targetParticipant="back" scope="billing" reason="your field" reasons=["your field"] proposalId="h1" action="billing" to=["back"]
  proposal.created front HandoffOffer proposal/h1 handoffId="h1" targetParticipant="back" scope="billing" reason="your field" reasons=["your field"] proposalId="h1" action="billing" to=["back"]
  = running, session OPEN
> say front HandoffContext {"handoffId":"h1","contentType":"text/plain","context":"aGVsbG8="}
  message.received front HandoffContext message/m3 handoffId="h1" contentType="text/plain" reasons=[] proposalId="h1" action="CONTEXT"
  proposal.updated front HandoffContext proposal/h1 handoffId="h1" contentType="text/plain" reasons=[] proposalId="h1" action="CONTEXT"
  = running, session OPEN
> say back HandoffDecline {"handoffId":"h1","reason":"busy"}
  message.received back HandoffDecline message/m4 handoffId="h1" declinedBy="back" reason="busy" reasons=["busy"] proposalId="h1" action="DECLINE"
  proposal.updated back HandoffDecline proposal/h1 handoffId="h1" declinedBy="back" reason="busy" reasons=["busy"] proposalId="h1" action="DECLINE"
  = running, session OPEN
> say front HandoffOffer {"handoffId":"h2","targetParticipant":"back"}
  message.received front HandoffOffer message/m5 handoffId="h2" targetParticipant="back" scope="" reason="" reasons=[] proposalId="h2" action="handoff" to=["back"]
  proposal.created front HandoffOffer proposal/h2 handoffId="h2" targetParticipant="back" scope="" reason="" reasons=[] proposalId="h2" action="handoff" to=["back"]
  = running, session OPEN
> say back HandoffAccept {"handoffId":"h2","acceptedBy":"back","reason":"implicit accept (timeout)","implicit":true}
  message.received back HandoffAccept message/m6 handoffId="h2" acceptedBy="back" implicit=true reason="implicit accept (timeout)" reasons=["implicit accept (timeout)"] proposalId="h2" action="ACCEPT"
  proposal.updated back HandoffAccept proposal/h2 handoffId="h2" acceptedBy="back" implicit=true reason="implicit accept (timeout)" reasons=["implicit accept (timeout)"] proposalId="h2" action="ACCEPT"
  = running, session OPEN
> say front Commitment {"commitmentId":"c1","action":"handoff.accepted","reason":"taken over","outcomePositive":true,"authorityScope":"team","modeVersion":"1.0.0","configurationVersion":"1.0.0"}
  message.received front Commitment message/m7 proposalId="c1" commitmentId="c1" action="handoff.accepted" authorityScope="team" reason="taken over" reasons=["taken over"] outcomePositive=true policyVersion="" commitmentHash="sha256:0a3d5b3f6450dfcd607b637856dbb352a4891325df12afd7e3500a7958487ded"
  decision.finalized front Commitment decision/c1 proposalId="c1" commitmentId="c1" action="handoff.accepted" authorityScope="team" reason="taken over" reasons=["taken over"] outcomePositive=true policyVersion="" commitmentHash="sha256:0a3d5b3f6450dfcd607b637856dbb352a4891325df12afd7e3500a7958487ded"
  policy.commitment.evaluated policy/c1 commitmentId="c1" policyVersion="policy.default" decision="allow" reasons=[] outcomePositive=true
  session.state.changed session/aaaaaaaaaaaaaaaaaaaaaa initiator="front" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" state="SESSION_STATE_RESOLVED" previousState="SESSION_STATE_OPEN" via="commitment"
  run.completed run/0197a000-0000-7000-8000-000000000001 status="completed" endedAt="2026-01-05T10:00:07.000Z" outcomePositive=true action="handoff.accepted"
  = completed, session RESOLVED
