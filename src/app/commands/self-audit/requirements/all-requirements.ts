import type { Requirement } from '../requirement.js';
import { V8, V9, V10 } from './access-and-tokens.js';
import { V15, V16 } from './architecture-and-logs.js';
import { V13, V14 } from './configuration-and-data.js';
import { V11, V12 } from './cryptography.js';
import { V6, V7 } from './identity.js';
import { V1, V2, V3 } from './input-and-browsers.js';
import { V17, V4, V5 } from './messages-and-files.js';

export interface Chapter {
  readonly id: string;
  readonly about: string;
  readonly requirements: readonly Requirement[];
}

export const CHAPTERS: readonly Chapter[] = [
  { id: 'V1', about: 'encoding and sanitization', requirements: V1 },
  { id: 'V2', about: 'validation and business logic', requirements: V2 },
  { id: 'V3', about: 'web frontend', requirements: V3 },
  { id: 'V4', about: 'API and web service', requirements: V4 },
  { id: 'V5', about: 'file handling', requirements: V5 },
  { id: 'V6', about: 'authentication', requirements: V6 },
  { id: 'V7', about: 'session management', requirements: V7 },
  { id: 'V8', about: 'authorization', requirements: V8 },
  { id: 'V9', about: 'self-contained tokens', requirements: V9 },
  { id: 'V10', about: 'OAuth and OIDC', requirements: V10 },
  { id: 'V11', about: 'cryptography', requirements: V11 },
  { id: 'V12', about: 'secure communication', requirements: V12 },
  { id: 'V13', about: 'configuration', requirements: V13 },
  { id: 'V14', about: 'data protection', requirements: V14 },
  { id: 'V15', about: 'coding and architecture', requirements: V15 },
  { id: 'V16', about: 'logging and errors', requirements: V16 },
  { id: 'V17', about: 'WebRTC', requirements: V17 },
];

export const REQUIREMENTS: readonly Requirement[] = CHAPTERS.flatMap(({ requirements }) => requirements);
