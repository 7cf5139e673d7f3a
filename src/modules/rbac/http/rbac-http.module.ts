import { Module } from '@nestjs/common';
import { RbacModule } from '../rbac.module.js';
import { ProjectsController } from './projects.controller.js';
import { RoleBindingsController } from './role-bindings.controller.js';
import { RolesController } from './roles.controller.js';

@Module({ imports: [RbacModule], controllers: [ProjectsController, RoleBindingsController, RolesController] })
export class RbacHttpModule {}
