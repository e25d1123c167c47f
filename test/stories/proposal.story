A negotiation: an offer, a counter-offer, a changed mind, a withdrawal, an agreement.

> run observer macp.mode.proposal.v1 participants=buyer,seller
  = starting, session unknown
> watch OPEN observed=0 initiator=buyer
  session.bound session/aaaaaaaaaaaaaaaaaaaaaa @2026-01-05T10:00:00.000Z initiator="buyer" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" runStatus="binding_session" state="SESSION_STATE_OPEN"
  participant.seen participant/buyer @2026-01-05T10:00:00.000Z status="idle" declared=true
  participant.seen participant/seller @2026-01-05T10:00:00.000Z status="idle" declared=true
  session.state.changed session/aaaaaaaaaaaaaaaaaaaaaa @2026-01-05T10:00:00.000Z initiator="buyer" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" state="SESSION_STATE_OPEN" previousState=null via="watch" runStatus="running"
  = running, session OPEN
> say buyer Proposal {"proposalId":"o1","title":"Ten crates","summary":"at 5 each","tags":["fruit"],"details":"eyJjcmF0ZXMiOjEwfQ=="}
  message.received buyer Proposal message/m2 title="Ten crates" summary="at 5 each" tags=["fruit"] reasons=["at 5 each"] proposalId="o1" action="Ten crates"
  proposal.created buyer Proposal proposal/o1 title="Ten crates" summary="at 5 each" tags=["fruit"] reasons=["at 5 each"] proposalId="o1" action="Ten crates"
  = running, session OPEN
> say seller CounterProposal {"proposalId":"o2","supersedesProposalId":"o1","summary":"at 6 each"}
  message.received seller CounterProposal message/m3 title="" summary="at 6 each" supersedesProposalId="o1" reasons=["at 6 each"] proposalId="o2" action="at 6 each"
  proposal.created seller CounterProposal proposal/o2 title="" summary="at 6 each" supersedesProposalId="o1" reasons=["at 6 each"] proposalId="o2" action="at 6 each"
  = running, session OPEN
> say buyer Reject {"proposalId":"o2","reason":"too much"}
  message.received buyer Reject message/m4 terminal=false reason="too much" reasons=["too much"] proposalId="o2" action="REJECT"
  proposal.updated buyer Reject proposal/o2 terminal=false reason="too much" reasons=["too much"] proposalId="o2" action="REJECT"
  = running, session OPEN
> say seller Accept {"proposalId":"o1","reason":"fine"}
  message.received seller Accept message/m5 reason="fine" reasons=["fine"] proposalId="o1" action="ACCEPT"
  proposal.updated seller Accept proposal/o1 reason="fine" reasons=["fine"] proposalId="o1" action="ACCEPT"
  = running, session OPEN
> say seller Withdraw {"proposalId":"o2"}
  message.received seller Withdraw message/m6 reason="" reasons=[] proposalId="o2" action="WITHDRAW"
  proposal.updated seller Withdraw proposal/o2 reason="" reasons=[] proposalId="o2" action="WITHDRAW"
  = running, session OPEN
> say buyer Reject {"proposalId":"o1","terminal":true}
  message.received buyer Reject message/m7 terminal=true reason="" reasons=[] proposalId="o1" action="REJECT"
  proposal.updated buyer Reject proposal/o1 terminal=true reason="" reasons=[] proposalId="o1" action="REJECT"
  = running, session OPEN
> say buyer Accept {"proposalId":"o1"}
  message.received buyer Accept message/m8 reason="" reasons=[] proposalId="o1" action="ACCEPT"
  proposal.updated buyer Accept proposal/o1 reason="" reasons=[] proposalId="o1" action="ACCEPT"
  = running, session OPEN
> say buyer Commitment {"commitmentId":"c1","action":"proposal.accepted","reason":"agreed","outcomePositive":true,"authorityScope":"team","modeVersion":"1.0.0","configurationVersion":"1.0.0"}
  message.received buyer Commitment message/m9 proposalId="c1" commitmentId="c1" action="proposal.accepted" authorityScope="team" reason="agreed" reasons=["agreed"] outcomePositive=true policyVersion="" commitmentHash="sha256:d6559b829392fb74cb7862a3fec042aff54c6a465f49e885f264e78f9bad491b"
  decision.finalized buyer Commitment decision/c1 proposalId="c1" commitmentId="c1" action="proposal.accepted" authorityScope="team" reason="agreed" reasons=["agreed"] outcomePositive=true policyVersion="" commitmentHash="sha256:d6559b829392fb74cb7862a3fec042aff54c6a465f49e885f264e78f9bad491b"
  policy.commitment.evaluated policy/c1 commitmentId="c1" policyVersion="policy.default" decision="allow" reasons=[] outcomePositive=true
  session.state.changed session/aaaaaaaaaaaaaaaaaaaaaa initiator="buyer" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" state="SESSION_STATE_RESOLVED" previousState="SESSION_STATE_OPEN" via="commitment"
  run.completed run/0197a000-0000-7000-8000-000000000001 status="completed" endedAt="2026-01-05T10:00:09.000Z" outcomePositive=true action="proposal.accepted"
  = completed, session RESOLVED
