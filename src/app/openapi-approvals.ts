import type { OpenAPIObject } from '@nestjs/swagger';
import type { RoutePolicy } from '#platform/http/route-policy.js';
import type { DialectName } from './openapi-refusals.js';
import type { Schema } from './openapi-schemas.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Parameter = NonNullable<Operation['parameters']>[number];

const ID = '019a94de-4b70-7c00-8000-0000000000aa';

const APPROVAL_ID: Parameter = {
  name: 'Approval-Id',
  in: 'header',
  required: false,
  description: 'An approval that was given for the identical request, which it uses up.',
  schema: { type: 'string', format: 'uuid', examples: [ID] } as never,
};

const HEADERS = {
  'Location': { description: 'Where the approval is read, and decided.', schema: { type: 'string', examples: [`/v1/approvals/${ID}`] } },
  'Approval-Id': { description: 'What the identical request is repeated with, once it is approved.', schema: { type: 'string', format: 'uuid', examples: [ID] } },
};

/** What a route that takes a second person answers without one, and how it is told that there was one. */
export function describeApproval(operation: Operation, { needsApproval }: RoutePolicy, dialect: DialectName, schemas: Readonly<Record<string, Schema>>): void {
  if (needsApproval === null) return;
  operation.parameters = [...(operation.parameters ?? []), structuredClone(APPROVAL_ID)];
  const when = needsApproval.when === null ? '' : `, ${needsApproval.when}`;
  const sentence = `Takes a second person${when}, where the project, or for what belongs to none the installation, says so.`;
  operation.description = `${operation.description}\n\n${sentence}`;
  // Vault's clients are told by the 403 that every route has.
  if (dialect === 'vault') return;
  const schema = 'ApprovalDto' in schemas ? { $ref: '#/components/schemas/ApprovalDto' } : { type: 'object', additionalProperties: true, examples: [{ id: ID, state: 'pending' }] };
  operation.responses['202'] = { description: 'It was not done yet: it waits for the approval of a second person.', headers: HEADERS, content: { 'application/json': { schema } } } as never;
}
