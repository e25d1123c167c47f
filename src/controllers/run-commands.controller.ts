import { Body, Controller, Headers, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { RunRecord } from '../contracts/run-record.js';
import type { ErrorCode } from '../errors/codes.js';
import { headerIdempotencyKey, idempotencyKeyHeader } from '../dto/idempotency-key.js';
import { CommandDto, RunRefDto, SendMessageDto, SendSignalDto } from '../dto/run.dto.js';
import { RunControlService } from '../runs/run-control.service.js';
import type { MessageAnswer } from '../runs/message-answer.js';
import { RunMessageService } from '../runs/run-message.service.js';
import { Endpoint } from './endpoint.controller.js';

/** What a runtime may answer to anything we ask of it. */
const RUNTIME_ERRORS: readonly ErrorCode[] = [
  'CREDENTIALS_MISSING',
  'SANDBOX_UNAVAILABLE',
  'RUNTIME_KIND_UNKNOWN',
  'FORBIDDEN',
  'RUN_NOT_FOUND',
  'SESSION_NOT_FOUND',
  'INVALID_STATE_TRANSITION',
  'SESSION_NOT_OPEN',
  'CONFLICT',
  'RATE_LIMITED',
  'RUNTIME_UNIMPLEMENTED',
  'RUNTIME_ERROR',
  'RUNTIME_CREDENTIALS_REFUSED',
  'AUTH_SERVICE_REFUSED',
  'AUTH_SERVICE_UNAVAILABLE',
  'RUNTIME_UNAVAILABLE',
  'SHUTTING_DOWN',
  'RUNTIME_TIMEOUT',
];
const SEND_ERRORS: readonly ErrorCode[] = [
  ...RUNTIME_ERRORS,
  'INVALID_PAYLOAD',
  'UNKNOWN_POLICY_VERSION',
  'POLICY_DENIED',
  'MESSAGE_REJECTED',
  'IDEMPOTENCY_KEY_REUSED',
];
const SEND_HEADERS = [
  idempotencyKeyHeader(
    'Of this run. The same key with the same body is the same message, which is answered as it was.',
  ),
];

const idsOf = ({ id }: RunRecord): readonly string[] => [id];

@ApiTags('commands')
@Controller('runs/:id')
export class RunCommandsController {
  constructor(
    private readonly control: RunControlService,
    private readonly messages: RunMessageService,
  ) {}

  @Post('cancel')
  @Endpoint({
    summary: 'Cancel a run and its session',
    description:
      'Asking again for what already holds is no error. The run is `cancelled` only when the runtime said so. One whose session agents opened is cancelled through its `cancelCallback`, or directly where the runtime lets us; the answer is what really happened.',
    answer: 'Run',
    body: CommandDto,
    bodyIsOptional: true,
    errors: [
      ...RUNTIME_ERRORS,
      'CANCEL_REFUSED',
      'CANCEL_NOT_DELEGATED',
      'CANCEL_CALLBACK_BLOCKED',
      'CANCEL_CALLBACK_FAILED',
      'CANCEL_UNCONFIRMED',
    ],
    audit: { action: 'run.cancel', resource: 'run', idsOf },
  })
  cancelRun(@Param() { id }: RunRefDto, @Body() { reason }: CommandDto): Promise<RunRecord> {
    return this.control.cancel(id, reason);
  }

  @Post('suspend')
  @Endpoint({
    summary: 'Suspend a running run',
    answer: 'Run',
    body: CommandDto,
    bodyIsOptional: true,
    errors: [...RUNTIME_ERRORS, 'MESSAGE_REJECTED', 'POLICY_DENIED'],
    audit: { action: 'run.suspend', resource: 'run', idsOf },
  })
  suspendRun(@Param() { id }: RunRefDto, @Body() { reason }: CommandDto): Promise<RunRecord> {
    return this.control.suspend(id, reason);
  }

  @Post('resume')
  @Endpoint({
    summary: 'Resume a suspended run',
    answer: 'Run',
    body: CommandDto,
    bodyIsOptional: true,
    errors: [...RUNTIME_ERRORS, 'MESSAGE_REJECTED', 'POLICY_DENIED'],
    audit: { action: 'run.resume', resource: 'run', idsOf },
  })
  resumeRun(@Param() { id }: RunRefDto, @Body() { reason }: CommandDto): Promise<RunRecord> {
    return this.control.resume(id, reason);
  }

  @Post('messages')
  @Endpoint({
    summary: 'Send a message into the session of a running run',
    description:
      'On behalf of `from`, a participant whose credentials the control plane holds. After 503 or 504 the runtime may have the message: `details.messageId` names it in `GET /runs/:id/messages`. Asking again is safe with an `Idempotency-Key`, whatever the run is by then; without one it is another message.',
    answer: 'Sent',
    body: SendMessageDto,
    headers: SEND_HEADERS,
    errors: SEND_ERRORS,
    audit: { action: 'run.message', resource: 'run', idsOf: 'run in path' },
  })
  sendMessage(
    @Param() { id }: RunRefDto,
    @Body() body: SendMessageDto,
    @Headers('idempotency-key') key: string | undefined,
  ): Promise<MessageAnswer> {
    return this.messages.sendMessage(id, body, headerIdempotencyKey(key));
  }

  @Post('signal')
  @Endpoint({
    summary: 'Emit a signal about a running run',
    description:
      'Signals reach everybody who listens, and are no part of the session’s history. After 503 or 504 the runtime may have the signal: `details.messageId` names it in `GET /runs/:id/messages`. Asking again with the same `Idempotency-Key` tells what is known of it and never sends it twice; without a key it is another signal.',
    answer: 'Sent',
    body: SendSignalDto,
    headers: SEND_HEADERS,
    errors: SEND_ERRORS,
    audit: { action: 'run.signal', resource: 'run', idsOf: 'run in path' },
  })
  sendSignal(
    @Param() { id }: RunRefDto,
    @Body() body: SendSignalDto,
    @Headers('idempotency-key') key: string | undefined,
  ): Promise<MessageAnswer> {
    return this.messages.sendSignal(id, body, headerIdempotencyKey(key));
  }
}
