import { Module } from '@nestjs/common';
import { RbacModule } from '../rbac.module.js';
import { ApprovalsController } from './approvals.controller.js';
import { PermissionsController } from './permissions.controller.js';
import { ProjectApprovalsController } from './project-approvals.controller.js';
import { ProjectsController } from './projects.controller.js';
import { RoleBindingsController } from './role-bindings.controller.js';
import { RolesController } from './roles.controller.js';
import { SeparationsController } from './separations.controller.js';

@Module({ imports: [RbacModule], controllers: [ApprovalsController, PermissionsController, ProjectApprovalsController, ProjectsController, RoleBindingsController, RolesController, SeparationsController] })
export class RbacHttpModule {}
