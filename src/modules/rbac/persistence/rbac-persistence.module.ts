import { Module } from '@nestjs/common';
import { ApprovalRepository } from './approval.repository.js';
import { BreakGlassRepository } from './break-glass.repository.js';
import { ProjectRepository } from './project.repository.js';
import { RoleBindingRepository } from './role-binding.repository.js';
import { RoleRepository } from './role.repository.js';
import { SeparationRepository } from './separation.repository.js';

const REPOSITORIES = [ApprovalRepository, BreakGlassRepository, ProjectRepository, RoleBindingRepository, RoleRepository, SeparationRepository];

@Module({ providers: REPOSITORIES, exports: REPOSITORIES })
export class RbacPersistenceModule {}
