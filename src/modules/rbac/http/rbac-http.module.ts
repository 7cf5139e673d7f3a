import { Module } from '@nestjs/common';
import { RbacModule } from '../rbac.module.js';
import { ApprovalsController } from './approvals.controller.js';
import { BreakGlassController } from './break-glass.controller.js';
import { PermissionsController } from './permissions.controller.js';
import { PolicyQuestionsController } from './policy-questions.controller.js';
import { ProjectApprovalsController } from './project-approvals.controller.js';
import { ProjectMembersController } from './project-members.controller.js';
import { ProjectsController } from './projects.controller.js';
import { RoleBindingsController } from './role-bindings.controller.js';
import { RolesController } from './roles.controller.js';
import { SeparationsController } from './separations.controller.js';

const CONTROLLERS = [
  ApprovalsController,
  BreakGlassController,
  PermissionsController,
  PolicyQuestionsController,
  ProjectApprovalsController,
  ProjectMembersController,
  ProjectsController,
  RoleBindingsController,
  RolesController,
  SeparationsController,
];

@Module({ imports: [RbacModule], controllers: CONTROLLERS })
export class RbacHttpModule {}
