A mode that was registered at run time: whatever its agents say is received; tools, model calls and policies are known
by their names.

> run observer acme.chat.v1 participants=ann,ben
  = starting, session unknown
> watch OPEN observed=0 initiator=ann
  session.bound session/aaaaaaaaaaaaaaaaaaaaaa @2026-01-05T10:00:00.000Z initiator="ann" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" runStatus="binding_session" state="SESSION_STATE_OPEN"
  participant.seen participant/ann @2026-01-05T10:00:00.000Z status="idle" declared=true
  participant.seen participant/ben @2026-01-05T10:00:00.000Z status="idle" declared=true
  session.state.changed session/aaaaaaaaaaaaaaaaaaaaaa @2026-01-05T10:00:00.000Z initiator="ann" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" state="SESSION_STATE_OPEN" previousState=null via="watch" runStatus="running"
  = running, session OPEN
> say ann Greeting !eyJoZWxsbyI6IndvcmxkIn0=
  message.received ann Greeting message/m2 payloadEncoding="json"
  = running, session OPEN
> say ann ToolCall !eyJ0b29sTmFtZSI6InNlYXJjaCIsInRvb2xDYWxsSWQiOiJ0MSJ9
  message.received ann ToolCall message/m3 payloadEncoding="json"
  tool.called ann ToolCall tool/t1 payloadEncoding="json" name="search" toolName="search"
  = running, session OPEN
> say ann ToolResult !eyJ0b29sTmFtZSI6InNlYXJjaCIsInRvb2xDYWxsSWQiOiJ0MSIsImR1cmF0aW9uTXMiOjEyfQ==
  message.received ann ToolResult message/m4 payloadEncoding="json"
  tool.completed ann ToolResult tool/t1 payloadEncoding="json" name="search" toolName="search" durationMs=12
  = running, session OPEN
> say ben Answer !eyJ0ZXh0IjoiaGkiLCJtZXRhZGF0YSI6eyJsbG1DYWxsIjp7InByb3ZpZGVyIjoicCIsIm1vZGVsIjoibTEiLCJwcm9tcHRUb2tlbnMiOjEwLCJjb21wbGV0aW9uVG9rZW5zIjo1LCJlc3RpbWF0ZWRDb3N0VXNkIjowLjV9fX0=
  message.received ben Answer message/m5 payloadEncoding="json"
  llm.call.completed ben Answer participant/ben payloadEncoding="json" provider="p" model="m1" promptTokens=10 completionTokens=5 totalTokens=15 estimatedCostUsd=0.5 costSource="reported"
  = running, session OPEN
> say ben SignalAck !eyJzaWduYWxJZCI6InMxIn0=
  message.received ben SignalAck message/m6 payloadEncoding="json"
  signal.acknowledged ben SignalAck signal/s1 payloadEncoding="json" signalId="s1"
  = running, session OPEN
> say ann PolicyDenied !eyJjb21taXRtZW50SWQiOiJjMCIsInJlYXNvbnMiOlsibm8iXX0=
  message.received ann PolicyDenied message/m7 payloadEncoding="json"
  policy.denied PolicyDenied policy/policy.default policyVersion="policy.default" commitmentId="c0" errorCode="POLICY_DENIED" errorMessage="POLICY_DENIED" decision="deny" reasons=["no"]
  = running, session OPEN
> say ann Proposal !cGxhaW4gdGV4dA==
  message.received ann Proposal message/m8 payloadEncoding="text"
  = running, session OPEN
> say carl Greeting !/w==
  participant.seen participant/carl status="idle" declared=false
  message.received carl Greeting message/m9 payloadEncoding="binary"
  = running, session OPEN
> error PolicyDenied
  policy.denied policy/policy.default policyVersion="policy.default" errorMessage="PolicyDenied" reasons=[] errorCode="POLICY_DENIED" decision="deny"
  = running, session OPEN
> error InvalidPayload
  message.send_failed message/11 errorCode="InvalidPayload" errorMessage="InvalidPayload"
  = running, session OPEN
> say ann Commitment {"commitmentId":"c1","action":"done","reason":"done","outcomePositive":true,"authorityScope":"team","modeVersion":"1.0.0","configurationVersion":"1.0.0"}
  message.received ann Commitment message/m12 proposalId="c1" commitmentId="c1" action="done" authorityScope="team" reason="done" reasons=["done"] outcomePositive=true policyVersion="" commitmentHash="sha256:b8edccf831cc34ac52a0d66bf8b5ca25b09e74e2a6526afcdcccdb0c0e5040e1"
  decision.finalized ann Commitment decision/c1 proposalId="c1" commitmentId="c1" action="done" authorityScope="team" reason="done" reasons=["done"] outcomePositive=true policyVersion="" commitmentHash="sha256:b8edccf831cc34ac52a0d66bf8b5ca25b09e74e2a6526afcdcccdb0c0e5040e1"
  session.state.changed session/aaaaaaaaaaaaaaaaaaaaaa initiator="ann" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" state="SESSION_STATE_RESOLVED" previousState="SESSION_STATE_OPEN" via="commitment"
  run.completed run/0197a000-0000-7000-8000-000000000001 status="completed" endedAt="2026-01-05T10:00:12.000Z" outcomePositive=true action="done"
  = completed, session RESOLVED
