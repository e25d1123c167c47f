Signals and progress. Only members' words change what is shown of participants.

> run observer macp.mode.decision.v1
  = starting, session unknown
> watch OPEN observed=0
  session.bound session/aaaaaaaaaaaaaaaaaaaaaa @2026-01-05T10:00:00.000Z initiator="alice" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" runStatus="binding_session" state="SESSION_STATE_OPEN"
  participant.seen participant/alice @2026-01-05T10:00:00.000Z status="idle" declared=true
  participant.seen participant/bob @2026-01-05T10:00:00.000Z status="idle" declared=true
  session.state.changed session/aaaaaaaaaaaaaaaaaaaaaa @2026-01-05T10:00:00.000Z initiator="alice" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" state="SESSION_STATE_OPEN" previousState=null via="watch" runStatus="running"
  = running, session OPEN
> whisper alice Signal {"signalType":"session.started","data":"eyJyb2xlIjoibGVhZCIsInNldmVyaXR5IjoiSElHSCJ9","correlationSessionId":"aaaaaaaaaaaaaaaaaaaaaa"}
  message.received alice Signal message/a2
  signal.emitted alice Signal signal/a2 name="session.started" signalType="session.started" data={"role":"lead","severity":"HIGH"} severity="high" correlationSessionId="aaaaaaaaaaaaaaaaaaaaaa" member=true
  = running, session OPEN
> whisper bob Signal {"signalType":"llm.call.completed","confidence":0.5,"data":"eyJtb2RlbCI6Im0xIiwidG9rZW5fdXNhZ2UiOnsicHJvbXB0X3Rva2VucyI6MTAwLCJjb21wbGV0aW9uX3Rva2VucyI6NTB9LCJwcm9tcHQiOiJzZWNyZXQgd29yZHMifQ=="}
  message.received bob Signal message/a3
  llm.call.completed bob Signal participant/bob model="m1" prompt="secret words" promptTokens=100 completionTokens=50 totalTokens=150 estimatedCostUsd=0.0025 costSource="table"
  signal.emitted bob Signal signal/a3 name="llm.call.completed" signalType="llm.call.completed" data={"model":"m1","token_usage":{"prompt_tokens":100,"completion_tokens":50},"prompt":"secret words"} confidence=0.5 correlationSessionId="" member=true
  = running, session OPEN
> whisper mallory Signal {"signalType":"llm.call.completed","data":"eyJtb2RlbCI6Im0xIiwidG90YWxUb2tlbnMiOjk5fQ=="}
  message.received mallory Signal message/a4
  signal.emitted mallory Signal signal/a4 name="llm.call.completed" signalType="llm.call.completed" data={"model":"m1","totalTokens":99} correlationSessionId="" member=false
  = running, session OPEN
> whisper alice Progress {"progress":3,"total":4,"message":"three of four","progressToken":"t"}
  message.received alice Progress message/a5
  progress.reported alice Progress message/a5 percentage=75 message="three of four" progressToken="t" member=true
  = running, session OPEN
> whisper mallory Progress {"progress":0.5}
  message.received mallory Progress message/a6
  progress.reported mallory Progress message/a6 percentage=50 message="" member=false
  = running, session OPEN

A vote that is whispered is no vote.

> whisper alice Vote {"proposalId":"p1","vote":"APPROVE"}
  message.received alice Vote message/a7 payloadEncoding="json"
  = running, session OPEN

> run observer macp.mode.decision.v1 redact=prompt
  = starting, session unknown
> watch OPEN observed=0
  session.bound session/aaaaaaaaaaaaaaaaaaaaaa @2026-01-05T10:00:00.000Z initiator="alice" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" runStatus="binding_session" state="SESSION_STATE_OPEN"
  participant.seen participant/alice @2026-01-05T10:00:00.000Z status="idle" declared=true
  participant.seen participant/bob @2026-01-05T10:00:00.000Z status="idle" declared=true
  session.state.changed session/aaaaaaaaaaaaaaaaaaaaaa @2026-01-05T10:00:00.000Z initiator="alice" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" state="SESSION_STATE_OPEN" previousState=null via="watch" runStatus="running"
  = running, session OPEN
> whisper bob Signal {"signalType":"llm.call.completed","data":"eyJtb2RlbCI6Im0xIiwidG9rZW5fdXNhZ2UiOnsicHJvbXB0X3Rva2VucyI6MTAwLCJjb21wbGV0aW9uX3Rva2VucyI6NTB9LCJwcm9tcHQiOiJzZWNyZXQgd29yZHMifQ=="}
  message.received bob Signal message/a2
  llm.call.completed bob Signal participant/bob model="m1" prompt="[redacted]" promptTokens=100 completionTokens=50 totalTokens=150 estimatedCostUsd=0.0025 costSource="table"
  signal.emitted bob Signal signal/a2 name="llm.call.completed" signalType="llm.call.completed" data={"model":"m1","token_usage":{"prompt_tokens":100,"completion_tokens":50},"prompt":"[redacted]"} correlationSessionId="" member=true
  = running, session OPEN
