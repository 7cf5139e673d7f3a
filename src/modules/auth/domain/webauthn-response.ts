import { Fault } from '#pure/fault/fault.js';
import { REQUEST_FAULTS } from '#pure/fault/request.faults.js';

/** What a browser gives back after a ceremony, as `PublicKeyCredential.toJSON()` writes it; whatever else it writes is passed over. */
interface Response {
  readonly credentialId: Buffer;
  /** base64url, as it was signed. */
  readonly clientDataJSON: string;
  /** What the authenticator was asked to sign. */
  readonly challenge: Buffer;
  /** Null for what is said by a page of somebody else, or inside one. */
  readonly origin: string | null;
}

export interface Assertion extends Response {
  readonly authenticatorData: string;
  readonly signature: string;
  /** The principal that the passkey was made for; null where the authenticator does not say. */
  readonly userHandle: Buffer | null;
}

export interface Registration extends Response {
  readonly attestationObject: string;
  readonly transports: readonly string[];
}

const TEXT_UNITS_MAX = 12_000;
const TRANSPORTS: ReadonlySet<string> = new Set(['ble', 'cable', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb']);

/** Faults name the member that is not what it should be: `/credential/response/signature`. */
export function readAssertion(credential: unknown, at = '/credential'): Assertion {
  const { response, ...common } = readCommon(credential, at, 'webauthn.get');
  const handle = response['userHandle'];
  return {
    ...common,
    authenticatorData: text(response, 'authenticatorData', `${at}/response`),
    signature: text(response, 'signature', `${at}/response`),
    userHandle: handle === undefined || handle === null ? null : bytesOf(text(response, 'userHandle', `${at}/response`), `${at}/response/userHandle`),
  };
}

export function readRegistration(credential: unknown, at = '/credential'): Registration {
  const { response, ...common } = readCommon(credential, at, 'webauthn.create');
  const transports: unknown = response['transports'];
  return {
    ...common,
    attestationObject: text(response, 'attestationObject', `${at}/response`),
    transports: Array.isArray(transports) ? [...new Set(transports.filter((each): each is string => typeof each === 'string' && TRANSPORTS.has(each)))] : [],
  };
}

function readCommon(credential: unknown, at: string, type: string): Response & { readonly response: Record<string, unknown> } {
  const whole = object(credential, at);
  const response = object(whole['response'], `${at}/response`);
  const clientDataJSON = text(response, 'clientDataJSON', `${at}/response`);
  let said: unknown;
  try {
    said = JSON.parse(bytesOf(clientDataJSON, `${at}/response/clientDataJSON`).toString('utf8'));
  } catch {
    throw invalid(`${at}/response/clientDataJSON`);
  }
  const clientData = object(said, `${at}/response/clientDataJSON`);
  const { challenge, origin, crossOrigin, topOrigin } = clientData;
  if (clientData['type'] !== type || typeof challenge !== 'string' || typeof origin !== 'string') throw invalid(`${at}/response/clientDataJSON`);
  const isOwn = (crossOrigin === undefined || crossOrigin === false) && topOrigin === undefined;
  return {
    credentialId: bytesOf(text(whole, 'id', at), `${at}/id`),
    clientDataJSON,
    challenge: bytesOf(challenge, `${at}/response/clientDataJSON`),
    origin: isOwn ? origin : null,
    response,
  };
}

function object(value: unknown, at: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(at);
  return value as Record<string, unknown>;
}

/** base64url without padding, in its one spelling. */
function text(from: Record<string, unknown>, name: string, at: string): string {
  const value = Object.hasOwn(from, name) ? from[name] : undefined;
  if (typeof value !== 'string' || value === '' || value.length > TEXT_UNITS_MAX) throw invalid(`${at}/${name}`);
  bytesOf(value, `${at}/${name}`);
  return value;
}

function bytesOf(value: string, at: string): Buffer {
  const bytes = Buffer.from(value, 'base64url');
  if (bytes.length === 0 || bytes.toString('base64url') !== value) throw invalid(at);
  return bytes;
}

function invalid(pointer: string): Fault {
  return Fault.at(REQUEST_FAULTS['invalid-request'], pointer, 'not-webauthn', 'as a browser gives it after the ceremony');
}
