import { Controller, Get, Inject } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { RunExample } from '../contracts/run-example.js';
import { SCRIPTED_AGENTS, type ScriptedAgents } from '../runs/scripted-agents.interface.js';
import { Endpoint } from './endpoint.controller.js';

@ApiTags('runs')
@Controller('examples')
export class ExamplesController {
  constructor(@Inject(SCRIPTED_AGENTS) private readonly agents: ScriptedAgents) {}

  @Get()
  @Endpoint({
    summary: 'Runs to start for a first look, at least one of each mode',
    description:
      'Each `request` is a complete body for `POST /runs`: a sandbox run on the embedded runtime in which scripted agents play along. Its participants, texts and times may be changed before. Empty where the sandbox is switched off (EMBEDDED_RUNTIME=off).',
    answer: 'ExampleList',
  })
  listExamples(): readonly RunExample[] {
    return this.agents.examples();
  }
}
