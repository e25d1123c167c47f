import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { ErrorCode } from '../errors/codes.js';
import { RuntimeQueryDto } from '../dto/runtime.dto.js';
import type { ManifestDescription, ModeDescription } from '../runtime/runtime-provider.interface.js';
import { Endpoint } from './endpoint.controller.js';
import {
  RuntimeQueryService,
  type RuntimeHealth,
  type RuntimeRoot,
  type RuntimeSessions,
} from './runtime-query.service.js';

/** What asking a runtime about itself may end with, where it tells everybody. */
const RUNTIME_READ_ERRORS: readonly ErrorCode[] = [
  'RUNTIME_KIND_UNKNOWN',
  'RATE_LIMITED',
  'RUNTIME_UNIMPLEMENTED',
  'RUNTIME_ERROR',
  'RUNTIME_CREDENTIALS_REFUSED',
  'RUNTIME_UNAVAILABLE',
  'RUNTIME_TIMEOUT',
];

/** And where it tells those whom it knows: the control plane asks under its own identity. */
export const RUNTIME_OWN_READ_ERRORS: readonly ErrorCode[] = [
  ...RUNTIME_READ_ERRORS,
  'CREDENTIALS_MISSING',
  'FORBIDDEN',
  'AUTH_SERVICE_REFUSED',
  'AUTH_SERVICE_UNAVAILABLE',
];

@ApiTags('runtime')
@Controller('runtime')
export class RuntimeController {
  constructor(private readonly runtime: RuntimeQueryService) {}

  @Get('manifest')
  @Endpoint({ summary: 'What the runtime says of itself', answer: 'Manifest', errors: RUNTIME_READ_ERRORS })
  getManifest(@Query() { kind }: RuntimeQueryDto): Promise<ManifestDescription> {
    return this.runtime.manifest(kind);
  }

  @Get('modes')
  @Endpoint({
    summary: 'Coordination modes, those of the standard first, then extensions',
    answer: 'ModeList',
    errors: RUNTIME_READ_ERRORS,
  })
  listModes(@Query() { kind }: RuntimeQueryDto): Promise<readonly ModeDescription[]> {
    return this.runtime.modes(kind);
  }

  @Get('roots')
  @Endpoint({ summary: 'Roots that the runtime knows', answer: 'RootList', errors: RUNTIME_READ_ERRORS })
  listRoots(@Query() { kind }: RuntimeQueryDto): Promise<readonly RuntimeRoot[]> {
    return this.runtime.roots(kind);
  }

  @Get('sessions')
  @Endpoint({
    summary: 'Sessions that the runtime knows, those that started last first',
    description: 'At most 500; `total` counts all. As far as our identity is allowed to see them.',
    answer: 'SessionList',
    errors: RUNTIME_OWN_READ_ERRORS,
  })
  listSessions(@Query() { kind }: RuntimeQueryDto): Promise<RuntimeSessions> {
    return this.runtime.sessions(kind);
  }

  @Get('health')
  @Endpoint({
    summary: 'Whether the runtime can be reached',
    description: 'Always 200 for a known kind; `ok: false` when it cannot be reached.',
    answer: 'RuntimeHealth',
    errors: ['RUNTIME_KIND_UNKNOWN'],
  })
  getRuntimeHealth(@Query() { kind }: RuntimeQueryDto): Promise<RuntimeHealth> {
    return this.runtime.health(kind);
  }
}
