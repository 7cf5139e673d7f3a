import { Module } from '@nestjs/common';
import { ProjectRepository } from './project.repository.js';
import { RoleBindingRepository } from './role-binding.repository.js';
import { RoleRepository } from './role.repository.js';

const REPOSITORIES = [ProjectRepository, RoleBindingRepository, RoleRepository];

@Module({ providers: REPOSITORIES, exports: REPOSITORIES })
export class RbacPersistenceModule {}
