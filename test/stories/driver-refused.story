A driver run whose messages are refused: one by the mode's rules, one by the policy.

> run driver macp.mode.decision.v1 participants=alice,bob
  = starting, session unknown
> answer INVALID_ENVELOPE type=SessionStart id=s1
  message.send_failed alice SessionStart message/s1 errorCode="INVALID_ENVELOPE" errorMessage="INVALID_ENVELOPE" kind="session-start"
  = starting, session unknown
> answer POLICY_DENIED type=Commitment id=c1 reason=no_quorum
  message.send_failed alice Commitment message/c1 errorCode="POLICY_DENIED" errorMessage="POLICY_DENIED" kind="kickoff"
  policy.denied Commitment policy/policy.default policyVersion="policy.default" errorMessage="POLICY_DENIED" reasons=["no quorum"] errorCode="POLICY_DENIED" decision="deny"
  = starting, session unknown
> read OPEN
  session.bound session/aaaaaaaaaaaaaaaaaaaaaa initiator="alice" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" runStatus="binding_session" state="SESSION_STATE_OPEN"
  participant.seen participant/alice status="idle" declared=true
  participant.seen participant/bob status="idle" declared=true
  = binding_session, session unknown
> answer FORBIDDEN type=Vote id=v1
  message.send_failed alice Vote message/v1 errorCode="FORBIDDEN" errorMessage="FORBIDDEN" kind="kickoff"
  = binding_session, session unknown

An error frame on the stream of a driver run is trouble with the subscription, not with a message of ours.

> error Forbidden
  = binding_session, session unknown
