A task that is asked for, taken up, reported on and finished.

> run observer macp.mode.task.v1 participants=planner,worker
  = starting, session unknown
> watch OPEN observed=0 initiator=planner
  session.bound session/aaaaaaaaaaaaaaaaaaaaaa @2026-01-05T10:00:00.000Z initiator="planner" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" runStatus="binding_session" state="SESSION_STATE_OPEN"
  participant.seen participant/planner @2026-01-05T10:00:00.000Z status="idle" declared=true
  participant.seen participant/worker @2026-01-05T10:00:00.000Z status="idle" declared=true
  session.state.changed session/aaaaaaaaaaaaaaaaaaaaaa @2026-01-05T10:00:00.000Z initiator="planner" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" state="SESSION_STATE_OPEN" previousState=null via="watch" runStatus="running"
  = running, session OPEN
> say planner TaskRequest {"taskId":"t1","title":"Count","instructions":"Count the crates.","requestedAssignee":"worker","deadlineUnixMs":1767609060000}
  message.received planner TaskRequest message/m2 taskId="t1" title="Count" requestedAssignee="worker" deadline="2026-01-05T10:31:00.000Z" deadlineUnixMs=1767609060000 reasons=["Count the crates."] proposalId="t1" action="Count" to=["worker"]
  proposal.created planner TaskRequest proposal/t1 taskId="t1" title="Count" requestedAssignee="worker" deadline="2026-01-05T10:31:00.000Z" deadlineUnixMs=1767609060000 reasons=["Count the crates."] proposalId="t1" action="Count" to=["worker"]
  = running, session OPEN
> say worker TaskAccept {"taskId":"t1"}
  message.received worker TaskAccept message/m3 taskId="t1" assignee="worker" reason="" reasons=[] proposalId="t1" action="ACCEPT"
  proposal.updated worker TaskAccept proposal/t1 taskId="t1" assignee="worker" reason="" reasons=[] proposalId="t1" action="ACCEPT"
  = running, session OPEN
> say worker TaskUpdate {"taskId":"t1","status":"counting","progress":0.25}
  message.received worker TaskUpdate message/m4 taskId="t1" taskStatus="counting" percentage=25 message="" reasons=[] proposalId="t1" action="UPDATE"
  proposal.updated worker TaskUpdate proposal/t1 taskId="t1" taskStatus="counting" percentage=25 message="" reasons=[] proposalId="t1" action="UPDATE"
  progress.reported worker TaskUpdate message/m4 percentage=25 message="counting" taskId="t1"
  = running, session OPEN
> say worker TaskUpdate {"taskId":"t1","status":"counting","progress":60,"message":"almost"}
  message.received worker TaskUpdate message/m5 taskId="t1" taskStatus="counting" percentage=60 message="almost" reasons=[] proposalId="t1" action="UPDATE"
  proposal.updated worker TaskUpdate proposal/t1 taskId="t1" taskStatus="counting" percentage=60 message="almost" reasons=[] proposalId="t1" action="UPDATE"
  progress.reported worker TaskUpdate message/m5 percentage=60 message="almost" taskId="t1"
  = running, session OPEN
> say worker TaskComplete {"taskId":"t1","summary":"10 crates","output":"eyJjcmF0ZXMiOjEwfQ=="}
  message.received worker TaskComplete message/m6 taskId="t1" summary="10 crates" percentage=100 reasons=[] proposalId="t1" action="COMPLETE"
  proposal.updated worker TaskComplete proposal/t1 taskId="t1" summary="10 crates" percentage=100 reasons=[] proposalId="t1" action="COMPLETE"
  progress.reported worker TaskComplete message/m6 percentage=100 message="10 crates" taskId="t1"
  = running, session OPEN
> say planner Commitment {"commitmentId":"c1","action":"task.completed","reason":"done","outcomePositive":true,"authorityScope":"team","modeVersion":"1.0.0","configurationVersion":"1.0.0"}
  message.received planner Commitment message/m7 proposalId="c1" commitmentId="c1" action="task.completed" authorityScope="team" reason="done" reasons=["done"] outcomePositive=true policyVersion="" commitmentHash="sha256:6ac2567e6225cf5fc4c28449b87ab64a234bdd580d8c96653a880bb48c444533"
  decision.finalized planner Commitment decision/c1 proposalId="c1" commitmentId="c1" action="task.completed" authorityScope="team" reason="done" reasons=["done"] outcomePositive=true policyVersion="" commitmentHash="sha256:6ac2567e6225cf5fc4c28449b87ab64a234bdd580d8c96653a880bb48c444533"
  policy.commitment.evaluated policy/c1 commitmentId="c1" policyVersion="policy.default" decision="allow" reasons=[] outcomePositive=true
  session.state.changed session/aaaaaaaaaaaaaaaaaaaaaa initiator="planner" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" state="SESSION_STATE_RESOLVED" previousState="SESSION_STATE_OPEN" via="commitment"
  run.completed run/0197a000-0000-7000-8000-000000000001 status="completed" endedAt="2026-01-05T10:00:07.000Z" outcomePositive=true action="task.completed"
  = completed, session RESOLVED

