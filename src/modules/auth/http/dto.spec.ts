import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Type } from '@nestjs/common';
import { StrictValidationPipe } from '#platform/http/validation.pipe.js';
import { Fault } from '#pure/fault/fault.js';
import { ChangePasswordDto, LoginDto } from './auth.dto.js';
import { CreateClientSecretDto } from './client-secrets.dto.js';
import { CreateServiceAccountDto } from './service-accounts.dto.js';
import { CreateUserDto } from './users.dto.js';

async function pointersOf(type: Type, body: unknown): Promise<readonly string[]> {
  const error: unknown = await new StrictValidationPipe().transform(body, { type: 'body', metatype: type }).then(() => null, (error: unknown) => error);
  if (error === null) return [];
  if (!(error instanceof Fault)) throw error;
  assert.equal(error.kind.status, 422);
  return error.context.pointers!.map(({ pointer }) => pointer);
}

const LOGIN = { username: 'alice', password: 'x' };
const CHANGE = { currentPassword: 'x', newPassword: 'y' };

describe('auth bodies', () => {
  const accepted: readonly [string, Type, object][] = [
    ['a login', LoginDto, LOGIN],
    ['a login with a scope', LoginDto, { ...LOGIN, scope: 'read:data' }],
    ['a change', ChangePasswordDto, CHANGE],
    ['a user with a name alone', CreateUserDto, { username: 'alice' }],
    ['a user with everything', CreateUserDto, { username: 'alice', password: 'x', displayName: 'Zoë 李' }],
    ['a service account', CreateServiceAccountDto, { name: 'nightly' }],
    ['a secret with nothing said', CreateClientSecretDto, {}],
    ['a secret with a label, for a year', CreateClientSecretDto, { label: 'host', lifetimeDays: 365 }],
  ];
  for (const [what, type, body] of accepted) it(`accept ${what}`, async () => assert.deepEqual(await pointersOf(type, body), []));

  const refused: readonly [string, Type, unknown, string[]][] = [
    ['nothing', LoginDto, {}, ['/username', '/password']],
    ['null as a scope', LoginDto, { ...LOGIN, scope: null }, ['/scope']],
    ['a list as a scope', LoginDto, { ...LOGIN, scope: ['read:data'] }, ['/scope']],
    ['an object as a username', LoginDto, { ...LOGIN, username: { $ne: '' } }, ['/username']],
    ['a number as a password', LoginDto, { ...LOGIN, password: 1 }, ['/password']],
    ['an empty password', LoginDto, { ...LOGIN, password: '' }, ['/password']],
    ['a password of five thousand characters', LoginDto, { ...LOGIN, password: 'x'.repeat(5000) }, ['/password']],
    ['an unknown field', LoginDto, { ...LOGIN, admin: true }, ['/admin']],
    ['no new password', ChangePasswordDto, { currentPassword: 'x' }, ['/newPassword']],
    ['null as a new password', ChangePasswordDto, { ...CHANGE, newPassword: null }, ['/newPassword']],
    ['null as a password of a user', CreateUserDto, { username: 'alice', password: null }, ['/password']],
    ['null as a display name', CreateUserDto, { username: 'alice', displayName: null }, ['/displayName']],
    ['an empty display name', CreateUserDto, { username: 'alice', displayName: '' }, ['/displayName']],
    ['a display name with an escape sequence', CreateUserDto, { username: 'alice', displayName: 'a\u001b[31mb' }, ['/displayName']],
    ['a display name of two lines', CreateUserDto, { username: 'alice', displayName: 'a\nb' }, ['/displayName']],
    ['a username with a line break behind', CreateUserDto, { username: 'alice\n' }, ['/username']],
    ['a status', CreateUserDto, { username: 'alice', status: 'active' }, ['/status']],
    ['a label with an escape sequence', CreateClientSecretDto, { label: 'a\u001b[31mb' }, ['/label']],
    ['null as a lifetime', CreateClientSecretDto, { lifetimeDays: null }, ['/lifetimeDays']],
    ['a secret of one’s own choice', CreateClientSecretDto, { secret: 'qcs_x' }, ['/secret']],
    ['a name with a slash', CreateServiceAccountDto, { name: 'a/b' }, ['/name']],
  ];
  for (const [what, type, body, pointers] of refused) {
    it(`refuse ${what} with its pointer`, async () => assert.deepEqual([...new Set(await pointersOf(type, body))].toSorted(), pointers.toSorted()));
  }
});
