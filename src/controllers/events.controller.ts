import { Controller, Get, Header, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CrossRunEventsQueryDto } from '../dto/events.dto.js';
import { EventQueryService } from '../queries/event-query.service.js';
import { Endpoint } from './endpoint.controller.js';

@ApiTags('events')
@Controller('events')
export class EventsController {
  constructor(private readonly events: EventQueryService) {}

  @Get()
  @Header('content-type', 'application/json; charset=utf-8')
  @Endpoint({
    summary: 'Events of all runs',
    description:
      'Who follows `nextCursor` (by `afterSeq`, with the same filters) meets every event once, also while others write; a page ends early when it holds about 8 MiB. From `lastCursor` one goes on later. The cursor is no seq of a run, unless `runId` is given.',
    answer: 'EventPage',
  })
  searchEvents(@Query() query: CrossRunEventsQueryDto): Promise<string> {
    return this.events.search(query);
  }
}
