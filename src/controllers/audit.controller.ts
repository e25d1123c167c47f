import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { AuditPage } from '../contracts/audit.js';
import { AuditQueryDto, toAuditFilter } from '../dto/audit.dto.js';
import { AuditRepository } from '../storage/audit.repository.js';
import { Endpoint } from './endpoint.controller.js';

@ApiTags('audit')
@Controller('audit')
export class AuditController {
  constructor(private readonly entries: AuditRepository) {}

  @Get()
  @Endpoint({
    summary: 'Who changed what, newest first',
    description:
      'One entry per thing that a successful request was about, also when it asked for what held already; what was refused is not in it. Kept when the thing is deleted.',
    answer: 'AuditPage',
    access: 'admin',
  })
  listAudit(@Query() query: AuditQueryDto): Promise<AuditPage> {
    return this.entries.list(toAuditFilter(query));
  }
}