A task that fails ends as completed, with a negative outcome.

> run observer macp.mode.task.v1 participants=planner,worker
  = starting, session unknown
> watch OPEN observed=0 initiator=planner
  session.bound session/aaaaaaaaaaaaaaaaaaaaaa @2026-01-05T10:00:00.000Z initiator="planner" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" runStatus="binding_session" state="SESSION_STATE_OPEN"
  participant.seen participant/planner @2026-01-05T10:00:00.000Z status="idle" declared=true
  participant.seen participant/worker @2026-01-05T10:00:00.000Z status="idle" declared=true
  session.state.changed session/aaaaaaaaaaaaaaaaaaaaaa @2026-01-05T10:00:00.000Z initiator="planner" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" state="SESSION_STATE_OPEN" previousState=null via="watch" runStatus="running"
  = running, session OPEN
> say planner TaskRequest {"taskId":"t1","instructions":"Count the crates."}
  message.received planner TaskRequest message/m2 taskId="t1" title="" requestedAssignee="" reasons=["Count the crates."] proposalId="t1" action="t1"
  proposal.created planner TaskRequest proposal/t1 taskId="t1" title="" requestedAssignee="" reasons=["Count the crates."] proposalId="t1" action="t1"
  = running, session OPEN
> say worker TaskReject {"taskId":"t1","assignee":"worker","reason":"busy"}
  message.received worker TaskReject message/m3 taskId="t1" assignee="worker" reason="busy" reasons=["busy"] proposalId="t1" action="REJECT"
  proposal.updated worker TaskReject proposal/t1 taskId="t1" assignee="worker" reason="busy" reasons=["busy"] proposalId="t1" action="REJECT"
  = running, session OPEN
> say worker TaskFail {"taskId":"t1","errorCode":"E_GONE","retryable":true}
  message.received worker TaskFail message/m4 taskId="t1" failureCode="E_GONE" retryable=true percentage=null reason="" reasons=[] proposalId="t1" action="FAIL"
  proposal.updated worker TaskFail proposal/t1 taskId="t1" failureCode="E_GONE" retryable=true percentage=null reason="" reasons=[] proposalId="t1" action="FAIL"
  progress.reported worker TaskFail message/m4 percentage=null message="E_GONE" taskId="t1"
  = running, session OPEN
> say planner Commitment {"commitmentId":"c1","action":"task.failed","reason":"crates are gone","authorityScope":"team","modeVersion":"1.0.0","configurationVersion":"1.0.0"}
  message.received planner Commitment message/m5 proposalId="c1" commitmentId="c1" action="task.failed" authorityScope="team" reason="crates are gone" reasons=["crates are gone"] outcomePositive=false policyVersion="" commitmentHash="sha256:a835b59575c8f18088e0fb00ea300cb51851c78c78acb3e477f61622b43c398f"
  decision.finalized planner Commitment decision/c1 proposalId="c1" commitmentId="c1" action="task.failed" authorityScope="team" reason="crates are gone" reasons=["crates are gone"] outcomePositive=false policyVersion="" commitmentHash="sha256:a835b59575c8f18088e0fb00ea300cb51851c78c78acb3e477f61622b43c398f"
  policy.commitment.evaluated policy/c1 commitmentId="c1" policyVersion="policy.default" decision="allow" reasons=[] outcomePositive=false
  session.state.changed session/aaaaaaaaaaaaaaaaaaaaaa initiator="planner" policyVersion="policy.default" startedAt="2026-01-05T10:00:00.000Z" expiresAt="2026-01-05T10:01:00.000Z" state="SESSION_STATE_RESOLVED" previousState="SESSION_STATE_OPEN" via="commitment"
  run.completed run/0197a000-0000-7000-8000-000000000001 status="completed" endedAt="2026-01-05T10:00:05.000Z" outcomePositive=false action="task.failed"
  = completed, session RESOLVED
