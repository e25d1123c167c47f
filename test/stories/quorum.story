An approval by two of three.

> run observer macp.mode.quorum.v1 participants=ann,ben,cem
  = starting, session unknown
> watch OPEN observed=0 initiator=ann
  session.bound session/aaaaaaaaaaaaaaaaaaaaaa @2026-01-05T10:00:00.000Z initiator="ann" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" runStatus="binding_session" state="SESSION_STATE_OPEN"
  participant.seen participant/ann @2026-01-05T10:00:00.000Z status="idle" declared=true
  participant.seen participant/ben @2026-01-05T10:00:00.000Z status="idle" declared=true
  participant.seen participant/cem @2026-01-05T10:00:00.000Z status="idle" declared=true
  session.state.changed session/aaaaaaaaaaaaaaaaaaaaaa @2026-01-05T10:00:00.000Z initiator="ann" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" state="SESSION_STATE_OPEN" previousState=null via="watch" runStatus="running"
  = running, session OPEN
> say ann ApprovalRequest {"requestId":"r1","action":"deploy","summary":"release 7","requiredApprovals":2}
  message.received ann ApprovalRequest message/m2 requestId="r1" summary="release 7" requiredApprovals=2 reasons=[] proposalId="r1" action="deploy"
  proposal.created ann ApprovalRequest proposal/r1 requestId="r1" summary="release 7" requiredApprovals=2 reasons=[] proposalId="r1" action="deploy"
  = running, session OPEN
> say ann Approve {"requestId":"r1"}
  message.received ann Approve message/m3 requestId="r1" vote="APPROVE" voterId="ann" reason="" reasons=[] proposalId="r1" action="APPROVE"
  proposal.updated ann Approve proposal/r1 requestId="r1" vote="APPROVE" voterId="ann" reason="" reasons=[] proposalId="r1" action="APPROVE"
  = running, session OPEN
> say ben Reject {"requestId":"r1","reason":"Friday"}
  message.received ben Reject message/m4 requestId="r1" vote="REJECT" voterId="ben" reason="Friday" reasons=["Friday"] proposalId="r1" action="REJECT"
  proposal.updated ben Reject proposal/r1 requestId="r1" vote="REJECT" voterId="ben" reason="Friday" reasons=["Friday"] proposalId="r1" action="REJECT"
  = running, session OPEN
> say cem Abstain {"requestId":"r1"}
  message.received cem Abstain message/m5 requestId="r1" vote="ABSTAIN" voterId="cem" reason="" reasons=[] proposalId="r1" action="ABSTAIN"
  proposal.updated cem Abstain proposal/r1 requestId="r1" vote="ABSTAIN" voterId="cem" reason="" reasons=[] proposalId="r1" action="ABSTAIN"
  = running, session OPEN
> say ann Commitment {"commitmentId":"c1","action":"quorum.rejected","reason":"out of reach","authorityScope":"team","modeVersion":"1.0.0","configurationVersion":"1.0.0"}
  message.received ann Commitment message/m6 proposalId="c1" commitmentId="c1" action="quorum.rejected" authorityScope="team" reason="out of reach" reasons=["out of reach"] outcomePositive=false policyVersion="" commitmentHash="sha256:ff3c3826a6e255f9fa0505357ef611f5602a6e86ef52a8ffee3413b534781c29"
  decision.finalized ann Commitment decision/c1 proposalId="c1" commitmentId="c1" action="quorum.rejected" authorityScope="team" reason="out of reach" reasons=["out of reach"] outcomePositive=false policyVersion="" commitmentHash="sha256:ff3c3826a6e255f9fa0505357ef611f5602a6e86ef52a8ffee3413b534781c29"
  policy.commitment.evaluated policy/c1 commitmentId="c1" policyVersion="policy.default" decision="allow" reasons=[] outcomePositive=false
  session.state.changed session/aaaaaaaaaaaaaaaaaaaaaa initiator="ann" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" state="SESSION_STATE_RESOLVED" previousState="SESSION_STATE_OPEN" via="commitment"
  run.completed run/0197a000-0000-7000-8000-000000000001 status="completed" endedAt="2026-01-05T10:00:06.000Z" outcomePositive=false action="quorum.rejected"
  = completed, session RESOLVED
