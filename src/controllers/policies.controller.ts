import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { ErrorCode } from '../errors/codes.js';
import { POLICY_EXAMPLES } from '../dto/console-examples.js';
import { PolicyListQueryDto, PolicyRefDto, PolicyRegistrationDto } from '../dto/policy.dto.js';
import { RuntimeQueryDto } from '../dto/runtime.dto.js';
import { Endpoint } from './endpoint.controller.js';
import { PolicyService, type PolicyView } from './policy.service.js';
import { RUNTIME_OWN_READ_ERRORS } from './runtime.controller.js';

const READ_ERRORS: readonly ErrorCode[] = [...RUNTIME_OWN_READ_ERRORS, 'CONFLICT'];

@ApiTags('runtime')
@Controller('runtime/policies')
export class PoliciesController {
  constructor(private readonly policies: PolicyService) {}

  @Get()
  @Endpoint({ summary: 'Policies that the runtime knows, by id', answer: 'PolicyList', errors: READ_ERRORS })
  listPolicies(@Query() { kind, mode }: PolicyListQueryDto): Promise<readonly PolicyView[]> {
    return this.policies.list(kind, mode);
  }

  @Get(':policyId')
  @Endpoint({ summary: 'One policy', answer: 'Policy', errors: [...READ_ERRORS, 'RESOURCE_NOT_FOUND'] })
  getPolicy(@Param() { policyId }: PolicyRefDto, @Query() { kind }: RuntimeQueryDto): Promise<PolicyView> {
    return this.policies.get(kind, policyId);
  }

  @Post()
  @Endpoint({
    access: 'admin',
    summary: 'Register a policy at the runtime',
    description:
      'Needs credentials of the control plane that may manage the registry. A policy is never replaced: an id that is taken is a conflict.',
    status: 201,
    answer: 'Policy',
    body: PolicyRegistrationDto,
    examples: POLICY_EXAMPLES,
    errors: [...READ_ERRORS, 'INVALID_POLICY_DEFINITION', 'RESOURCE_NOT_FOUND'],
    audit: { action: 'policy.register', resource: 'policy', idsOf: (answer: PolicyView) => [answer.policyId] },
  })
  registerPolicy(@Body() policy: PolicyRegistrationDto, @Query() { kind }: RuntimeQueryDto): Promise<PolicyView> {
    return this.policies.register(kind, policy);
  }

  @Delete(':policyId')
  @Endpoint({
    access: 'admin',
    summary: 'Remove a policy from the runtime',
    description: 'Sessions that are bound to it keep their copy.',
    answer: 'RemovedPolicy',
    errors: [...READ_ERRORS, 'RESOURCE_NOT_FOUND'],
    audit: {
      action: 'policy.delete',
      resource: 'policy',
      idsOf: (answer: { readonly policyId: string }) => [answer.policyId],
    },
  })
  unregisterPolicy(
    @Param() { policyId }: PolicyRefDto,
    @Query() { kind }: RuntimeQueryDto,
  ): ReturnType<PolicyService['unregister']> {
    return this.policies.unregister(kind, policyId);
  }
}
