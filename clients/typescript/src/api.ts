/* Generated from the OpenAPI document by `npm run golden`. */

export type VersionDto = {
  /** Version of the server. */
  readonly version: string;
  /** Version of the simulation engine: the same program, seed and engine version give the same counts. */
  readonly engineVersion: string;
  /** SHA-256 of the signed release manifest; null when the server was not started from a release. */
  readonly releaseDigest: string | null;
};

export type SigningKeyListDto = {
  readonly items: readonly SigningKeyDto[];
};

export type SigningKeyDto = {
  readonly purpose: "jwt" | "registry" | "registry-token" | "attestation" | "audit-checkpoint" | "audit-cosign" | "result";
  /** Counted within the purpose. */
  readonly version: number;
  /** RFC 7638 thumbprint. */
  readonly kid: string;
  readonly algorithm: "ES256" | "Ed25519" | "RS256" | "ML-DSA-44";
  /** next is published and does not sign yet, retiring does not sign any more, revoked verifies nothing. */
  readonly state: "next" | "active" | "retiring" | "revoked";
  readonly createdAt: string;
  /** Since when it is in its state. */
  readonly stateSince: string;
  /** The public key as RFC 7517 writes it. */
  readonly publicJwk: { readonly [name: string]: string };
};

export type RevokeSigningKeyDto = {
  /** Kept in the ledger as personal data of whoever writes it. */
  readonly reason: string;
};

export type WaveformTagDto = {
  /** QWH-1: the version of the key, and HMAC-SHA-256 of the encoded waveform. */
  readonly tag: string;
  /** Of the key. */
  readonly version: number;
};

export type WaveformVerdictDto = {
  /** False for whatever is not exactly the tag of exactly this waveform by this key; never why. */
  readonly valid: boolean;
};

export type WaveformDigestDto = {
  /** SHA-256 of the encoded waveform: names it, and proves nothing about where it is from. */
  readonly digest: string;
};

export type SignalFeaturesDto = {
  /** Many waveforms have the same features, and anybody can make another one that has: to know a waveform again, use its tag. */
  readonly isSecurityFunction: false;
  readonly elements: number;
  readonly mean: MeanDto;
  /** Root of the mean square of the moduli. */
  readonly rms: number;
  /** The largest modulus. */
  readonly peak: number;
  /** The largest bin of the discrete Fourier transform but the zeroth, which is the mean; null where nothing else is there. */
  readonly dominant: DominantBinDto | null;
};

export type MeanDto = {
  readonly re: number;
  readonly im: number;
};

export type DominantBinDto = {
  /** Index of the bin along each axis. */
  readonly bin: readonly number[];
  /** Cycles a sample along each axis, above -0.5 and at most 0.5. */
  readonly frequency: readonly number[];
  /** Modulus of the bin, divided by the number of elements. */
  readonly amplitude: number;
  /** Above -π and at most π. */
  readonly phaseRadians: number;
};

export type CreateClientKeyDto = {
  /** The public key (RFC 7517): EC P-256 for ES256, Ed25519 for EdDSA, or RSA of 2048 to 4096 bits with `alg` RS256 or PS256. No private member, and no certificate. */
  readonly jwk: { readonly [name: string]: unknown };
  /** For people: where it is used. */
  readonly label?: string;
  readonly lifetimeDays?: number;
};

export type ClientKeyDto = {
  readonly id: string;
  /** RFC 7638: a `kid` that assertions may always name. */
  readonly thumbprint: string;
  /** The `kid` that it was given with. */
  readonly kid: string | null;
  /** The one algorithm that it is good for. */
  readonly algorithm: "ES256" | "EdDSA" | "RS256" | "PS256";
  readonly label: string | null;
  readonly createdAt: string;
  /** The principal who gave it to the account. */
  readonly createdBy: string;
  /** From this instant on it is refused. */
  readonly expiresAt: string;
};

export type ClientKeyListDto = {
  /** Oldest first; the expired for another 30 days. */
  readonly items: readonly ClientKeyDto[];
};

export type ClientDraftDto = {
  /** Shown to people before they let it in. */
  readonly name: string;
  /** The most that its sessions may be given, separated by single spaces: none that the own token has not. */
  readonly scope: string;
  /** Whether its tokens are bound to a key that it proves the possession of (RFC 9449). */
  readonly dpopRequired?: boolean;
};

export type ClientDto = {
  /** Its `client_id`. */
  readonly id: string;
  readonly name: string;
  readonly scope: string;
  readonly dpopRequired: boolean;
  readonly status: "active" | "disabled";
  /** It is a part of the product, and can only be disabled. */
  readonly builtin: boolean;
  readonly createdAt: string;
  readonly createdBy: string | null;
};

export type ClientListDto = {
  /** In order of creation; the product’s own first. */
  readonly items: readonly ClientDto[];
  /** The next page; null on the last. */
  readonly next: string | null;
};

export type WaitingDeviceDto = {
  readonly clientId: string;
  /** Which client it says to be. Anybody can say so. */
  readonly clientName: string;
  /** What it would be given. */
  readonly scope: string;
  /** Where it asked from: if that is not where the device stands, it is somebody else’s. */
  readonly source: string | null;
  readonly createdAt: string;
  readonly expiresAt: string;
};

export type UserCodeDto = {
  /** As the device shows it; in either case, with or without the dash. */
  readonly userCode: string;
};

export type ServerMetadataDto = {
  /** PUBLIC_URL, as in every token. */
  readonly issuer: string;
  readonly token_endpoint: string;
  readonly revocation_endpoint: string;
  readonly introspection_endpoint: string;
  readonly device_authorization_endpoint: string;
  readonly jwks_uri: string;
  readonly scopes_supported: readonly string[];
  /** None: there is no authorization endpoint. */
  readonly response_types_supported: readonly string[];
  readonly grant_types_supported: readonly string[];
  readonly token_endpoint_auth_methods_supported: readonly string[];
  readonly token_endpoint_auth_signing_alg_values_supported: readonly string[];
  readonly revocation_endpoint_auth_methods_supported: readonly string[];
  readonly revocation_endpoint_auth_signing_alg_values_supported: readonly string[];
  readonly introspection_endpoint_auth_methods_supported: readonly string[];
  readonly introspection_endpoint_auth_signing_alg_values_supported: readonly string[];
  readonly dpop_signing_alg_values_supported: readonly string[];
  readonly tls_client_certificate_bound_access_tokens: boolean;
  readonly service_documentation: string;
};

export type TokenFormDto = {
  /** The id of the service account or of the client; `quantonium-cli` for the product’s own. Not needed where another field or the Authorization header says it. */
  readonly client_id?: string;
  /** A secret of the service account; or send both as `Authorization: Basic`. */
  readonly client_secret?: string;
  /** With client_assertion. */
  readonly client_assertion_type?: string;
  /** RFC 7523: signed by a key of the service account, for this issuer alone, at most 300 s ahead, good once. */
  readonly client_assertion?: string;
  readonly grant_type: "client_credentials" | "refresh_token" | "urn:ietf:params:oauth:grant-type:device_code";
  /** Of client_credentials and refresh_token; everything when absent. */
  readonly scope?: string;
  /** Of the grant refresh_token. */
  readonly refresh_token?: string;
  /** Of the grant urn:ietf:params:oauth:grant-type:device_code. */
  readonly device_code?: string;
};

export type TokenDto = {
  /** Send it as `Authorization: Bearer …`, or `DPoP …` if that is its type. */
  readonly access_token: string;
  /** DPoP: bound to the key whose proof came with the request, and good with further proofs of it (RFC 9449). */
  readonly token_type: "Bearer" | "DPoP";
  /** Seconds. */
  readonly expires_in: number;
  /** Good for one exchange at `POST /v1/auth/refresh`; absent where the session is not refreshed. */
  readonly refresh_token?: string;
  readonly scope: string;
};

export type TokenQuestionDto = {
  /** The id of the service account or of the client; `quantonium-cli` for the product’s own. Not needed where another field or the Authorization header says it. */
  readonly client_id?: string;
  /** A secret of the service account; or send both as `Authorization: Basic`. */
  readonly client_secret?: string;
  /** With client_assertion. */
  readonly client_assertion_type?: string;
  /** RFC 7523: signed by a key of the service account, for this issuer alone, at most 300 s ahead, good once. */
  readonly client_assertion?: string;
  readonly token: string;
  /** Not needed: every token says by its beginning what it is. */
  readonly token_type_hint?: string;
};

export type StandingDto = {
  readonly active: boolean;
  readonly token_type?: "Bearer" | "DPoP" | "refresh_token" | "api_key";
  /** The principal. */
  readonly sub?: string;
  readonly sub_type?: "user" | "service";
  readonly client_id?: string;
  readonly scope?: string;
  /** The one project that it is for. */
  readonly prj?: string;
  readonly iss?: string;
  readonly aud?: string;
  readonly jti?: string;
  readonly acr?: "aal1" | "aal2" | "aal3";
  readonly auth_time?: number;
  readonly iat?: number;
  readonly nbf?: number;
  readonly exp?: number;
  /** What it is bound to; whoever takes the token has to check that. */
  readonly cnf?: ConfirmationDto;
};

export type ConfirmationDto = {
  /** RFC 8705: over connections of this certificate alone. */
  readonly "x5t#S256"?: string;
  /** RFC 9449: with proofs of this key alone. */
  readonly jkt?: string;
};

export type DeviceFormDto = {
  readonly client_id: string;
  /** Everything that the client may have when absent. */
  readonly scope?: string;
};

export type DeviceCodesDto = {
  /** A secret of the device. */
  readonly device_code: string;
  /** What the person types. */
  readonly user_code: string;
  readonly verification_uri: string;
  readonly verification_uri_complete: string;
  /** Seconds. */
  readonly expires_in: number;
  /** Seconds between two polls; five more with each `slow_down`. */
  readonly interval: number;
};

export type AccessBlockListDto = {
  /** Those in force, oldest first. */
  readonly items: readonly AccessBlockDto[];
  /** The next page; null on the last. */
  readonly next: string | null;
};

export type AccessBlockDto = {
  /** The entry of the ledger about it has this as its target; in it, for who may read personal data, stands the address. */
  readonly id: string;
  /** A keyed digest of the address (of IPv6, of its /64): the same for each block of it. */
  readonly source: string;
  /** How many times in a row it went on after it had been refused. */
  readonly offences: number;
  readonly beganAt: string;
  /** It ends by itself. */
  readonly endsAt: string;
};

export type AddressDto = {
  /** Null: nowhere; a link is then shown to who makes it. */
  readonly email: string | null;
};

export type SessionListDto = {
  /** In order of creation. */
  readonly items: readonly SessionDto[];
  /** The next page; null on the last. */
  readonly next: string | null;
};

export type SessionDto = {
  readonly id: string;
  /** Whether it is the one that asks. */
  readonly current: boolean;
  /** The client that it was opened for; null for a login of Quantonium itself. */
  readonly clientId: string | null;
  readonly scope: string;
  readonly assurance: "aal1" | "aal2" | "aal3";
  /** What was proved, as RFC 8176 calls it. */
  readonly methods: readonly string[];
  /** What its tokens are bound to. */
  readonly boundTo: "certificate" | "dpop" | null;
  /** Where it was opened from. */
  readonly source: string | null;
  /** What the program there called itself. */
  readonly userAgent: string | null;
  readonly createdAt: string;
  /** When the holder last proved who they are. */
  readonly authenticatedAt: string;
  /** When it was last refreshed or renewed. */
  readonly lastUsedAt: string;
  /** When it ends unless it is refreshed before. */
  readonly expiresAt: string;
  /** When it ends whatever is refreshed. */
  readonly endsAt: string;
};

export type SessionsEndedDto = {
  /** How many there were to end. */
  readonly sessionsEnded: number;
};

export type CreateApiKeyDto = {
  /** For people: where it is used. */
  readonly label?: string;
  /** What it may be used for, separated by single spaces: nothing that the token of this request may not be used for. Always said, so that nobody makes a key for everything by saying nothing. */
  readonly scope: string;
  /** Id or slug of the one project that it is for; every project of its owner when absent. */
  readonly project?: string;
  readonly lifetimeDays?: number;
};

export type NewApiKeyDto = {
  readonly id: string;
  /** The beginning of its text, by which it is told from others. */
  readonly prefix: string;
  /** The user or service account whose key it is. */
  readonly ownerId: string;
  /** What its owner is. */
  readonly ownerKind: "user" | "service";
  readonly label: string | null;
  readonly scope: string;
  /** The one project that it is for; null for every project of its owner. */
  readonly projectId: string | null;
  readonly createdAt: string;
  /** The principal who made it, and has seen it. */
  readonly createdBy: string;
  /** From this instant on it is refused. */
  readonly expiresAt: string;
  /** To about a minute; null when it was never used. */
  readonly lastUsedAt: string | null;
  /** The key: shown here and never again. Send it as `Authorization: Bearer …`. */
  readonly key: string;
};

export type ApiKeyListDto = {
  /** In order of creation; the expired for another 30 days. */
  readonly items: readonly ApiKeyDto[];
  /** The next page; null on the last. */
  readonly next: string | null;
};

export type ApiKeyDto = {
  readonly id: string;
  /** The beginning of its text, by which it is told from others. */
  readonly prefix: string;
  /** The user or service account whose key it is. */
  readonly ownerId: string;
  /** What its owner is. */
  readonly ownerKind: "user" | "service";
  readonly label: string | null;
  readonly scope: string;
  /** The one project that it is for; null for every project of its owner. */
  readonly projectId: string | null;
  readonly createdAt: string;
  /** The principal who made it, and has seen it. */
  readonly createdBy: string;
  /** From this instant on it is refused. */
  readonly expiresAt: string;
  /** To about a minute; null when it was never used. */
  readonly lastUsedAt: string | null;
};

export type LoginDto = {
  readonly username: string;
  readonly password: string;
  /** What the token may be used for, separated by single spaces (RFC 6749 §3.3); everything when absent. */
  readonly scope?: string;
};

export type MfaRequiredDto = {
  /** There is no token yet. */
  readonly mfa_required: true;
  /** For `POST /v1/auth/mfa/verify`: good once, and no credential anywhere else. */
  readonly ticket: string;
  /** Seconds for which the ticket is good. */
  readonly expires_in: number;
  /** What the account has; one of them is enough. */
  readonly factors: readonly ("totp" | "webauthn" | "recovery")[];
};

export type CertificateLoginDto = {
  /** What the token may be used for, separated by single spaces (RFC 6749 §3.3); everything when absent. */
  readonly scope?: string;
};

export type AccountDto = {
  readonly id: string;
  readonly kind: "user" | "service";
  /** Null for a service account. */
  readonly username: string | null;
  readonly displayName: string | null;
  /** When true, only the routes of the own account are open. */
  readonly mustChangePassword: boolean;
  readonly sessionId: string | null;
  readonly scope: string;
  readonly assurance: "aal1" | "aal2" | "aal3";
  readonly authenticatedAt: string;
  /** The one project that the token is for. */
  readonly projectId: string | null;
};

export type ChangePasswordDto = {
  readonly currentPassword: string;
  /** 15 to 1024 characters; not a common password, not made of the account’s or the product’s name. */
  readonly newPassword: string;
};

export type CreateClientCertificateDto = {
  /** One X.509 certificate in PEM, of an authority that TLS_CLIENT_CA_FILE names. */
  readonly certificate: string;
  /** For people: where it is used. */
  readonly label?: string;
};

export type ClientCertificateDto = {
  readonly id: string;
  /** SHA-256 of the certificate in base64url: `x5t#S256` of RFC 8705 §3.1. */
  readonly thumbprint: string;
  readonly label: string | null;
  readonly createdAt: string;
  /** The principal who gave it to the account. */
  readonly createdBy: string;
  /** The end of the certificate itself. */
  readonly expiresAt: string;
};

export type ClientCertificateListDto = {
  /** Oldest first; the expired for another 30 days. */
  readonly items: readonly ClientCertificateDto[];
};

export type CreateClientSecretDto = {
  /** For people: where it is used. */
  readonly label?: string;
  readonly lifetimeDays?: number;
};

export type NewClientSecretDto = {
  readonly id: string;
  readonly label: string | null;
  readonly createdAt: string;
  /** The principal who made it, and has seen it. */
  readonly createdBy: string;
  /** From this instant on it is refused. */
  readonly expiresAt: string;
  /** Shown here and never again. */
  readonly secret: string;
};

export type ClientSecretListDto = {
  /** Oldest first; the expired for another 30 days. */
  readonly items: readonly ClientSecretDto[];
};

export type ClientSecretDto = {
  readonly id: string;
  readonly label: string | null;
  readonly createdAt: string;
  /** The principal who made it, and has seen it. */
  readonly createdBy: string;
  /** From this instant on it is refused. */
  readonly expiresAt: string;
};

export type CreateInviteDto = {
  /** What the account will be called. */
  readonly username: string;
  readonly displayName?: string;
  /** Where the link goes, if this server sends mail; and later links to the account, which nobody but an administrator leads elsewhere. */
  readonly email?: string;
  /** The roles that the account will have: none that the caller could not give by this token, now and at the acceptance. None when absent. */
  readonly roles?: readonly InvitedRoleDto[];
  readonly lifetimeHours?: number;
};

export type InvitedRoleDto = {
  /** The id or name of a role. */
  readonly role: string;
  /** `global`, or `project:` with the id or slug of a project. */
  readonly scope: string;
  /** From this instant on, it gives nothing. */
  readonly expiresAt?: string;
};

export type MadeInviteDto = {
  readonly id: string;
  readonly username: string;
  readonly displayName: string | null;
  readonly email: string | null;
  /** What it gives, if who invited can still give it. */
  readonly roles: readonly PromisedRoleDto[];
  /** The principal who invited. */
  readonly invitedBy: string;
  readonly createdAt: string;
  /** From this instant on it is refused. */
  readonly expiresAt: string;
  /** Shown here and never again; null when it was mailed. Whoever has it makes the account. */
  readonly link: string | null;
};

export type PromisedRoleDto = {
  readonly role: string;
  readonly scope: string;
  readonly expiresAt: string | null;
};

export type InviteListDto = {
  /** In order of creation: those that wait, and for a week those that have expired. */
  readonly items: readonly InviteDto[];
  /** The next page; null on the last. */
  readonly next: string | null;
};

export type InviteDto = {
  readonly id: string;
  readonly username: string;
  readonly displayName: string | null;
  readonly email: string | null;
  /** What it gives, if who invited can still give it. */
  readonly roles: readonly PromisedRoleDto[];
  /** The principal who invited. */
  readonly invitedBy: string;
  readonly createdAt: string;
  /** From this instant on it is refused. */
  readonly expiresAt: string;
};

export type JwksDto = {
  readonly keys: readonly JwkDto[];
};

export type JwkDto = {
  readonly kty: "EC" | "OKP" | "RSA";
  /** Of EC and OKP keys. */
  readonly crv?: "P-256" | "Ed25519";
  /** Of EC and OKP keys. */
  readonly x?: string;
  /** Of EC keys. */
  readonly y?: string;
  /** Of RSA keys; shortened here. */
  readonly n?: string;
  /** Of RSA keys. */
  readonly e?: string;
  readonly use: "sig";
  readonly alg: "ES256" | "EdDSA" | "RS256";
  /** RFC 7638 thumbprint. */
  readonly kid: string;
};

export type ShownAddressDto = {
  readonly email: string | null;
};

export type OwnFactorsDto = {
  /** What a login asks for beside the password; empty: nothing. */
  readonly factors: readonly ("totp" | "webauthn" | "recovery")[];
  /** Since when there is a generator of codes. */
  readonly totpSince: string | null;
  readonly passkeys: readonly PasskeyDto[];
  readonly recoveryCodesLeft: number;
};

export type PasskeyDto = {
  readonly id: string;
  readonly label: string | null;
  /** Whether its private key may be copied to other devices of the person. */
  readonly synced: boolean;
  readonly createdAt: string;
  readonly lastUsedAt: string | null;
};

export type NewTotpDto = {
  /** What an application makes the codes from, in base 32: shown this once. */
  readonly secret: string;
  /** The same as an address, for a QR code. */
  readonly uri: string;
};

export type ConfirmTotpDto = {
  /** The code that the application shows now; it is used up by this. */
  readonly code: string;
};

export type PasskeyOfferDto = {
  readonly rp?: {
    readonly id: string;
    readonly name: string;
  };
  readonly user?: {
    readonly id: string;
    readonly name: string;
    readonly displayName: string;
  };
  /** Good once, for five minutes, for this session. */
  readonly challenge: string;
  /** COSE algorithms, the preferred first. */
  readonly pubKeyCredParams: readonly {
    readonly type: string;
    readonly alg: number;
  }[];
  /** Milliseconds. */
  readonly timeout: number;
  /** Passkeys that the account has: their authenticators make no second one. */
  readonly excludeCredentials: readonly CredentialDescriptorDto[];
  readonly authenticatorSelection?: {
    readonly residentKey: string;
    readonly userVerification: string;
  };
  /** Who made the authenticator is not asked. */
  readonly attestation: "none";
};

export type CredentialDescriptorDto = {
  readonly type: "public-key";
  /** base64url. */
  readonly id: string;
  /** How the authenticator is reached, as it said. */
  readonly transports: readonly string[];
};

export type EnrolPasskeyDto = {
  /** What `navigator.credentials.create` gave, by its `toJSON()`. */
  readonly credential: { readonly [name: string]: unknown };
  /** What the person calls it. */
  readonly label?: string;
};

export type EnrolledPasskeyDto = {
  /** Send it as `Authorization: Bearer …`, or `DPoP …` if that is its type. */
  readonly access_token: string;
  /** DPoP: bound to the key whose proof came with the request, and good with further proofs of it (RFC 9449). */
  readonly token_type: "Bearer" | "DPoP";
  /** Seconds. */
  readonly expires_in: number;
  /** Good for one exchange at `POST /v1/auth/refresh`; absent where the session is not refreshed. */
  readonly refresh_token?: string;
  readonly scope: string;
  readonly passkeyId: string;
};

export type RecoveryCodesDto = {
  /** Ten, each good once; shown this once, and in the place of those of before. */
  readonly codes: readonly string[];
};

export type ResetLinkDto = {
  /** Shown here and never again; null when it was mailed to the account’s address. */
  readonly link: string | null;
  /** From this instant on it is refused. */
  readonly expiresAt: string;
};

export type TicketDto = {
  /** From the answer of `POST /v1/auth/login`. */
  readonly ticket: string;
};

export type PasskeyQuestionDto = {
  /** To be signed: good once, for five minutes, for what it was asked for. */
  readonly challenge: string;
  /** The host of the public address. */
  readonly rpId: string;
  /** Milliseconds. */
  readonly timeout: number;
  /** The authenticator verifies its holder: a PIN, a finger, a face. */
  readonly userVerification: "required";
  /** The passkeys of the account; empty where it is not known whose they are. */
  readonly allowCredentials: readonly CredentialDescriptorDto[];
};

export type VerifyFactorDto = {
  /** Of `totp`: six digits. Of `recovery`: one of the codes, with or without its dashes. */
  readonly code?: string;
  /** Of `webauthn`: what `navigator.credentials.get` gave, by its `toJSON()`. */
  readonly credential?: { readonly [name: string]: unknown };
  /** From the answer of `POST /v1/auth/login`. */
  readonly ticket: string;
  /** One of those that the answer of the login named. */
  readonly factor: "totp" | "webauthn" | "recovery";
};

export type PasskeyLoginDto = {
  /** What `navigator.credentials.get` gave, by its `toJSON()`. */
  readonly credential: { readonly [name: string]: unknown };
  /** What the token may be used for, separated by single spaces (RFC 6749 §3.3); everything when absent. */
  readonly scope?: string;
};

export type StepUpDto = {
  /** Of `totp`: six digits. Of `recovery`: one of the codes, with or without its dashes. */
  readonly code?: string;
  /** Of `webauthn`: what `navigator.credentials.get` gave, by its `toJSON()`. */
  readonly credential?: { readonly [name: string]: unknown };
  /** `password` where the account has no second factor: the login is fresh then, and no stronger. */
  readonly factor: "totp" | "webauthn" | "recovery" | "password";
  /** Of `password`. */
  readonly password?: string;
};

export type AcceptInviteDto = {
  /** What stands behind the # of the link. */
  readonly token: string;
  /** 15 to 1024 characters; not one that is known from leaks, not made of the account’s or the product’s name. */
  readonly password: string;
};

export type NewAccountDto = {
  readonly id: string;
  /** What to log in with. */
  readonly username: string;
};

export type RegisterDto = {
  readonly username: string;
  /** 15 to 1024 characters; not one that is known from leaks, not made of the account’s or the product’s name. */
  readonly password: string;
  readonly displayName?: string;
};

export type RequestResetDto = {
  readonly username: string;
};

export type ResetPasswordDto = {
  /** What stands behind the # of the link. */
  readonly token: string;
  /** 15 to 1024 characters; not one that is known from leaks, not made of the account’s or the product’s name. 8 characters are enough for an account with a second factor. */
  readonly newPassword: string;
};

export type CreateServiceAccountDto = {
  readonly name: string;
  /** Whether each token of it is bound to a key whose possession it proves (RFC 9449), or to its client certificate (RFC 8705). */
  readonly dpopRequired?: boolean;
};

export type ServiceAccountDto = {
  readonly id: string;
  readonly name: string;
  readonly status: "active" | "disabled";
  /** The person who answers for it: it may do nothing that they may not. */
  readonly ownerId: string;
  /** While its owner is disabled, the account may do nothing. */
  readonly ownerStatus: "active" | "disabled";
  /** Whether it is given nothing that is not bound to a key or a certificate which it has. */
  readonly dpopRequired: boolean;
  readonly createdAt: string;
  /** Who made the account: a user or another service account. */
  readonly createdBy: string | null;
};

export type ServiceAccountListDto = {
  /** In order of creation. */
  readonly items: readonly ServiceAccountDto[];
  /** The next page; null on the last. */
  readonly next: string | null;
};

export type UpdateServiceAccountDto = {
  readonly name?: string;
  /** Whether each token of it is bound to a key whose possession it proves (RFC 9449), or to its client certificate (RFC 8705). */
  readonly dpopRequired?: boolean;
};

export type HandOverDto = {
  /** A user with an active account. */
  readonly ownerId: string;
};

export type RefreshDto = {
  /** The newest one of the session. */
  readonly refresh_token: string;
  /** What the access token may be used for: some of the session’s scopes (RFC 6749 §6); all of them when absent. */
  readonly scope?: string;
};

export type CreateUserDto = {
  readonly username: string;
  /** To be changed at the first login. Without it a one-time password is made and shown once. */
  readonly password?: string;
  readonly displayName?: string;
};

export type CreatedUserDto = {
  readonly id: string;
  readonly username: string;
  readonly displayName: string | null;
  readonly status: "active" | "disabled";
  readonly mustChangePassword: boolean;
  readonly createdAt: string;
  /** Who made the account; null for one that the first start or a recovery made. */
  readonly createdBy: string | null;
  /** Shown in this answer and never again; absent when a password was given. */
  readonly oneTimePassword?: string;
};

export type UserListDto = {
  /** In order of creation. */
  readonly items: readonly ShownUserDto[];
  /** The next page; null on the last. */
  readonly next: string | null;
};

export type ShownUserDto = {
  readonly id: string;
  readonly username?: string;
  readonly displayName?: string | null;
  readonly status?: "active" | "disabled";
  readonly mustChangePassword?: boolean;
  readonly createdAt?: string;
  /** Who made the account; null for one that the first start or a recovery made. */
  readonly createdBy?: string | null;
};

export type UpdateUserDto = {
  /** What others see beside the username; null takes it away. */
  readonly displayName: string | null;
};

export type UserDto = {
  readonly id: string;
  readonly username: string;
  readonly displayName: string | null;
  readonly status: "active" | "disabled";
  readonly mustChangePassword: boolean;
  readonly createdAt: string;
  /** Who made the account; null for one that the first start or a recovery made. */
  readonly createdBy: string | null;
};

export type ApprovalListDto = {
  /** The newest first: one's own, and those of scopes where one may see them. */
  readonly items: readonly ApprovalDto[];
  /** The next page; null on the last. */
  readonly next: string | null;
};

export type ApprovalDto = {
  /** What the request is repeated with, in `Approval-Id`, once it is approved. */
  readonly id: string;
  /** Only a pending one is decided, and only an approved one used, once. */
  readonly state: "pending" | "approved" | "rejected" | "withdrawn" | "used" | "expired";
  /** Who asked, and may use it. */
  readonly requesterId: string;
  /** Method and pattern of the request. */
  readonly route: string;
  /** What who approves must be permitted too. */
  readonly permission: string;
  /** `global`, or the project. */
  readonly scope: string;
  /** What it would be done to. */
  readonly target: ApprovalTargetDto;
  /** What would happen. */
  readonly summary: string;
  /** When it was asked for. */
  readonly createdAt: string;
  /** Not used before, it is never used. */
  readonly expiresAt: string;
  /** Who approved, rejected or withdrew it. */
  readonly decidedBy: string | null;
  /** When that was. */
  readonly decidedAt: string | null;
  /** Why it was rejected. */
  readonly reason: string | null;
  /** When the deed was done. */
  readonly usedAt: string | null;
};

export type ApprovalTargetDto = {
  /** The kind of thing. */
  readonly type: string;
  /** Which one. */
  readonly uid: string;
  /** The version that the approval is for; changed since, it takes another one. */
  readonly version: number | null;
};

export type RejectApprovalDto = {
  /** For who asked. */
  readonly reason?: string;
};

export type BreakGlassAccountListDto = {
  /** By id. */
  readonly items: readonly BreakGlassAccountDto[];
  /** The next page; null on the last. */
  readonly next: string | null;
};

export type BreakGlassAccountDto = {
  /** The user. */
  readonly principalId: string;
  /** Since when it may be used. */
  readonly enrolledAt: string;
  /** Who enrolled it. */
  readonly enrolledBy: string;
};

export type EnrollBreakGlassDto = {
  /** A user without a role. */
  readonly principalId: string;
};

export type BreakGlassUseListDto = {
  /** The newest first. */
  readonly items: readonly BreakGlassUseDto[];
  /** The next page; null on the last. */
  readonly next: string | null;
};

export type BreakGlassUseDto = {
  /** Stands as `breakGlass` in every entry of the ledger that it led to. */
  readonly id: string;
  /** The account. */
  readonly principalId: string;
  /** Why. */
  readonly reason: string;
  /** When it began. */
  readonly openedAt: string;
  /** When it ends, or ended. */
  readonly endsAt: string;
  /** Who looked at it; until somebody has, the account is not used again. */
  readonly reviewedBy: string | null;
  /** When that was. */
  readonly reviewedAt: string | null;
  /** What they found. */
  readonly findings: string | null;
};

export type OpenBreakGlassDto = {
  /** Why; read by who looks at it afterwards. */
  readonly reason: string;
};

export type ReviewBreakGlassDto = {
  /** What was found. */
  readonly findings: string;
};

export type PermissionListDto = {
  /** All that there are, by name. */
  readonly items: readonly PermissionDto[];
};

export type PermissionDto = {
  readonly name: string;
  /** The token scope without which no role helps. */
  readonly scope: "read:data" | "run:simulation" | "write:data" | "manage:keys" | "manage:registry" | "read:audit" | "manage:identity" | "manage:policy";
  readonly description: string;
  /** The least assurance level of the session. */
  readonly assurance: "aal1" | "aal2" | "aal3";
  /** Every authenticated principal has it, without a role. */
  readonly everyone: boolean;
};

export type PolicyQuestionDto = {
  /** The user or service account. */
  readonly subjectId: string;
  /** One of `GET /v1/permissions`. */
  readonly permission: string;
  /** `global`, or `project:` with the id or slug of a project. */
  readonly scope: string;
  /** Of the object that it would be done to. A rule about what is not said allows nothing, and denies. */
  readonly attributes?: { readonly [name: string]: unknown };
  readonly credential?: CredentialDto;
};

export type CredentialDto = {
  /** Scopes of the token; all of them unless told. */
  readonly scopes?: readonly ("read:data" | "run:simulation" | "write:data" | "manage:keys" | "manage:registry" | "read:audit" | "manage:identity" | "manage:policy")[];
  /** How strongly the login was proven; `aal1` unless told. */
  readonly assurance?: "aal1" | "aal2" | "aal3";
  /** Where the request would come from. Without it no rule that asks for the address is met. */
  readonly ip?: string;
};

export type PolicyCheckDto = {
  readonly allowed: boolean;
};

export type ExplanationDto = {
  readonly allowed: boolean;
  /** The problem that a request would be answered with; null when it is allowed. */
  readonly code: string | null;
  /** What settled it. `owner-…`: the person who answers for the service account. */
  readonly decidedBy: "account-disabled" | "token-scope" | "allow-rule" | "everyone" | "deny-rule" | "no-rule" | "owner-denies" | "owner-lacks" | "token-project" | "project-unseen" | "assurance" | "project-archived";
  /** The rule of the subject that decided, or that allowed what something else then refused. */
  readonly rule: NamedRuleDto | null;
  /** That of the person who answers for a service account. */
  readonly ownersRule: NamedRuleDto | null;
  readonly needed: NeededDto;
};

export type NamedRuleDto = {
  /** The role binding by which it is held. */
  readonly bindingId: string;
  /** The role that is bound. */
  readonly role: string;
  /** The role that says it: the bound one, or one that it inherits from. */
  readonly definedIn: string;
  /** Its place among the rules of that role, from 0. */
  readonly index: number;
  /** Where the binding reaches. */
  readonly scope: string;
  /** When the binding ends. */
  readonly expiresAt: string | null;
  readonly rule: RuleDto;
};

export type RuleDto = {
  /** A deny overrides every allow. */
  readonly effect: "allow" | "deny";
  /** `*` is every resource. */
  readonly resource: string;
  /** `*` is every verb. */
  readonly verbs: readonly string[];
  /** Only these members of what is answered, where the resource can leave some out. A route that cannot takes an allow of some fields for none, and a deny of some for one of all. */
  readonly fields?: readonly string[];
  /** Only of what meets the condition: attributes of the resource, of `env` and of `subject`, each with operators ($eq, $ne, $in, $nin, $lt, $lte, $gt, $gte, $exists, $cidr, $within), beside $and and $or. At most 64 tests, on 4 levels. */
  readonly where?: { readonly [name: string]: unknown };
};

export type NeededDto = {
  /** The token scope that is missing. */
  readonly scope: "read:data" | "run:simulation" | "write:data" | "manage:keys" | "manage:registry" | "read:audit" | "manage:identity" | "manage:policy" | null;
  /** The assurance level that the login lacks. */
  readonly assurance: "aal1" | "aal2" | "aal3" | null;
  /** Roles of which each alone would allow it there. */
  readonly roles: readonly string[];
};

export type DryRunRequestDto = {
  /** A role would be given. */
  readonly bind?: DryBindDto;
  /** A role would be taken away. */
  readonly unbind?: DryUnbindDto;
  /** A role would say something else, or inherit from others. */
  readonly role?: DryRoleDto;
};

export type DryBindDto = {
  readonly subjectId: string;
  /** The id or name of a role. */
  readonly role: string;
  /** `global`, or `project:` with the id or slug of a project. */
  readonly scope: string;
  readonly expiresAt?: string;
};

export type DryUnbindDto = {
  /** A role binding. */
  readonly bindingId: string;
};

export type DryRoleDto = {
  /** The id or name of a role that is not builtin. */
  readonly role: string;
  /** All that it would say; what it says now unless told. */
  readonly rules?: readonly RuleDto[];
  /** All that it would inherit from; what it inherits from now unless told. */
  readonly parents?: readonly string[];
};

export type DryRunDto = {
  /** Of those whom the change concerns, 1000 at most. */
  readonly subjectsExamined: number;
  /** There are more subjects than were looked at: what is said is true, and not all. */
  readonly truncated: boolean;
  /** Who would gain or lose something. */
  readonly affected: readonly AffectedDto[];
};

export type AffectedDto = {
  readonly subjectId: string;
  /** What is so everywhere is said once, of the scope `global`. */
  readonly differences: readonly DifferenceDto[];
};

export type DifferenceDto = {
  readonly permission: string;
  readonly scope: string;
  readonly before: "always" | "sometimes" | "never";
  readonly after: "always" | "sometimes" | "never";
  /** `changed`: it depends on the object or the request before and after, by other rules. */
  readonly effect: "gains" | "loses" | "changed";
};

export type EffectivePolicyDto = {
  readonly subjectId: string;
  readonly scope: string;
  /** Who is disabled may do nothing, whatever their roles say. */
  readonly active: boolean;
  /** What it holds there, and is in force. */
  readonly roles: readonly HeldRoleDto[];
  /** What it may do there, by name; of a service account, what its owner may do too. */
  readonly permissions: readonly EffectivePermissionDto[];
};

export type HeldRoleDto = {
  /** The role binding. */
  readonly bindingId: string;
  readonly role: string;
  /** The role with all that it inherits from. */
  readonly lineage: readonly string[];
  readonly scope: string;
  readonly expiresAt: string | null;
};

export type EffectivePermissionDto = {
  readonly permission: string;
  /** `sometimes`: it depends on the object, or on the request. */
  readonly extent: "always" | "sometimes";
};

export type ProjectApprovalsDto = {
  /** Whether what cannot be undone takes a second person here. */
  readonly required: boolean;
};

export type ProjectMemberListDto = {
  /** By subject. */
  readonly items: readonly ProjectMemberDto[];
  /** The next page; null on the last. */
  readonly next: string | null;
};

export type ProjectMemberDto = {
  /** A user or service account. */
  readonly subjectId: string;
  /** What it was given in this project, oldest first. Roles that it has globally are not among them. */
  readonly bindings: readonly RoleBindingDto[];
};

export type RoleBindingDto = {
  readonly id: string;
  readonly subjectId: string;
  readonly role: string;
  readonly scope: string;
  readonly expiresAt: string | null;
  readonly createdAt: string;
  /** The principal who bound it, or the component that did (`bootstrap`). */
  readonly createdBy: string;
};

export type PutMemberDto = {
  /** All the roles that the subject is to have in the project; those that it has and that are not named are taken away. */
  readonly roles: readonly MemberRoleDto[];
};

export type MemberRoleDto = {
  /** The id or name of a role. */
  readonly role: string;
  /** From this instant on, it gives nothing. */
  readonly expiresAt?: string;
};

export type CreateProjectDto = {
  /** Names the project in requests and image names; never changes. */
  readonly slug: string;
  /** For people. */
  readonly name: string;
};

export type ProjectDto = {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly createdAt: string;
  /** From then on nothing new is made in it, and what is there can be read and taken away; null while it is in use. */
  readonly archivedAt: string | null;
  /** Whether what cannot be undone takes a second person there (`PUT /v1/projects/:id/approvals`). */
  readonly approvalsRequired: boolean;
};

export type ProjectListDto = {
  /** Oldest first; those that the caller may see. */
  readonly items: readonly ProjectDto[];
  /** The next page; null on the last. */
  readonly next: string | null;
};

export type UpdateProjectDto = {
  /** For people. The slug never changes. */
  readonly name: string;
};

export type CreateRoleBindingDto = {
  /** The user or service account. */
  readonly subjectId: string;
  /** The id or name of a role. */
  readonly role: string;
  /** `global`, or `project:` with the id or slug of a project. */
  readonly scope: string;
  /** From this instant on, the binding gives nothing. */
  readonly expiresAt?: string;
};

export type RoleBindingListDto = {
  /** Oldest first; those in scopes where the caller may see them. */
  readonly items: readonly RoleBindingDto[];
  /** The next page; null on the last. */
  readonly next: string | null;
};

export type WriteRoleDto = {
  /** Unique, and not written like a UUID: bindings and parents may name a role by it. */
  readonly name: string;
  /** For people. */
  readonly description?: string;
  /** At most 100, and 32768 bytes of JSON. Resources and verbs are those of `GET /v1/permissions`. */
  readonly rules: readonly RuleDto[];
  /** Ids or names of roles whose rules it has too. At most five steps of inheritance follow one another. */
  readonly parents?: readonly string[];
};

export type RoleDto = {
  /** A UUID; of a builtin role its name. */
  readonly id: string;
  readonly name: string;
  /** The same in every installation, and never changed. */
  readonly builtin: boolean;
  readonly description: string;
  /** Its own, without those that it inherits. */
  readonly rules: readonly RuleDto[];
  /** Ids of the roles whose rules it has too. */
  readonly parents: readonly string[];
  /** Also its ETag. */
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
};

export type RoleListDto = {
  /** By id. */
  readonly items: readonly RoleDto[];
  /** The next page; null on the last. */
  readonly next: string | null;
};

export type RoleVersionListDto = {
  /** The newest first. */
  readonly items: readonly RoleVersionDto[];
  /** The next page; null on the last. */
  readonly next: string | null;
};

export type RoleVersionDto = {
  readonly version: number;
  readonly name: string;
  readonly description: string;
  readonly rules: readonly RuleDto[];
  readonly parents: readonly string[];
  /** From then on it said this. */
  readonly createdAt: string;
  /** Who wrote it; of a builtin role `release`. */
  readonly createdBy: string;
};

export type RoleDiffDto = {
  /** Null: unchanged. */
  readonly name: TextChangeDto | null;
  /** Null: unchanged. */
  readonly description: TextChangeDto | null;
  /** By what they say, in whatever order. */
  readonly rules: RuleChangesDto;
  readonly parents: ParentChangesDto;
};

export type TextChangeDto = {
  readonly from: string;
  readonly to: string;
};

export type RuleChangesDto = {
  readonly added: readonly RuleDto[];
  readonly removed: readonly RuleDto[];
};

export type ParentChangesDto = {
  readonly added: readonly string[];
  readonly removed: readonly string[];
};

export type CreateSeparationDto = {
  /** Two roles, by id or name. */
  readonly roles: readonly string[];
  /** For people. */
  readonly reason: string;
};

export type SeparationDto = {
  readonly id: string;
  /** Ids. */
  readonly roles: readonly string[];
  readonly reason: string;
  readonly createdAt: string;
  readonly createdBy: string;
};

export type SeparationListDto = {
  /** Oldest first; those of the product, auditor beside whatever writes and owner beside whatever denies, are not among them. */
  readonly items: readonly SeparationDto[];
  /** The next page; null on the last. */
  readonly next: string | null;
};

export type EntryListDto = {
  /** Newest first, by their place in the log. */
  readonly items: readonly EntryDto[];
  /** How many leaves of the log were searched: what comes after is not published yet. */
  readonly size: number;
  /** The next page; null on the last. */
  readonly next: string | null;
};

export type EntryDto = {
  /** As in `Audit-Event-Id`. */
  readonly id: string;
  /** Its leaf in the tree; null while no checkpoint covers it. */
  readonly index: number | null;
  /** OCSF 1.8.0, with its leaf as `metadata.sequence`. Null while no checkpoint covers it, and where the stored bytes are no JSON: these are in its bundle and its receipt. */
  readonly entry: { readonly [name: string]: unknown } | null;
};

export type SingleEntryDto = {
  /** As in `Audit-Event-Id`. */
  readonly id: string;
  /** Its leaf in the tree; null while no checkpoint covers it. */
  readonly index: number | null;
  /** OCSF 1.8.0, with its leaf as `metadata.sequence`. Null while no checkpoint covers it, and where the stored bytes are no JSON: these are in its bundle and its receipt. */
  readonly entry: { readonly [name: string]: unknown } | null;
  /** With `personal=true`: what the entry holds encrypted about people, one a person. */
  readonly personal?: readonly PersonalDataDto[];
};

export type PersonalDataDto = {
  /** `erased`: its key was destroyed. `unreadable`: its key does not open it, so that one of the two was changed. */
  readonly state: "shown" | "erased" | "unreadable";
  /** Whose it is; null where nobody was known. */
  readonly subject?: string | null;
  readonly userName?: string;
  readonly email?: string;
  readonly ipAddress?: string;
  readonly userAgent?: string;
  readonly note?: string;
};

export type Proof = {
  /** Inclusion: index of the leaf. Consistency: size of the earlier tree. */
  readonly from: number;
  /** Size of the tree that the proof leads to. */
  readonly size: number;
  /** Hashes of RFC 6962, base64. */
  readonly hashes: readonly string[];
};

export type ErasureRequest = {
  /** Id of the user or service account. */
  readonly subject: string;
};

export type ErasureDto = {
  readonly subject: string;
  readonly erasedAt: string;
  /** One a month in which the ledger held something of theirs. */
  readonly keysDestroyed: number;
};

export type VerificationDto = {
  readonly id: string;
  readonly state: "queued" | "running" | "passed" | "failed";
  /** Id of who asked, or `night`. */
  readonly requestedBy: string;
  readonly requestedAt: string;
  readonly finishedAt: string | null;
  /** Leaves of the tree that is verified; 0 before it has begun. */
  readonly size: number;
  /** Leaves that have been verified so far. */
  readonly verified: number;
  readonly progress: number;
  /** What contradicts itself, a sentence each; 100 at most. */
  readonly mismatches: readonly string[];
};

export type VerificationListDto = {
  /** Newest first. */
  readonly items: readonly VerificationDto[];
  /** Address of the next page. */
  readonly next: string | null;
};

export type RuleListDto = {
  readonly items: readonly RuleDto[];
  /** The next page; null on the last. */
  readonly next: string | null;
};

export type TryRuleDto = {
  /** A Sigma rule, as YAML (with its parts, a document each) or as the object that the YAML stands for. It may correlate the rules that are loaded, by name or id. */
  readonly rule: string | { readonly [name: string]: unknown };
  /** Entries of this time and later. */
  readonly from: string;
  /** Entries before this time. */
  readonly to: string;
};

export type TrialDto = {
  /** In the order in which they would have been raised. */
  readonly alerts: readonly TriedAlertDto[];
  /** Entries of that time that were looked at. */
  readonly entries: number;
  /** Whether the whole time was looked at. */
  readonly complete: boolean;
  /** Of a result that is not complete, which limit was met: 200000 entries, 10 s, 50000 matches that correlations remember, or 100 alerts. */
  readonly endedBy: "entries" | "durationMillis" | "matches" | "alerts" | null;
  /** Of a result that is not complete, the time that was reached. */
  readonly endedAt: string | null;
};

export type TriedAlertDto = {
  readonly ruleId: string;
  readonly title: string;
  readonly severity: "informational" | "low" | "medium" | "high" | "critical";
  /** By what the rule groups, and the values that it found. */
  readonly group: { readonly [name: string]: string };
  /** Principals that it is about. */
  readonly subjects: readonly string[];
  /** Of what the rule counts. */
  readonly count: number;
  /** How often the rule would have fired: once to raise the alert, then to add to it. */
  readonly fired: number;
  readonly firstSeenAt: string;
  readonly lastSeenAt: string;
  /** Entries that show it; of many the first and the last. */
  readonly entryIds: readonly string[];
};

export type AlertListDto = {
  /** The youngest first. */
  readonly items: readonly AlertDto[];
  /** The next page; null on the last. */
  readonly next: string | null;
};

export type AlertDto = {
  readonly id: string;
  readonly rule: string;
  readonly title: string;
  readonly severity: "informational" | "low" | "medium" | "high" | "critical";
  readonly status: "open" | "acknowledged" | "resolved";
  readonly suppressedUntil: string | null;
  /** What the rule groups by: one alert a rule and group that is not resolved. */
  readonly group: { readonly [name: string]: string };
  /** Principals that it is about. */
  readonly subjects: readonly string[];
  /** Occurrences so far. */
  readonly count: number;
  readonly firstSeenAt: string;
  readonly lastSeenAt: string;
  /** Entries of the ledger that show it; of many, the first and the last. */
  readonly entryIds: readonly string[];
  /** How often it was opened again. */
  readonly reopened: number;
  readonly raisedAt: string;
  readonly resolvedAt: string | null;
};

export type AlertWithTransitionsDto = {
  readonly id: string;
  readonly rule: string;
  readonly title: string;
  readonly severity: "informational" | "low" | "medium" | "high" | "critical";
  readonly status: "open" | "acknowledged" | "resolved";
  readonly suppressedUntil: string | null;
  /** What the rule groups by: one alert a rule and group that is not resolved. */
  readonly group: { readonly [name: string]: string };
  /** Principals that it is about. */
  readonly subjects: readonly string[];
  /** Occurrences so far. */
  readonly count: number;
  readonly firstSeenAt: string;
  readonly lastSeenAt: string;
  /** Entries of the ledger that show it; of many, the first and the last. */
  readonly entryIds: readonly string[];
  /** How often it was opened again. */
  readonly reopened: number;
  readonly raisedAt: string;
  readonly resolvedAt: string | null;
  /** Its life so far, in order. */
  readonly transitions: readonly AlertTransitionDto[];
};

export type AlertTransitionDto = {
  readonly at: string;
  /** The principal who did it, or the component (`detection`). */
  readonly actor: string;
  readonly deed: "raise" | "acknowledge" | "resolve" | "reopen" | "suppress" | "unsuppress";
  /** The entry of the ledger, where the note is. */
  readonly entryId: string;
};

export type MoveAlertDto = {
  /** Why. Kept in the ledger alone, encrypted as personal data of who wrote it. */
  readonly note?: string;
};

export type SuppressAlertDto = {
  /** Why. Kept in the ledger alone, encrypted as personal data of who wrote it. */
  readonly note?: string;
  /** Until then the rule may fire without anybody being told: 90 days at most. */
  readonly until: string;
};

export type CreateWebhookDto = {
  /** Where to: https, and in production nothing else; to no private address, unless the operator allows it. */
  readonly url: string;
  /** Codes of events, prefixes that end with `.*`, or `*` for all. */
  readonly events: readonly string[];
  /** Id or slug of the project whose entries are sent. Without it: those of the whole server, which its keeper must be permitted to read. */
  readonly project?: string;
};

export type WebhookWithSecretDto = {
  readonly id: string;
  readonly url: string;
  readonly events: readonly string[];
  /** Null: of the whole server. */
  readonly projectId: string | null;
  readonly state: "enabled" | "disabled";
  /** By somebody; because its receiver answered 410; because too many messages waited for it. */
  readonly disabledReason: "person" | "gone" | "backlog" | null;
  /** Until then the secret before the last rotation signs too. */
  readonly formerSecretUntil: string | null;
  /** Who made it, or last changed its URL or its events. What is sent is what this principal may read at that time. */
  readonly createdBy: string;
  readonly createdAt: string;
  /** Signs the messages (Standard Webhooks). Shown in this answer and never again. */
  readonly secret: string;
};

export type WebhookListDto = {
  /** Oldest first; those that the caller may see. */
  readonly items: readonly WebhookDto[];
  /** The next page; null on the last. */
  readonly next: string | null;
};

export type WebhookDto = {
  readonly id: string;
  readonly url: string;
  readonly events: readonly string[];
  /** Null: of the whole server. */
  readonly projectId: string | null;
  readonly state: "enabled" | "disabled";
  /** By somebody; because its receiver answered 410; because too many messages waited for it. */
  readonly disabledReason: "person" | "gone" | "backlog" | null;
  /** Until then the secret before the last rotation signs too. */
  readonly formerSecretUntil: string | null;
  /** Who made it, or last changed its URL or its events. What is sent is what this principal may read at that time. */
  readonly createdBy: string;
  readonly createdAt: string;
};

export type UpdateWebhookDto = {
  readonly url?: string;
  readonly events?: readonly string[];
};

export type WebhookTestDto = {
  /** Of the delivery, and its `webhook-id`. */
  readonly deliveryId: string;
};

export type DeliveryListDto = {
  /** The youngest first; those of the last week. */
  readonly items: readonly DeliveryDto[];
  /** The next page; null on the last. */
  readonly next: string | null;
};

export type DeliveryDto = {
  /** The `webhook-id`, the same at every attempt. */
  readonly id: string;
  /** The entry of the ledger; null for a test. */
  readonly entryId: string | null;
  /** failed: given up; dropped: not for this receiver any more. */
  readonly state: "pending" | "delivered" | "failed" | "dropped";
  readonly attempts: number;
  /** Why it failed last, as `status-500`, `timeout` or `refused-address`. */
  readonly failure: string | null;
  readonly createdAt: string;
  readonly nextAttemptAt: string | null;
  readonly endedAt: string | null;
};

export type RepositoryListDto = {
  /** Oldest first; those that the caller may pull from. */
  readonly items: readonly RepositoryDto[];
  /** The next page; null on the last. */
  readonly next: string | null;
};

export type RepositoryDto = {
  readonly id: string;
  readonly projectId: string;
  /** As clients pull from it: the project’s slug, and what follows it. */
  readonly name: string;
  /** When something was pushed to it first. */
  readonly createdAt: string;
};

export type ManifestListDto = {
  /** In the order of their digests. */
  readonly items: readonly ManifestDto[];
  /** The next page; null on the last. */
  readonly next: string | null;
};

export type ManifestDto = {
  readonly digest: string;
  readonly mediaType: string;
  /** Its own, else that of its config. */
  readonly artifactType: string | null;
  /** The digest of what it is about. */
  readonly subject: string | null;
  /** It says something about another manifest and cannot be run: a signature, a bill of materials, a report. It is given out whatever its state is, unless it was revoked. */
  readonly isEvidence: boolean;
  /** Of the manifest itself. */
  readonly sizeBytes: number;
  /** Of what it names: its config and layers. */
  readonly contentBytes: number;
  readonly state: "quarantined" | "verified" | "released" | "deprecated" | "revoked";
  /** As it was given, or what an evaluation found missing. */
  readonly stateReason: string | null;
  readonly stateSince: string;
  /** Whether it was held against the policy, its keys and what refers to it as they are now. What is `verified` and was not counts as `quarantined`. */
  readonly isEvaluated: boolean;
  /** Counts changes of the state; the ETag. */
  readonly version: number;
  /** The principal’s id. */
  readonly pushedBy: string;
  readonly pushedAt: string;
  /** That point to it; a hundred at most. */
  readonly tags: readonly string[];
};

export type ManifestDetailDto = {
  readonly digest: string;
  readonly mediaType: string;
  /** Its own, else that of its config. */
  readonly artifactType: string | null;
  /** The digest of what it is about. */
  readonly subject: string | null;
  /** It says something about another manifest and cannot be run: a signature, a bill of materials, a report. It is given out whatever its state is, unless it was revoked. */
  readonly isEvidence: boolean;
  /** Of the manifest itself. */
  readonly sizeBytes: number;
  /** Of what it names: its config and layers. */
  readonly contentBytes: number;
  readonly state: "quarantined" | "verified" | "released" | "deprecated" | "revoked";
  /** As it was given, or what an evaluation found missing. */
  readonly stateReason: string | null;
  readonly stateSince: string;
  /** Whether it was held against the policy, its keys and what refers to it as they are now. What is `verified` and was not counts as `quarantined`. */
  readonly isEvaluated: boolean;
  /** Counts changes of the state; the ETag. */
  readonly version: number;
  /** The principal’s id. */
  readonly pushedBy: string;
  readonly pushedAt: string;
  /** That point to it; a hundred at most. */
  readonly tags: readonly string[];
  /** What says that it is about this manifest, by digest; a hundred at most. */
  readonly referrers: readonly ReferrerDto[];
  /** Those that were found good at the last evaluation. */
  readonly signatures: readonly FoundSignatureDto[];
};

export type ReferrerDto = {
  readonly digest: string;
  readonly mediaType: string;
  readonly artifactType: string | null;
};

export type FoundSignatureDto = {
  /** Of the manifest that holds the signature. */
  readonly manifestDigest: string;
  /** The project’s key or authority that it was made under. */
  readonly trustedKeyId: string;
  readonly format: "cosign" | "sigstore-bundle" | "notation";
  readonly verifiedAt: string;
};

export type TagListDto = {
  /** Sorted by name. */
  readonly items: readonly TagDto[];
  /** The next page; null on the last. */
  readonly next: string | null;
};

export type TagDto = {
  readonly name: string;
  /** What it points to. */
  readonly digest: string;
  /** Grows with each move; no number is given twice, to whatever tag. */
  readonly version: number;
  /** The principal’s id. */
  readonly movedBy: string;
  readonly movedAt: string;
};

export type EvaluationDto = {
  readonly digest: string;
  readonly state: "quarantined" | "verified" | "released" | "deprecated" | "revoked";
  /** Counts changes of the state; the ETag. */
  readonly version: number;
  /** What the policy demands and nothing was found for. With none it is `verified`. */
  readonly missing: readonly ("signature" | "sbom" | "scan-report" | "scan-severity")[];
  /** Found good. */
  readonly signatures: readonly SignatureFoundDto[];
};

export type SignatureFoundDto = {
  /** Of the manifest that holds the signature. */
  readonly manifestDigest: string;
  /** The project’s key or authority that it was made under. */
  readonly trustedKeyId: string;
  readonly format: "cosign" | "sigstore-bundle" | "notation";
};

export type TransitionDto = {
  /** From `verified` to `released`, from `released` to `deprecated`, and back. */
  readonly to: "released" | "deprecated";
  /** For people; of what is deprecated or revoked it is told to who pulls it. */
  readonly reason: string;
};

export type ManifestStateDto = {
  readonly digest: string;
  readonly state: "quarantined" | "verified" | "released" | "deprecated" | "revoked";
  /** Counts changes of the state; the ETag. */
  readonly version: number;
};

export type RevocationDto = {
  /** For people; of what is deprecated or revoked it is told to who pulls it. */
  readonly reason: string;
};

export type RegistryPolicyDto = {
  /** `off`: everything is given out. `warn`: with a `Warning` what nobody has released. `enforce`: that only to who may `registry:pull-quarantined`. */
  readonly mode: "off" | "warn" | "enforce";
  /** What an image needs to be `verified`, and `released`. */
  readonly demands: DemandsDto;
  /** Patterns of tags that, once made, are neither moved nor deleted. `*` stands for any characters. */
  readonly immutableTags: readonly string[];
  /** What retention keeps: what any rule keeps, and what none speaks of. With none nothing is taken away. */
  readonly retention: readonly RetentionRuleDto[];
  /** Counts changes of the policy and of the keys; the ETag. */
  readonly version: number;
};

export type DemandsDto = {
  /** A signature of a key or authority that the project lists. */
  readonly signature: boolean;
  /** Only signatures that name this repository on this server. Notation’s cannot. */
  readonly signatureNamesRepository: boolean;
  /** A bill of materials refers to it (SPDX, CycloneDX or Syft). */
  readonly sbom: boolean;
  /** The worst finding that the newest scan report which refers to it (SARIF 2.1.0) may have; null: none is asked for. */
  readonly scanSeverityMax: "none" | "low" | "medium" | "high" | "critical" | null;
  /** Somebody else than who asks has to agree before it is released. */
  readonly releaseFourEyes: boolean;
};

export type RetentionRuleDto = {
  /** Patterns of what follows the project’s slug in a repository’s name; `*` stands for any characters. */
  readonly repositories: readonly string[];
  /** Patterns of the tags that the rule speaks of; those that it does not keep go. With none it speaks of no tags. */
  readonly tags: readonly string[];
  /** Keeps all of them, whatever other rules say. */
  readonly keepAll?: boolean;
  /** Of each repository so many images that were pushed last, with all their tags that the rule speaks of. */
  readonly keepLatestPushed?: number | null;
  /** So many that were pulled last. */
  readonly keepLatestPulled?: number | null;
  /** What was pushed within so many days. */
  readonly keepPushedWithinDays?: number | null;
  /** What was pulled within so many days. */
  readonly keepPulledWithinDays?: number | null;
  /** What has no tag and belongs to nothing goes when nobody has pushed or pulled it, and no tag has left it, for so many days. Of several rules the longest counts. */
  readonly untaggedAfterDays?: number | null;
};

export type SetRegistryPolicyDto = {
  /** `off`: everything is given out. `warn`: with a `Warning` what nobody has released. `enforce`: that only to who may `registry:pull-quarantined`. */
  readonly mode: "off" | "warn" | "enforce";
  /** What an image needs to be `verified`, and `released`. */
  readonly demands: DemandsDto;
  /** Patterns of tags that, once made, are neither moved nor deleted. `*` stands for any characters. */
  readonly immutableTags: readonly string[];
  /** What retention keeps: what any rule keeps, and what none speaks of. With none nothing is taken away. */
  readonly retention: readonly RetentionRuleDto[];
};

export type StartRetentionRunDto = {
  /** Only tells what would be deleted. With `false` it is deleted. */
  readonly dryRun: boolean;
};

export type RetentionRunDetailDto = {
  readonly id: string;
  readonly projectId: string;
  readonly dryRun: boolean;
  /** The principal’s id, or the name of the daily job. */
  readonly startedBy: string;
  readonly startedAt: string;
  /** Null while it runs, and of one that was cut off. */
  readonly finishedAt: string | null;
  /** Repositories that were looked at. */
  readonly repositories: number;
  /** Tags that were deleted, or would be. */
  readonly tags: number;
  /** Manifests that were deleted, or would be. */
  readonly manifests: number;
  readonly keptTags: number;
  readonly keptManifests: number;
  /** Tags and manifests that were to go, and were pushed, pulled, moved, signed or decided about while the run was under way. */
  readonly leftAlone: number;
  /** It ended before the end, at its time or because the policy was changed: another run goes on. */
  readonly more: boolean;
  /** Why the rest is there. */
  readonly kept: readonly RetentionKeptDto[];
  /** What was deleted, or would be: two hundred at most. What was deleted is in the ledger too, each by itself. */
  readonly deleted: readonly RetentionDeletedDto[];
};

export type RetentionKeptDto = {
  readonly what: "tag" | "manifest";
  /** The condition of a rule (`keep-all`, `latest-pushed`, `latest-pulled`, `pushed-within`, `pulled-within`), `no-rule` where none speaks of it, `immutable`, `state` (released, deprecated or revoked), `grace`, `tag`, `untagged-within`, and `index` or `subject` for what belongs to something that stays. */
  readonly reason: string;
  readonly count: number;
};

export type RetentionDeletedDto = {
  readonly repository: string;
  /** Null: the manifest itself. */
  readonly tag: string | null;
  readonly digest: string;
  /** `expired`: rules speak of the tag, and none keeps it. `tags-expired`: the last of its tags goes. `untagged`: nothing held it for long. `index`, `subject`: with the index that named it, or what it was about. */
  readonly reason: "expired" | "tags-expired" | "untagged" | "index" | "subject";
};

export type RetentionRunListDto = {
  /** Newest first. */
  readonly items: readonly RetentionRunDto[];
  /** The next page; null on the last. */
  readonly next: string | null;
};

export type RetentionRunDto = {
  readonly id: string;
  readonly projectId: string;
  readonly dryRun: boolean;
  /** The principal’s id, or the name of the daily job. */
  readonly startedBy: string;
  readonly startedAt: string;
  /** Null while it runs, and of one that was cut off. */
  readonly finishedAt: string | null;
  /** Repositories that were looked at. */
  readonly repositories: number;
  /** Tags that were deleted, or would be. */
  readonly tags: number;
  /** Manifests that were deleted, or would be. */
  readonly manifests: number;
  readonly keptTags: number;
  readonly keptManifests: number;
  /** Tags and manifests that were to go, and were pushed, pulled, moved, signed or decided about while the run was under way. */
  readonly leftAlone: number;
  /** It ended before the end, at its time or because the policy was changed: another run goes on. */
  readonly more: boolean;
};

export type AddTrustedKeyDto = {
  /** For people. */
  readonly label: string;
  /** `public-key` is for signatures of cosign, and Sigstore bundles; `certificate-authority` for Notation’s. */
  readonly kind: "public-key" | "certificate-authority";
  /** PEM: a public key (ECDSA, Ed25519, or RSA from 2048 bits), or an X.509 certificate. */
  readonly material: string;
};

export type TrustedKeyDto = {
  readonly id: string;
  readonly label: string;
  readonly kind: "public-key" | "certificate-authority";
  /** As it was given. */
  readonly material: string;
  /** SHA-256 of the key’s SPKI, or of the certificate, in hex. */
  readonly fingerprint: string;
  /** The principal’s id. */
  readonly addedBy: string;
  readonly addedAt: string;
};

export type TrustedKeyListDto = {
  /** Oldest first. */
  readonly items: readonly TrustedKeyDto[];
  /** The next page; null on the last. */
  readonly next: string | null;
};

export type StartCollectionDto = {
  /** Only tells what would be removed. With `false` it is. */
  readonly dryRun: boolean;
};

export type CollectionRunDto = {
  readonly id: string;
  /** The principal’s id, or the name of what does it by itself. */
  readonly startedBy: string;
  readonly startedAt: string;
  /** Null while it waits or runs, and of one that was cut off. */
  readonly finishedAt: string | null;
  readonly dryRun: boolean;
  /** Blobs that a repository no longer shows. */
  readonly hidden: number;
  /** Blobs that are no more. */
  readonly removed: number;
  readonly removedBytes: number;
  /** It ended at its time, after twenty seconds: another run goes on. */
  readonly more: boolean;
};

export type CollectionRunListDto = {
  /** Newest first. */
  readonly items: readonly CollectionRunDto[];
  /** The next page; null on the last. */
  readonly next: string | null;
};

export type StartScrubDto = {
  /** Reads all blobs, manifests and tags of this repository. Without it, everything but the bytes of blobs is looked at, as once a day. */
  readonly repositoryId?: string;
  /** Only this manifest of it, with all that it names. */
  readonly digest?: string;
};

export type ScrubRunDetailDto = {
  readonly id: string;
  /** The principal’s id, or the name of what does it by itself. */
  readonly startedBy: string;
  readonly startedAt: string;
  /** Null while it waits or runs, and of one that was cut off. */
  readonly finishedAt: string | null;
  /** Files that were seen. */
  readonly files: number;
  /** Files that no blob had known for a day, and that were removed. */
  readonly orphans: number;
  readonly orphanBytes: number;
  /** Blobs whose files are not there, or too short. */
  readonly missing: number;
  /** Blobs that were read whole. */
  readonly blobs: number;
  readonly manifests: number;
  readonly tags: number;
  /** Of all these, how many are not what was pushed. */
  readonly damaged: number;
  /** The first hundred of them. */
  readonly findings: readonly ScrubFindingDto[];
};

export type ScrubFindingDto = {
  readonly kind: "missing-file" | "blob" | "manifest" | "tag";
  /** Of the content; of a tag, what its row points to. */
  readonly digest: string;
  /** Of a manifest or a tag. A blob is stored once for all. */
  readonly repositoryId?: string;
  /** That lead to it: twenty at most. */
  readonly tags: readonly string[];
};

export type ScrubRunListDto = {
  /** Newest first. */
  readonly items: readonly ScrubRunDto[];
  /** The next page; null on the last. */
  readonly next: string | null;
};

export type ScrubRunDto = {
  readonly id: string;
  /** The principal’s id, or the name of what does it by itself. */
  readonly startedBy: string;
  readonly startedAt: string;
  /** Null while it waits or runs, and of one that was cut off. */
  readonly finishedAt: string | null;
  /** Files that were seen. */
  readonly files: number;
  /** Files that no blob had known for a day, and that were removed. */
  readonly orphans: number;
  readonly orphanBytes: number;
  /** Blobs whose files are not there, or too short. */
  readonly missing: number;
  /** Blobs that were read whole. */
  readonly blobs: number;
  readonly manifests: number;
  readonly tags: number;
  /** Of all these, how many are not what was pushed. */
  readonly damaged: number;
};

export type TakeTagCheckpointDto = {
  /** Accepts the tags as they stand: each is moved to where it is, with an entry. */
  readonly accept?: AcceptanceDto;
};

export type AcceptanceDto = {
  /** The checkpoint whose findings were looked at. If something else differs by now, nothing is accepted. */
  readonly runId: string;
  /** For people; it stands in the ledger. */
  readonly reason: string;
};

export type TagCheckpointDetailDto = {
  readonly id: string;
  /** The principal’s id, or the name of what does it by itself. */
  readonly startedBy: string;
  readonly startedAt: string;
  /** Null while it waits or runs, and of one that was cut off. */
  readonly finishedAt: string | null;
  /** Leaves of the tree. Null, as what follows, until it has ended. */
  readonly tags: number | null;
  /** Root of the Merkle tree (RFC 6962) over all tags, base64. */
  readonly rootHash: string | null;
  /** Milliseconds since 1970. */
  readonly takenAtMillis: number | null;
  /** Of the purpose `registry`. */
  readonly keyId: string | null;
  /** Ed25519, base64. */
  readonly signature: string | null;
  /** Tags that stand elsewhere than the ledger says. */
  readonly mismatches: number;
  /** Whether the record of tags was as the checkpoint before had left it. If not, it was made again from the ledger. */
  readonly isRecordWhole: boolean;
  /** Whether the ledger knew a later checkpoint than the registry’s rows: they come from a backup. */
  readonly isBehindLedger: boolean;
  /** The first hundred mismatches. */
  readonly findings: readonly TagFindingDto[];
};

export type TagFindingDto = {
  readonly kind: "rolled-back" | "vanished" | "unrecorded" | "changed";
  readonly repositoryId: string;
  readonly repository: string;
  readonly tag: string;
  /** Where it stands; null: there is no such tag. */
  readonly digest: string | null;
  readonly version: number | null;
  /** Where the ledger says that it stands; null: there should be none. */
  readonly recordedDigest: string | null;
  readonly recordedVersion: number | null;
};

export type TagCheckpointListDto = {
  /** Newest first. */
  readonly items: readonly TagCheckpointDto[];
  /** The next page; null on the last. */
  readonly next: string | null;
};

export type TagCheckpointDto = {
  readonly id: string;
  /** The principal’s id, or the name of what does it by itself. */
  readonly startedBy: string;
  readonly startedAt: string;
  /** Null while it waits or runs, and of one that was cut off. */
  readonly finishedAt: string | null;
  /** Leaves of the tree. Null, as what follows, until it has ended. */
  readonly tags: number | null;
  /** Root of the Merkle tree (RFC 6962) over all tags, base64. */
  readonly rootHash: string | null;
  /** Milliseconds since 1970. */
  readonly takenAtMillis: number | null;
  /** Of the purpose `registry`. */
  readonly keyId: string | null;
  /** Ed25519, base64. */
  readonly signature: string | null;
  /** Tags that stand elsewhere than the ledger says. */
  readonly mismatches: number;
  /** Whether the record of tags was as the checkpoint before had left it. If not, it was made again from the ledger. */
  readonly isRecordWhole: boolean;
  /** Whether the ledger knew a later checkpoint than the registry’s rows: they come from a backup. */
  readonly isBehindLedger: boolean;
};

export type UsageDto = {
  /** Bytes of the project’s blobs, each counted once. */
  readonly usedBytes: number;
  /** Bytes that open uploads have announced. */
  readonly reservedBytes: number;
  /** Null: as many as there is room for. */
  readonly quotaBytes: number | null;
};

export type PushSimulationDto = {
  /** The repository: `<project>/<name…>`, without a host. It begins with its first push. */
  readonly repository: string;
  /** A tag that points to it; without one it is found by its digest, and as a referrer of its circuit. */
  readonly tag?: string;
};

export type SimulationArtifactDto = {
  /** Of the bytes. */
  readonly mediaType: string;
  /** Of the bytes, which they are fetched by. */
  readonly digest: string;
  /** How many bytes there are. */
  readonly sizeBytes: number;
  /** Where it is. */
  readonly repository: string;
  /** What points to it now; null: its digest alone. */
  readonly tag: string | null;
  /** What referrers of the circuit are filtered by. */
  readonly artifactType: string;
  /** The manifest of the circuit, which the repository has, too. */
  readonly subject: ArtifactDescriptorDto;
  /** The layers: result, receipt and, of a program that can be drawn, drawing. */
  readonly files: readonly ArtifactFileDto[];
};

export type ArtifactDescriptorDto = {
  /** Of the bytes. */
  readonly mediaType: string;
  /** Of the bytes, which they are fetched by. */
  readonly digest: string;
  /** How many bytes there are. */
  readonly sizeBytes: number;
};

export type ArtifactFileDto = {
  /** Of the bytes. */
  readonly mediaType: string;
  /** Of the bytes, which they are fetched by. */
  readonly digest: string;
  /** How many bytes there are. */
  readonly sizeBytes: number;
  /** What clients call the file. The result is of the type `application/vnd.quantonium.simulation.result.v1+json`, its receipt of `application/vnd.quantonium.receipt.v1`. */
  readonly title: string;
};

export type SubmitSimulationDto = {
  /** Either this or `programs`. */
  readonly program?: ProgramDto | ReferencedProgramDto;
  /** Several programs in one job, each with its own parameters; together as long as one may be. The results stand in the same order; the seed of the k-th is that of the job plus k. */
  readonly programs?: readonly (NamedProgramDto | NamedReferencedProgramDto)[];
  /** Runs the program once for each of these points: values by name, which extend `parameters` or go before them. The results stand in the same order; the seed of the k-th is that of the job plus k. */
  readonly sweep?: readonly { readonly [name: string]: number | boolean | string }[];
  /** How often the circuit is measured; the upper limit is configured (1000000). */
  readonly shots: number;
  /** Chosen at random, and told, when absent. */
  readonly seed?: number;
  /** How the state is kept. `automatic` takes the cheapest that can run the circuit, a choice that depends on the circuit alone and is told with the result. */
  readonly method?: "automatic" | "statevector" | "stabilizer" | "sparse" | "sparse-to-dense" | "matrix-product-state" | "density-matrix" | "trajectories";
  /** Bits of a real number: 32 or 64. */
  readonly precision?: "single" | "double";
  /** What to tell: counts when absent. All but counts and memory are read off the state, which a program has that measures at its end alone. Qubits are numbered as declared; a Pauli string has a letter for each of them, the rightmost for qubit 0. */
  readonly outputs?: readonly ("counts" | "memory" | "statevector" | {
    /** Of each value of these qubits. */
    readonly probabilities: readonly number[];
  } | {
    /** Of these qubits, the others traced out. */
    readonly densityMatrix: readonly number[];
  } | {
    /** Of the sum of these Pauli strings, each with its coefficient. */
    readonly expectation: { readonly [name: string]: number };
  })[];
  /** What goes wrong on the way. Channels: bit-flip, phase-flip, bit-phase-flip, depolarizing, two-qubit-depolarizing, amplitude-damping, phase-damping, thermal-relaxation. */
  readonly noise?: {
    /** After each gate that is named, or each gate, on each of its qubits that is named, or each. */
    readonly channels?: readonly { readonly [name: string]: unknown }[];
    /** p01: the chance of reading 1 where the outcome is 0. */
    readonly readout?: readonly { readonly [name: string]: unknown }[];
  };
  /** Values for the inputs of an OpenQASM 3 program, by name: numbers; true or false for bool; a text of digits 0 and 1, the highest first, for bits; a decimal text for integers beyond 2^53. */
  readonly parameters?: { readonly [name: string]: number | boolean | string };
  /** Slug or id of the project. */
  readonly project?: string;
  readonly name?: string;
  /** `high` goes before your own others; `low` waits until nobody has anything else. */
  readonly priority?: "low" | "normal" | "high";
  /** RFC 3339, within 30 days. A simulation that has not finished then fails with the code `deadline-passed`. */
  readonly deadline?: string;
};

export type ProgramDto = {
  /** OpenQASM 2.0 with qelib1.inc, or OpenQASM 3 with stdgates.inc (without pulses, timing and arrays of classical values). */
  readonly language: "openqasm2" | "openqasm3";
  /** The source text. */
  readonly source: string;
};

export type ReferencedProgramDto = {
  /** The repository and the digest of the artifact’s manifest; a tag may stand between them, and is not looked up. It takes `registry:pull` there. */
  readonly reference: string;
  /** What the media type of the layer says; refused where it says another. */
  readonly language?: "openqasm2" | "openqasm3";
};

export type NamedProgramDto = {
  /** OpenQASM 2.0 with qelib1.inc, or OpenQASM 3 with stdgates.inc (without pulses, timing and arrays of classical values). */
  readonly language: "openqasm2" | "openqasm3";
  /** The source text. */
  readonly source: string;
  /** Values for its inputs. */
  readonly parameters?: { readonly [name: string]: number | boolean | string };
  /** Stands in its result. */
  readonly name?: string;
};

export type NamedReferencedProgramDto = {
  /** The repository and the digest of the artifact’s manifest; a tag may stand between them, and is not looked up. It takes `registry:pull` there. */
  readonly reference: string;
  /** What the media type of the layer says; refused where it says another. */
  readonly language?: "openqasm2" | "openqasm3";
  /** Values for its inputs. */
  readonly parameters?: { readonly [name: string]: number | boolean | string };
  /** Stands in its result. */
  readonly name?: string;
};

export type EstimateDto = {
  /** The one that was asked for, or what `automatic` comes to: `per-component` where groups of qubits that nothing connects take different ones, and still `automatic` where several circuits do. */
  readonly method: "statevector" | "stabilizer" | "sparse" | "sparse-to-dense" | "matrix-product-state" | "density-matrix" | "trajectories" | "per-component" | "automatic";
  readonly precision: "single" | "double";
  /** Circuits. Qubits and bytes are those of the largest, seconds and cost units the sums. */
  readonly items: number;
  /** As declared. */
  readonly qubits: number;
  /** Those that some operation touches. */
  readonly activeQubits: number;
  /** Memory of the states at their largest. A decimal text from 2^53 on, where JSON readers lose digits. */
  readonly bytes: number | string;
  readonly bytesAllowed: number;
  /** Running alone on one core, by constants of the engine: an order of magnitude. Waiting for a worker is not in it. Null where the method cannot tell beforehand. */
  readonly seconds: number | null;
  /** A simulation that runs longer is ended as failed. */
  readonly secondsAllowed: number;
  /** What a submission is charged: of 2^20 updates of an amplitude each. */
  readonly costUnits: number;
  /** What an account may spend within an hour. One simulation that costs more takes all of it. */
  readonly costUnitsPerHour: number;
  /** The same within a day. */
  readonly costUnitsPerDay: number;
  /** Whether there is memory for it. */
  readonly fits: boolean;
  /** Null where it fits. */
  readonly refusal: EstimateRefusalDto | null;
};

export type EstimateRefusalDto = {
  /** As in the type of the problem that a submission would be answered with. */
  readonly code: "simulation-too-large";
  readonly detail: string;
};

export type SimulationDto = {
  readonly id: string;
  readonly name: string | null;
  /** The project's slug. */
  readonly project: string;
  /** `succeeded` as soon as the result is signed. */
  readonly status: "queued" | "running" | "succeeded" | "failed" | "cancelled";
  readonly priority: "low" | "normal" | "high";
  /** When it fails unless it has finished. */
  readonly deadline: string | null;
  readonly progress: number;
  /** `automatic` where its circuits come to different ones, which stand in their results. */
  readonly method: string;
  readonly precision: "single" | "double";
  /** Circuits that it runs: 1, or those of a batch or sweep. */
  readonly items: number;
  /** Qubits that some operation touches; of several circuits, of the one with most. */
  readonly qubits: number;
  readonly shots: number;
  readonly seed: number;
  readonly programDigest: string;
  /** Artifacts of the registry that its programs were named by, each once, in the order of the request. Empty where their text was sent. */
  readonly programReferences: readonly string[];
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  /** Of a simulation that succeeded, up to 1 MiB; a larger one is only at /result. */
  readonly result?: ResultDto | BatchResultDto;
  /** Of a simulation that failed. */
  readonly error?: SimulationErrorDto;
  /** Of a simulation that succeeded: a result is signed before it is given. */
  readonly signature?: ResultSignatureDto;
};

export type ResultDto = {
  /** How often each bit string was measured. The rightmost character is classical bit 0; the first register is rightmost. Empty where counts were not asked for. */
  readonly counts: { readonly [name: string]: number };
  /** The outcome of every shot, in their order. */
  readonly memory?: readonly string[];
  readonly statevector?: StateVectorDto;
  /** In the order in which they were asked for, as the next two. */
  readonly probabilities?: readonly ProbabilitiesDto[];
  /** Reduced density matrices. */
  readonly densityMatrices?: readonly DensityMatrixDto[];
  /** Expectation values. */
  readonly expectations?: readonly number[];
  readonly shots: number;
  readonly seed: number;
  /** `per-component` where components were run by different methods. */
  readonly method: string;
  /** Of a program whose qubits fall apart into several groups: each was run by itself. */
  readonly components?: readonly ComponentDto[];
  readonly precision: "single" | "double";
  /** The same program, shots, seed, precision and engine version give the same counts. */
  readonly engineVersion: string;
  /** The form of arithmetic: `plain` is the same on every machine, `wasm-fused` and `wasm-unfused` differ in their rounding. The promise of equal counts holds for one variant. */
  readonly kernelVariant: string;
  /** Time in the worker thread. */
  readonly durationMillis: number;
  /** Of a program with inputs: what it was given. */
  readonly parameters?: { readonly [name: string]: unknown };
  /** Of a run with noise: as it was asked for. */
  readonly noise?: { readonly [name: string]: unknown };
  /** Of the program's source. */
  readonly programDigest: string;
  /** SHA-256 over the RFC 8785 form of this object without this member; what the ledger holds and the signature covers. */
  readonly digest: string;
};

export type StateVectorDto = {
  /** As declared; bit j of an index is qubit j. */
  readonly qubits: number;
  /** Real and imaginary parts in turn, as little-endian doubles. */
  readonly format: "complex128-le";
  /** 16 bytes an amplitude. */
  readonly base64: string;
};

export type ProbabilitiesDto = {
  /** The first of them is the rightmost character. */
  readonly qubits: readonly number[];
  /** What cannot occur is left out. */
  readonly values: { readonly [name: string]: number };
};

export type DensityMatrixDto = {
  /** Bit j of a row or column is the j-th of them. */
  readonly qubits: readonly number[];
  /** Row by row, real and imaginary part. */
  readonly matrix: readonly (readonly (readonly number[])[])[];
};

export type ComponentDto = {
  /** As declared. */
  readonly qubits: readonly number[];
  /** What they were simulated by. */
  readonly method: string;
};

export type BatchResultDto = {
  /** In the order of the programs, or of the points of the sweep. */
  readonly results: readonly ItemResultDto[];
  /** Of each of them. */
  readonly shots: number;
  /** Of the first of them; that of the next is one more, so that each can be run again by itself. */
  readonly seed: number;
  readonly precision: "single" | "double";
  readonly engineVersion: string;
  /** Time in worker threads, all together. */
  readonly durationMillis: number;
  /** Of the program's source; of programs that differ, over the digests of their sources, one a line. */
  readonly programDigest: string;
  /** SHA-256 over the RFC 8785 form of this object without this member: one digest for all results. */
  readonly digest: string;
};

export type ItemResultDto = {
  /** How often each bit string was measured. The rightmost character is classical bit 0; the first register is rightmost. Empty where counts were not asked for. */
  readonly counts: { readonly [name: string]: number };
  /** The outcome of every shot, in their order. */
  readonly memory?: readonly string[];
  readonly statevector?: StateVectorDto;
  /** In the order in which they were asked for, as the next two. */
  readonly probabilities?: readonly ProbabilitiesDto[];
  /** Reduced density matrices. */
  readonly densityMatrices?: readonly DensityMatrixDto[];
  /** Expectation values. */
  readonly expectations?: readonly number[];
  readonly shots: number;
  readonly seed: number;
  /** `per-component` where components were run by different methods. */
  readonly method: string;
  /** Of a program whose qubits fall apart into several groups: each was run by itself. */
  readonly components?: readonly ComponentDto[];
  readonly precision: "single" | "double";
  /** The same program, shots, seed, precision and engine version give the same counts. */
  readonly engineVersion: string;
  /** The form of arithmetic: `plain` is the same on every machine, `wasm-fused` and `wasm-unfused` differ in their rounding. The promise of equal counts holds for one variant. */
  readonly kernelVariant: string;
  /** Time in the worker thread. */
  readonly durationMillis: number;
  /** Of a program with inputs: what it was given. */
  readonly parameters?: { readonly [name: string]: unknown };
  /** Of a run with noise: as it was asked for. */
  readonly noise?: { readonly [name: string]: unknown };
  /** Of the program's source. */
  readonly programDigest: string;
  /** Of a program that was given a name. */
  readonly name?: string;
};

export type SimulationErrorDto = {
  readonly code: "worker-lost" | "deadline-passed" | "out-of-memory" | "time-limit" | "result-too-large" | "loop-limit" | "engine-failure";
  readonly detail: string;
};

export type ResultSignatureDto = {
  readonly algorithm: string;
  readonly keyId: string;
  /** base64url, over the ASCII bytes of the result's digest. */
  readonly value: string;
};

export type SimulationListDto = {
  /** Newest first, without results. */
  readonly items: readonly ShownSimulationDto[];
  /** The next page; null on the last. */
  readonly next: string | null;
};

export type ShownSimulationDto = {
  readonly id: string;
  readonly name?: string | null;
  /** The project's slug. */
  readonly project?: string;
  /** `succeeded` as soon as the result is signed. */
  readonly status?: "queued" | "running" | "succeeded" | "failed" | "cancelled";
  readonly priority?: "low" | "normal" | "high";
  /** When it fails unless it has finished. */
  readonly deadline?: string | null;
  readonly progress?: number;
  /** `automatic` where its circuits come to different ones, which stand in their results. */
  readonly method?: string;
  readonly precision?: "single" | "double";
  /** Circuits that it runs: 1, or those of a batch or sweep. */
  readonly items?: number;
  /** Qubits that some operation touches; of several circuits, of the one with most. */
  readonly qubits?: number;
  readonly shots?: number;
  readonly seed?: number;
  readonly programDigest?: string;
  /** Artifacts of the registry that its programs were named by, each once, in the order of the request. Empty where their text was sent. */
  readonly programReferences?: readonly string[];
  readonly createdAt?: string;
  readonly startedAt?: string | null;
  readonly finishedAt?: string | null;
  /** Of a simulation that succeeded, up to 1 MiB; a larger one is only at /result. */
  readonly result?: ResultDto | BatchResultDto;
  /** Of a simulation that failed. */
  readonly error?: SimulationErrorDto;
  /** Of a simulation that succeeded: a result is signed before it is given. */
  readonly signature?: ResultSignatureDto;
};

/** RFC 9457. Some problems have further members. */
export type Problem = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  readonly instance: string;
  readonly requestId: string;
  readonly errors?: readonly {
    /** RFC 6901 pointer into the body, or `query:<name>`, `path:<name>`, `header:<name>`. */
    readonly pointer: string;
    readonly code: string;
    readonly detail?: string;
    /** Line of a program, from 1. */
    readonly line?: number;
    /** Column of a program, from 1. */
    readonly column?: number;
  }[];
};

/** By operation: what a call gives, and what it gets. */
export interface Operations {
  /** What is running */
  readonly 'version.version': {
    readonly answer: VersionDto;
  };
  /** What is running, signed */
  readonly 'attestation.attest': {
    readonly query: {
      /** Of your own making: 16 random bytes or more, Base64url. It comes back under the signature. */
      readonly nonce: string;
    };
    readonly answer: string;
  };
  /** Verifier keys of attestations */
  readonly 'attestation.verifierKeys': {
    readonly answer: string;
  };
  /** List the server's signing keys */
  readonly 'signingKeys.list': {
    readonly answer: SigningKeyListDto;
  };
  /** Announce the next version */
  readonly 'signingKeys.announce': {
    readonly path: {
      readonly purpose: "jwt" | "registry" | "registry-token" | "attestation" | "audit-checkpoint" | "audit-cosign" | "result";
    };
    readonly answer: SigningKeyDto;
  };
  /** Rotate */
  readonly 'signingKeys.rotate': {
    readonly path: {
      readonly purpose: "jwt" | "registry" | "registry-token" | "attestation" | "audit-checkpoint" | "audit-cosign" | "result";
    };
    readonly answer: SigningKeyDto;
  };
  /** Revoke a version */
  readonly 'signingKeys.revoke': {
    readonly path: {
      readonly purpose: "jwt" | "registry" | "registry-token" | "attestation" | "audit-checkpoint" | "audit-cosign" | "result";
      readonly keyId: string;
    };
    readonly body: RevokeSigningKeyDto;
    readonly answer: SigningKeyDto;
  };
  /** Tag a waveform */
  readonly 'waveforms.tag': {
    readonly body: {
  /** complex: real and imaginary part in turn. */
  readonly kind: "real" | "complex";
  /** The last one varies fastest. At most 1048576 elements in all. */
  readonly dims: readonly number[];
  /** As many as the product of dims, of complex waveforms twice that. Taken bit for bit; of -0 the sign is dropped. */
  readonly samples: readonly number[];
  /** What the tag or digest is bound to besides; at most 1024 bytes of UTF-8, in NFC. Takes no part in an analysis. */
  readonly context?: string;
  /** A key of the project, of type hmac. */
  readonly key: string;
  /** Slug or id of the key's project. */
  readonly project?: string;
};
    readonly answer: WaveformTagDto;
  };
  /** Verify a waveform's tag */
  readonly 'waveforms.verify': {
    readonly body: {
  /** complex: real and imaginary part in turn. */
  readonly kind: "real" | "complex";
  /** The last one varies fastest. At most 1048576 elements in all. */
  readonly dims: readonly number[];
  /** As many as the product of dims, of complex waveforms twice that. Taken bit for bit; of -0 the sign is dropped. */
  readonly samples: readonly number[];
  /** What the tag or digest is bound to besides; at most 1024 bytes of UTF-8, in NFC. Takes no part in an analysis. */
  readonly context?: string;
  /** A key of the project, of type hmac. */
  readonly key: string;
  readonly tag: string;
  /** Slug or id of the key's project. */
  readonly project?: string;
};
    readonly answer: WaveformVerdictDto;
  };
  /** Digest a waveform */
  readonly 'waveforms.digest': {
    readonly body: {
  /** complex: real and imaginary part in turn. */
  readonly kind: "real" | "complex";
  /** The last one varies fastest. At most 1048576 elements in all. */
  readonly dims: readonly number[];
  /** As many as the product of dims, of complex waveforms twice that. Taken bit for bit; of -0 the sign is dropped. */
  readonly samples: readonly number[];
  /** What the tag or digest is bound to besides; at most 1024 bytes of UTF-8, in NFC. Takes no part in an analysis. */
  readonly context?: string;
};
    readonly answer: WaveformDigestDto;
  };
  /** Describe a waveform */
  readonly 'waveforms.analyze': {
    readonly body: {
  /** complex: real and imaginary part in turn. */
  readonly kind: "real" | "complex";
  /** The last one varies fastest. At most 1048576 elements in all. */
  readonly dims: readonly number[];
  /** As many as the product of dims, of complex waveforms twice that. Taken bit for bit; of -0 the sign is dropped. */
  readonly samples: readonly number[];
  /** What the tag or digest is bound to besides; at most 1024 bytes of UTF-8, in NFC. Takes no part in an analysis. */
  readonly context?: string;
};
    readonly answer: SignalFeaturesDto;
  };
  /** Give it a key */
  readonly 'clientKeys.create': {
    readonly path: {
      readonly id: string;
    };
    readonly headers?: {
      /** Makes a repeated request give what the first one made, for 24 hours; with another body it is refused (422). */
      readonly "Idempotency-Key"?: string;
    };
    readonly body: CreateClientKeyDto;
    readonly answer: ClientKeyDto;
  };
  /** List keys */
  readonly 'clientKeys.list': {
    readonly path: {
      readonly id: string;
    };
    readonly answer: ClientKeyListDto;
  };
  /** Revoke a key */
  readonly 'clientKeys.revoke': {
    readonly path: {
      readonly id: string;
      readonly keyId: string;
    };
    readonly answer: undefined;
  };
  /** Register a client */
  readonly 'clients.create': {
    readonly headers?: {
      /** Makes a repeated request give what the first one made, for 24 hours; with another body it is refused (422). */
      readonly "Idempotency-Key"?: string;
    };
    readonly body: ClientDraftDto;
    readonly answer: ClientDto;
  };
  /** List clients */
  readonly 'clients.list': {
    readonly query?: {
      /** How many items at most. */
      readonly limit?: number;
      /** Where to go on: the cursor of the `next` link. */
      readonly cursor?: string;
    };
    readonly answer: ClientListDto;
  };
  /** Show a client */
  readonly 'clients.get': {
    readonly path: {
      readonly id: string;
    };
    readonly answer: ClientDto;
  };
  /** Replace a client */
  readonly 'clients.replace': {
    readonly path: {
      readonly id: string;
    };
    readonly headers: {
      /** The ETag that the resource was last seen with: changed since, it is not touched (412). */
      readonly "If-Match": string;
    };
    readonly body: ClientDraftDto;
    readonly answer: ClientDto;
  };
  /** Disable a client */
  readonly 'clients.disable': {
    readonly path: {
      readonly id: string;
    };
    readonly headers?: {
      /** The ETag that the resource was last seen with: changed since, it is not touched (412). */
      readonly "If-Match"?: string;
    };
    readonly answer: ClientDto;
  };
  /** Enable a client */
  readonly 'clients.enable': {
    readonly path: {
      readonly id: string;
    };
    readonly headers?: {
      /** The ETag that the resource was last seen with: changed since, it is not touched (412). */
      readonly "If-Match"?: string;
    };
    readonly answer: ClientDto;
  };
  /** Look at a device that waits */
  readonly 'device.look': {
    readonly query: {
      /** As the device shows it; in either case, with or without the dash. */
      readonly user_code: string;
    };
    readonly answer: WaitingDeviceDto;
  };
  /** Let a device in */
  readonly 'device.approve': {
    readonly body: UserCodeDto;
    readonly answer: undefined;
  };
  /** Refuse a device */
  readonly 'device.deny': {
    readonly body: UserCodeDto;
    readonly answer: undefined;
  };
  /** What this authorization server offers (RFC 8414) */
  readonly 'metadata.show': {
    readonly answer: ServerMetadataDto;
  };
  /** Get a token */
  readonly 'oAuth.token': {
    readonly body: TokenFormDto;
    readonly answer: TokenDto;
  };
  /** Give a token back */
  readonly 'oAuth.revoke': {
    readonly body: TokenQuestionDto;
    readonly answer: undefined;
  };
  /** Ask about a token */
  readonly 'oAuth.introspect': {
    readonly body: TokenQuestionDto;
    readonly answer: StandingDto;
  };
  /** Ask to be let in by a person */
  readonly 'oAuth.deviceAuthorization': {
    readonly body: DeviceFormDto;
    readonly answer: DeviceCodesDto;
  };
  /** List blocked sources */
  readonly 'accessBlocks.list': {
    readonly query?: {
      /** How many items at most. */
      readonly limit?: number;
      /** Where to go on: the cursor of the `next` link. */
      readonly cursor?: string;
      /** Only the block of this address; of IPv6, of its /64. */
      readonly address?: string;
    };
    readonly answer: AccessBlockListDto;
  };
  /** Let a blocked source in again */
  readonly 'accessBlocks.lift': {
    readonly path: {
      readonly id: string;
    };
    readonly answer: undefined;
  };
  /** Say where links to a user’s account go */
  readonly 'accountAddress.change': {
    readonly path: {
      readonly id: string;
    };
    readonly headers: {
      /** The ETag that the resource was last seen with: changed since, it is not touched (412). */
      readonly "If-Match": string;
    };
    readonly body: AddressDto;
    readonly answer: undefined;
  };
  /** List a user’s sessions */
  readonly 'accountSessions.ofUser': {
    readonly path: {
      readonly id: string;
    };
    readonly query?: {
      /** How many items at most. */
      readonly limit?: number;
      /** Where to go on: the cursor of the `next` link. */
      readonly cursor?: string;
    };
    readonly answer: SessionListDto;
  };
  /** End all sessions of a user */
  readonly 'accountSessions.endAllOfUser': {
    readonly path: {
      readonly id: string;
    };
    readonly answer: SessionsEndedDto;
  };
  /** End a session of a user */
  readonly 'accountSessions.endOfUser': {
    readonly path: {
      readonly id: string;
      readonly sessionId: string;
    };
    readonly answer: undefined;
  };
  /** List a service account’s sessions */
  readonly 'accountSessions.ofProgram': {
    readonly path: {
      readonly id: string;
    };
    readonly query?: {
      /** How many items at most. */
      readonly limit?: number;
      /** Where to go on: the cursor of the `next` link. */
      readonly cursor?: string;
    };
    readonly answer: SessionListDto;
  };
  /** End all sessions of a service account */
  readonly 'accountSessions.endAllOfProgram': {
    readonly path: {
      readonly id: string;
    };
    readonly answer: SessionsEndedDto;
  };
  /** End a session of a service account */
  readonly 'accountSessions.endOfProgram': {
    readonly path: {
      readonly id: string;
      readonly sessionId: string;
    };
    readonly answer: undefined;
  };
  /** Make a key */
  readonly 'apiKeys.create': {
    readonly headers?: {
      /** Makes a repeated request give what the first one made, for 24 hours; with another body it is refused (422). */
      readonly "Idempotency-Key"?: string;
    };
    readonly body: CreateApiKeyDto;
    readonly answer: NewApiKeyDto;
  };
  /** List keys */
  readonly 'apiKeys.list': {
    readonly query?: {
      /** How many items at most. */
      readonly limit?: number;
      /** Where to go on: the cursor of the `next` link. */
      readonly cursor?: string;
      /** Only those of this user or service account. */
      readonly ownerId?: string;
      /** Only the one whose text begins so: to find whose key turned up somewhere. */
      readonly prefix?: string;
    };
    readonly answer: ApiKeyListDto;
  };
  /** Show a key */
  readonly 'apiKeys.get': {
    readonly path: {
      readonly id: string;
    };
    readonly answer: ApiKeyDto;
  };
  /** Revoke a key */
  readonly 'apiKeys.revoke': {
    readonly path: {
      readonly id: string;
    };
    readonly answer: undefined;
  };
  /** Log in with username and password */
  readonly 'auth.login': {
    readonly body: LoginDto;
    readonly answer: TokenDto | MfaRequiredDto;
  };
  /** Log in with a client certificate */
  readonly 'auth.certificate': {
    readonly body: CertificateLoginDto;
    readonly answer: TokenDto;
  };
  /** End this session: its token is refused from now on */
  readonly 'auth.logout': {
    readonly answer: undefined;
  };
  /** Who this token stands for */
  readonly 'auth.me': {
    readonly answer: AccountDto;
  };
  /** Change one’s own password */
  readonly 'auth.changePassword': {
    readonly body: ChangePasswordDto;
    readonly answer: TokenDto;
  };
  /** Give it a certificate */
  readonly 'clientCertificates.create': {
    readonly path: {
      readonly id: string;
    };
    readonly headers?: {
      /** Makes a repeated request give what the first one made, for 24 hours; with another body it is refused (422). */
      readonly "Idempotency-Key"?: string;
    };
    readonly body: CreateClientCertificateDto;
    readonly answer: ClientCertificateDto;
  };
  /** List certificates */
  readonly 'clientCertificates.list': {
    readonly path: {
      readonly id: string;
    };
    readonly answer: ClientCertificateListDto;
  };
  /** Revoke a certificate */
  readonly 'clientCertificates.revoke': {
    readonly path: {
      readonly id: string;
      readonly certificateId: string;
    };
    readonly answer: undefined;
  };
  /** Make a secret */
  readonly 'clientSecrets.create': {
    readonly path: {
      readonly id: string;
    };
    readonly headers?: {
      /** Makes a repeated request give what the first one made, for 24 hours; with another body it is refused (422). */
      readonly "Idempotency-Key"?: string;
    };
    readonly body: CreateClientSecretDto;
    readonly answer: NewClientSecretDto;
  };
  /** List secrets */
  readonly 'clientSecrets.list': {
    readonly path: {
      readonly id: string;
    };
    readonly answer: ClientSecretListDto;
  };
  /** Revoke a secret */
  readonly 'clientSecrets.revoke': {
    readonly path: {
      readonly id: string;
      readonly secretId: string;
    };
    readonly answer: undefined;
  };
  /** Invite somebody */
  readonly 'invites.create': {
    readonly headers?: {
      /** Makes a repeated request give what the first one made, for 24 hours; with another body it is refused (422). */
      readonly "Idempotency-Key"?: string;
    };
    readonly body: CreateInviteDto;
    readonly answer: MadeInviteDto;
  };
  /** List invitations */
  readonly 'invites.list': {
    readonly query?: {
      /** How many items at most. */
      readonly limit?: number;
      /** Where to go on: the cursor of the `next` link. */
      readonly cursor?: string;
    };
    readonly answer: InviteListDto;
  };
  /** Take an invitation back */
  readonly 'invites.revoke': {
    readonly path: {
      readonly id: string;
    };
    readonly answer: undefined;
  };
  /** The keys that access tokens verify under (RFC 7517) */
  readonly 'jwks.jwks': {
    readonly answer: JwksDto;
  };
  /** Where links to one’s own account go */
  readonly 'ownAddress.show': {
    readonly answer: ShownAddressDto;
  };
  /** Say where links to one’s own account go */
  readonly 'ownAddress.change': {
    readonly body: AddressDto;
    readonly answer: undefined;
  };
  /** The second factors of one’s own account */
  readonly 'ownFactors.list': {
    readonly answer: OwnFactorsDto;
  };
  /** Begin to enrol a generator of codes */
  readonly 'ownFactors.beginTotp': {
    readonly answer: NewTotpDto;
  };
  /** Remove the generator of codes */
  readonly 'ownFactors.removeTotp': {
    readonly answer: TokenDto;
  };
  /** Enrol the generator, by a code of it */
  readonly 'ownFactors.confirmTotp': {
    readonly body: ConfirmTotpDto;
    readonly answer: TokenDto;
  };
  /** Begin to enrol a passkey */
  readonly 'ownFactors.offerPasskey': {
    readonly answer: PasskeyOfferDto;
  };
  /** Enrol the passkey that was made */
  readonly 'ownFactors.enrolPasskey': {
    readonly body: EnrolPasskeyDto;
    readonly answer: EnrolledPasskeyDto;
  };
  /** Remove a passkey */
  readonly 'ownFactors.removePasskey': {
    readonly path: {
      readonly id: string;
    };
    readonly answer: TokenDto;
  };
  /** Make recovery codes */
  readonly 'ownFactors.makeRecoveryCodes': {
    readonly answer: RecoveryCodesDto;
  };
  /** Give a user a link to set their password anew */
  readonly 'resetLinks.make': {
    readonly path: {
      readonly id: string;
    };
    readonly answer: ResetLinkDto;
  };
  /** What a passkey signs, as the second factor of a login */
  readonly 'secondFactor.challenge': {
    readonly body: TicketDto;
    readonly answer: PasskeyQuestionDto;
  };
  /** Log in: the second factor */
  readonly 'secondFactor.verify': {
    readonly body: VerifyFactorDto;
    readonly answer: TokenDto;
  };
  /** What a passkey signs, to log in with nothing else */
  readonly 'secondFactor.passkeyOptions': {
    readonly answer: PasskeyQuestionDto;
  };
  /** Log in with a passkey */
  readonly 'secondFactor.passkeyLogin': {
    readonly body: PasskeyLoginDto;
    readonly answer: TokenDto;
  };
  /** What a passkey signs, to prove oneself anew */
  readonly 'secondFactor.stepUpOptions': {
    readonly answer: PasskeyQuestionDto;
  };
  /** Prove oneself anew */
  readonly 'secondFactor.raise': {
    readonly body: StepUpDto;
    readonly answer: TokenDto;
  };
  /** Take the second factors of a user */
  readonly 'secondFactor.reset': {
    readonly path: {
      readonly id: string;
    };
    readonly answer: undefined;
  };
  /** Accept an invitation */
  readonly 'selfService.accept': {
    readonly body: AcceptInviteDto;
    readonly answer: NewAccountDto;
  };
  /** Make an account */
  readonly 'selfService.register': {
    readonly body: RegisterDto;
    readonly answer: NewAccountDto;
  };
  /** Ask for a link to set a password anew */
  readonly 'selfService.request': {
    readonly body: RequestResetDto;
    readonly answer: undefined;
  };
  /** Set a password anew by a link */
  readonly 'selfService.reset': {
    readonly body: ResetPasswordDto;
    readonly answer: undefined;
  };
  /** Make an API key */
  readonly 'serviceAccountKeys.create': {
    readonly path: {
      readonly id: string;
    };
    readonly headers?: {
      /** Makes a repeated request give what the first one made, for 24 hours; with another body it is refused (422). */
      readonly "Idempotency-Key"?: string;
    };
    readonly body: CreateApiKeyDto;
    readonly answer: NewApiKeyDto;
  };
  /** List API keys */
  readonly 'serviceAccountKeys.list': {
    readonly path: {
      readonly id: string;
    };
    readonly query?: {
      /** How many items at most. */
      readonly limit?: number;
      /** Where to go on: the cursor of the `next` link. */
      readonly cursor?: string;
    };
    readonly answer: ApiKeyListDto;
  };
  /** Revoke an API key */
  readonly 'serviceAccountKeys.revoke': {
    readonly path: {
      readonly id: string;
      readonly keyId: string;
    };
    readonly answer: undefined;
  };
  /** Create a service account */
  readonly 'serviceAccounts.create': {
    readonly headers?: {
      /** Makes a repeated request give what the first one made, for 24 hours; with another body it is refused (422). */
      readonly "Idempotency-Key"?: string;
    };
    readonly body: CreateServiceAccountDto;
    readonly answer: ServiceAccountDto;
  };
  /** List service accounts */
  readonly 'serviceAccounts.list': {
    readonly query?: {
      /** How many items at most. */
      readonly limit?: number;
      /** Where to go on: the cursor of the `next` link. */
      readonly cursor?: string;
      /** Only those in this state. */
      readonly status?: "active" | "disabled";
      /** Only the one of exactly this name. */
      readonly name?: string;
      /** Only those that this person answers for. */
      readonly ownerId?: string;
    };
    readonly answer: ServiceAccountListDto;
  };
  /** Show a service account */
  readonly 'serviceAccounts.get': {
    readonly path: {
      readonly id: string;
    };
    readonly answer: ServiceAccountDto;
  };
  /** Change the name or the demands of a service account */
  readonly 'serviceAccounts.update': {
    readonly path: {
      readonly id: string;
    };
    readonly headers: {
      /** The ETag that the resource was last seen with: changed since, it is not touched (412). */
      readonly "If-Match": string;
    };
    readonly body: UpdateServiceAccountDto;
    readonly answer: ServiceAccountDto;
  };
  /** Say who answers for a service account */
  readonly 'serviceAccounts.handOver': {
    readonly path: {
      readonly id: string;
    };
    readonly headers: {
      /** The ETag that the resource was last seen with: changed since, it is not touched (412). */
      readonly "If-Match": string;
    };
    readonly body: HandOverDto;
    readonly answer: ServiceAccountDto;
  };
  /** Disable a service account */
  readonly 'serviceAccounts.disable': {
    readonly path: {
      readonly id: string;
    };
    readonly headers?: {
      /** The ETag that the resource was last seen with: changed since, it is not touched (412). */
      readonly "If-Match"?: string;
    };
    readonly answer: ServiceAccountDto;
  };
  /** Enable a service account */
  readonly 'serviceAccounts.enable': {
    readonly path: {
      readonly id: string;
    };
    readonly headers?: {
      /** The ETag that the resource was last seen with: changed since, it is not touched (412). */
      readonly "If-Match"?: string;
    };
    readonly answer: ServiceAccountDto;
  };
  /** Exchange a refresh token for its successor and an access token */
  readonly 'sessions.refresh': {
    readonly body: RefreshDto;
    readonly answer: TokenDto;
  };
  /** List one’s own sessions */
  readonly 'sessions.list': {
    readonly query?: {
      /** How many items at most. */
      readonly limit?: number;
      /** Where to go on: the cursor of the `next` link. */
      readonly cursor?: string;
    };
    readonly answer: SessionListDto;
  };
  /** End all of one’s own sessions, or all others */
  readonly 'sessions.endAll': {
    readonly query?: {
      /** Keep the session that asks. */
      readonly others?: "true" | "false";
    };
    readonly answer: SessionsEndedDto;
  };
  /** End one of one’s own sessions */
  readonly 'sessions.end': {
    readonly path: {
      readonly id: string;
    };
    readonly answer: undefined;
  };
  /** Create a user */
  readonly 'users.create': {
    readonly headers?: {
      /** Makes a repeated request give what the first one made, for 24 hours; with another body it is refused (422). */
      readonly "Idempotency-Key"?: string;
    };
    readonly body: CreateUserDto;
    readonly answer: CreatedUserDto;
  };
  /** List users */
  readonly 'users.list': {
    readonly query?: {
      /** How many items at most. */
      readonly limit?: number;
      /** Where to go on: the cursor of the `next` link. */
      readonly cursor?: string;
      /** Only those in this state. */
      readonly status?: "active" | "disabled";
      /** Only the one of exactly this name. */
      readonly username?: string;
    };
    readonly answer: UserListDto;
  };
  /** Show a user */
  readonly 'users.get': {
    readonly path: {
      readonly id: string;
    };
    readonly answer: ShownUserDto;
  };
  /** Change what a user is called */
  readonly 'users.update': {
    readonly path: {
      readonly id: string;
    };
    readonly headers: {
      /** The ETag that the resource was last seen with: changed since, it is not touched (412). */
      readonly "If-Match": string;
    };
    readonly body: UpdateUserDto;
    readonly answer: UserDto;
  };
  /** Disable a user */
  readonly 'users.disable': {
    readonly path: {
      readonly id: string;
    };
    readonly headers?: {
      /** The ETag that the resource was last seen with: changed since, it is not touched (412). */
      readonly "If-Match"?: string;
    };
    readonly answer: UserDto;
  };
  /** Enable a user */
  readonly 'users.enable': {
    readonly path: {
      readonly id: string;
    };
    readonly headers?: {
      /** The ETag that the resource was last seen with: changed since, it is not touched (412). */
      readonly "If-Match"?: string;
    };
    readonly answer: UserDto;
  };
  /** List approvals */
  readonly 'approvals.list': {
    readonly query?: {
      /** How many items at most. */
      readonly limit?: number;
      /** Where to go on: the cursor of the `next` link. */
      readonly cursor?: string;
      /** Only those in this state. */
      readonly state?: "pending" | "approved" | "rejected" | "withdrawn" | "used" | "expired";
    };
    readonly answer: ApprovalListDto;
  };
  /** Get an approval */
  readonly 'approvals.get': {
    readonly path: {
      readonly id: string;
    };
    readonly answer: ApprovalDto;
  };
  /** Withdraw what one asked for */
  readonly 'approvals.withdraw': {
    readonly path: {
      readonly id: string;
    };
    readonly answer: undefined;
  };
  /** Approve what somebody asked for */
  readonly 'approvals.approve': {
    readonly path: {
      readonly id: string;
    };
    readonly answer: ApprovalDto;
  };
  /** Reject what somebody asked for */
  readonly 'approvals.reject': {
    readonly path: {
      readonly id: string;
    };
    readonly body: RejectApprovalDto;
    readonly answer: ApprovalDto;
  };
  /** List accounts for emergencies */
  readonly 'breakGlass.accounts': {
    readonly query?: {
      /** How many items at most. */
      readonly limit?: number;
      /** Where to go on: the cursor of the `next` link. */
      readonly cursor?: string;
    };
    readonly answer: BreakGlassAccountListDto;
  };
  /** Seal an account for emergencies */
  readonly 'breakGlass.enroll': {
    readonly headers?: {
      /** An approval that was given for the identical request, which it uses up. */
      readonly "Approval-Id"?: string;
    };
    readonly body: EnrollBreakGlassDto;
    readonly answer: BreakGlassAccountDto | ApprovalDto;
  };
  /** Make an account an ordinary one again */
  readonly 'breakGlass.remove': {
    readonly path: {
      readonly id: string;
    };
    readonly answer: undefined;
  };
  /** List emergencies */
  readonly 'breakGlass.uses': {
    readonly query?: {
      /** How many items at most. */
      readonly limit?: number;
      /** Where to go on: the cursor of the `next` link. */
      readonly cursor?: string;
    };
    readonly answer: BreakGlassUseListDto;
  };
  /** Break the glass */
  readonly 'breakGlass.open': {
    readonly body: OpenBreakGlassDto;
    readonly answer: BreakGlassUseDto;
  };
  /** Say what an emergency turned out to be */
  readonly 'breakGlass.review': {
    readonly path: {
      readonly id: string;
    };
    readonly headers?: {
      /** An approval that was given for the identical request, which it uses up. */
      readonly "Approval-Id"?: string;
    };
    readonly body: ReviewBreakGlassDto;
    readonly answer: BreakGlassUseDto | ApprovalDto;
  };
  /** List all permissions */
  readonly 'permissions.list': {
    readonly answer: PermissionListDto;
  };
  /** Ask whether somebody may do something */
  readonly 'policyQuestions.check': {
    readonly body: PolicyQuestionDto;
    readonly answer: PolicyCheckDto;
  };
  /** Ask why somebody may or may not do something */
  readonly 'policyQuestions.explain': {
    readonly body: PolicyQuestionDto;
    readonly answer: ExplanationDto;
  };
  /** Ask what a change of policy would do */
  readonly 'policyQuestions.dryRun': {
    readonly body: DryRunRequestDto;
    readonly answer: DryRunDto;
  };
  /** List what somebody may do */
  readonly 'policyQuestions.effective': {
    readonly path: {
      readonly id: string;
    };
    readonly query?: {
      /** `global`, or `project:` with the id or slug of a project; `global` unless told. */
      readonly scope?: string;
    };
    readonly answer: EffectivePolicyDto;
  };
  /** Say whether deeds in a project take a second person */
  readonly 'projectApprovals.set': {
    readonly path: {
      readonly id: string;
    };
    readonly headers?: {
      /** An approval that was given for the identical request, which it uses up. */
      readonly "Approval-Id"?: string;
    };
    readonly body: ProjectApprovalsDto;
    readonly answer: ProjectApprovalsDto | ApprovalDto;
  };
  /** List the members of a project */
  readonly 'projectMembers.list': {
    readonly path: {
      readonly id: string;
    };
    readonly query?: {
      /** How many items at most. */
      readonly limit?: number;
      /** Where to go on: the cursor of the `next` link. */
      readonly cursor?: string;
    };
    readonly answer: ProjectMemberListDto;
  };
  /** Show a member of a project */
  readonly 'projectMembers.get': {
    readonly path: {
      readonly id: string;
      /** A user or service account. */
      readonly subjectId: string;
    };
    readonly answer: ProjectMemberDto;
  };
  /** Say which roles somebody has in a project */
  readonly 'projectMembers.put': {
    readonly path: {
      readonly id: string;
      /** A user or service account. */
      readonly subjectId: string;
    };
    readonly headers?: {
      /** An approval that was given for the identical request, which it uses up. */
      readonly "Approval-Id"?: string;
    };
    readonly body: PutMemberDto;
    readonly answer: ProjectMemberDto | ApprovalDto;
  };
  /** Take somebody out of a project */
  readonly 'projectMembers.remove': {
    readonly path: {
      readonly id: string;
      /** A user or service account. */
      readonly subjectId: string;
    };
    readonly headers?: {
      /** An approval that was given for the identical request, which it uses up. */
      readonly "Approval-Id"?: string;
    };
    readonly answer: ApprovalDto | undefined;
  };
  /** Make a project */
  readonly 'projects.create': {
    readonly headers?: {
      /** Makes a repeated request give what the first one made, for 24 hours; with another body it is refused (422). */
      readonly "Idempotency-Key"?: string;
    };
    readonly body: CreateProjectDto;
    readonly answer: ProjectDto;
  };
  /** List projects */
  readonly 'projects.list': {
    readonly query?: {
      /** How many items at most. */
      readonly limit?: number;
      /** Where to go on: the cursor of the `next` link. */
      readonly cursor?: string;
    };
    readonly answer: ProjectListDto;
  };
  /** Get a project */
  readonly 'projects.get': {
    readonly path: {
      readonly id: string;
    };
    readonly answer: ProjectDto;
  };
  /** Rename a project */
  readonly 'projects.update': {
    readonly path: {
      readonly id: string;
    };
    readonly headers: {
      /** The ETag that the resource was last seen with: changed since, it is not touched (412). */
      readonly "If-Match": string;
    };
    readonly body: UpdateProjectDto;
    readonly answer: ProjectDto;
  };
  /** Archive a project */
  readonly 'projects.archive': {
    readonly path: {
      readonly id: string;
    };
    readonly headers?: {
      /** The ETag that the resource was last seen with: changed since, it is not touched (412). */
      readonly "If-Match"?: string;
    };
    readonly answer: ProjectDto;
  };
  /** Take an archived project into use again */
  readonly 'projects.unarchive': {
    readonly path: {
      readonly id: string;
    };
    readonly headers?: {
      /** The ETag that the resource was last seen with: changed since, it is not touched (412). */
      readonly "If-Match"?: string;
    };
    readonly answer: ProjectDto;
  };
  /** Give a role to a user or service account */
  readonly 'roleBindings.create': {
    readonly headers?: {
      /** Makes a repeated request give what the first one made, for 24 hours; with another body it is refused (422). */
      readonly "Idempotency-Key"?: string;
      /** An approval that was given for the identical request, which it uses up. */
      readonly "Approval-Id"?: string;
    };
    readonly body: CreateRoleBindingDto;
    readonly answer: RoleBindingDto | ApprovalDto;
  };
  /** List role bindings */
  readonly 'roleBindings.list': {
    readonly query?: {
      /** How many items at most. */
      readonly limit?: number;
      /** Where to go on: the cursor of the `next` link. */
      readonly cursor?: string;
      readonly subjectId?: string;
      readonly role?: string;
    };
    readonly answer: RoleBindingListDto;
  };
  /** Get a role binding */
  readonly 'roleBindings.get': {
    readonly path: {
      readonly id: string;
    };
    readonly answer: RoleBindingDto;
  };
  /** Take a role away */
  readonly 'roleBindings.delete': {
    readonly path: {
      readonly id: string;
    };
    readonly headers?: {
      /** An approval that was given for the identical request, which it uses up. */
      readonly "Approval-Id"?: string;
    };
    readonly answer: ApprovalDto | undefined;
  };
  /** Make a role */
  readonly 'roles.create': {
    readonly headers?: {
      /** Makes a repeated request give what the first one made, for 24 hours; with another body it is refused (422). */
      readonly "Idempotency-Key"?: string;
      /** An approval that was given for the identical request, which it uses up. */
      readonly "Approval-Id"?: string;
    };
    readonly body: WriteRoleDto;
    readonly answer: RoleDto | ApprovalDto;
  };
  /** List roles */
  readonly 'roles.list': {
    readonly query?: {
      /** How many items at most. */
      readonly limit?: number;
      /** Where to go on: the cursor of the `next` link. */
      readonly cursor?: string;
    };
    readonly answer: RoleListDto;
  };
  /** Get a role */
  readonly 'roles.get': {
    readonly path: {
      /** The id or name of a role. */
      readonly id: string;
    };
    readonly answer: RoleDto;
  };
  /** Change a role */
  readonly 'roles.replace': {
    readonly path: {
      /** The id or name of a role. */
      readonly id: string;
    };
    readonly headers: {
      /** The ETag that the resource was last seen with: changed since, it is not touched (412). */
      readonly "If-Match": string;
      /** An approval that was given for the identical request, which it uses up. */
      readonly "Approval-Id"?: string;
    };
    readonly body: WriteRoleDto;
    readonly answer: RoleDto | ApprovalDto;
  };
  /** Remove a role */
  readonly 'roles.delete': {
    readonly path: {
      /** The id or name of a role. */
      readonly id: string;
    };
    readonly headers?: {
      /** The ETag that the resource was last seen with: changed since, it is not touched (412). */
      readonly "If-Match"?: string;
    };
    readonly answer: undefined;
  };
  /** List what a role said */
  readonly 'roles.versions': {
    readonly path: {
      /** The id or name of a role. */
      readonly id: string;
    };
    readonly query?: {
      /** How many items at most. */
      readonly limit?: number;
      /** Where to go on: the cursor of the `next` link. */
      readonly cursor?: string;
    };
    readonly answer: RoleVersionListDto;
  };
  /** Get what a role said */
  readonly 'roles.version': {
    readonly path: {
      /** The id or name of a role. */
      readonly id: string;
      readonly version: number;
    };
    readonly answer: RoleVersionDto;
  };
  /** Compare two versions of a role */
  readonly 'roles.diff': {
    readonly path: {
      /** The id or name of a role. */
      readonly id: string;
    };
    readonly query: {
      /** A version of the role. */
      readonly from: number;
      /** Another. */
      readonly to: number;
    };
    readonly answer: RoleDiffDto;
  };
  /** Forbid that two roles are held together */
  readonly 'separations.create': {
    readonly headers?: {
      /** Makes a repeated request give what the first one made, for 24 hours; with another body it is refused (422). */
      readonly "Idempotency-Key"?: string;
    };
    readonly body: CreateSeparationDto;
    readonly answer: SeparationDto;
  };
  /** List separations of duties */
  readonly 'separations.list': {
    readonly query?: {
      /** How many items at most. */
      readonly limit?: number;
      /** Where to go on: the cursor of the `next` link. */
      readonly cursor?: string;
    };
    readonly answer: SeparationListDto;
  };
  /** Get a separation of duties */
  readonly 'separations.get': {
    readonly path: {
      readonly id: string;
    };
    readonly answer: SeparationDto;
  };
  /** Let two roles be held together again */
  readonly 'separations.delete': {
    readonly path: {
      readonly id: string;
    };
    readonly headers?: {
      /** An approval that was given for the identical request, which it uses up. */
      readonly "Approval-Id"?: string;
    };
    readonly answer: ApprovalDto | undefined;
  };
  /** Verifier keys of the log */
  readonly 'log.verifierKeys': {
    readonly answer: string;
  };
  /** The last signed checkpoint */
  readonly 'log.checkpoint': {
    readonly answer: string;
  };
  /** A tile of the tree */
  readonly 'log.tile': {
    readonly path: {
      /** `<level>/<index>[.p/<width>]` */
      readonly path: string;
    };
    readonly answer: Uint8Array;
  };
  /** A bundle of entries */
  readonly 'bundles.bundle': {
    readonly path: {
      /** `<index>[.p/<width>]` */
      readonly path: string;
    };
    readonly answer: Uint8Array;
  };
  /** Search the ledger */
  readonly 'search.find': {
    readonly query?: {
      /** How many items at most. */
      readonly limit?: number;
      /** Where to go on: the cursor of the `next` link. */
      readonly cursor?: string;
      /** Entries of this time and later. */
      readonly from?: string;
      /** Entries before this time. */
      readonly to?: string;
      /** An event's code, or all under a dot. */
      readonly code?: string;
      /** OCSF class. */
      readonly class?: number;
      /** Who acted: id of a principal, `anonymous`, or the name of a part of the server. */
      readonly actor?: string;
      /** On what: its type, a colon, its id. */
      readonly target?: string;
      readonly outcome?: "success" | "failure" | "denied";
      /** Slug or id of a project: its entries alone. */
      readonly project?: string;
    };
    readonly answer: EntryListDto | string;
  };
  /** An entry */
  readonly 'entries.entry': {
    readonly path: {
      readonly id: string;
    };
    readonly query?: {
      /** Show the personal data too. Needs `audit:personal`, and is recorded. */
      readonly personal?: "true" | "false";
    };
    readonly answer: SingleEntryDto;
  };
  /** The receipt of an entry */
  readonly 'entries.receipt': {
    readonly path: {
      readonly id: string;
    };
    readonly answer: string;
  };
  /** The items of an entry */
  readonly 'entries.items': {
    readonly path: {
      readonly id: string;
    };
    readonly answer: string;
  };
  /** Proof that an entry is in the tree of the last checkpoint */
  readonly 'entries.inclusion': {
    readonly query: {
      /** Id of an entry. */
      readonly entry: string;
    };
    readonly answer: Proof;
  };
  /** Proof that a tree is the beginning of a later one */
  readonly 'entries.consistency': {
    readonly query: {
      /** Size of the earlier tree. */
      readonly from: number;
      /** Size of the later tree, at most that of the last checkpoint. */
      readonly to: number;
    };
    readonly answer: Proof;
  };
  /** Erase a person */
  readonly 'erasure.erase': {
    readonly headers?: {
      /** An approval that was given for the identical request, which it uses up. */
      readonly "Approval-Id"?: string;
    };
    readonly body: ErasureRequest;
    readonly answer: ErasureDto | ApprovalDto;
  };
  /** Have the whole ledger verified */
  readonly 'verifications.verify': {
    readonly headers?: {
      /** Makes a repeated request give what the first one made, for 24 hours; with another body it is refused (422). */
      readonly "Idempotency-Key"?: string;
    };
    readonly answer: VerificationDto;
  };
  /** List verifications, newest first */
  readonly 'verifications.list': {
    readonly query?: {
      /** How many items at most. */
      readonly limit?: number;
      /** Where to go on: the cursor of the `next` link. */
      readonly cursor?: string;
    };
    readonly answer: VerificationListDto;
  };
  /** See a verification */
  readonly 'verifications.get': {
    readonly path: {
      readonly id: string;
    };
    readonly answer: VerificationDto;
  };
  /** The detection rules that are loaded */
  readonly 'alertRules.list': {
    readonly query?: {
      /** How many items at most. */
      readonly limit?: number;
      /** Where to go on: the cursor of the `next` link. */
      readonly cursor?: string;
    };
    readonly answer: RuleListDto;
  };
  /** Try a rule over the past */
  readonly 'alertRules.test': {
    readonly body: TryRuleDto;
    readonly answer: TrialDto;
  };
  /** List alerts */
  readonly 'alerts.list': {
    readonly query?: {
      /** How many items at most. */
      readonly limit?: number;
      /** Where to go on: the cursor of the `next` link. */
      readonly cursor?: string;
      readonly status?: "open" | "acknowledged" | "resolved";
      readonly severity?: "informational" | "low" | "medium" | "high" | "critical";
      /** The id of a detection rule. */
      readonly rule?: string;
    };
    readonly answer: AlertListDto;
  };
  /** Show an alert with its transitions */
  readonly 'alerts.get': {
    readonly path: {
      readonly id: string;
    };
    readonly answer: AlertWithTransitionsDto;
  };
  /** Take an alert on */
  readonly 'alerts.acknowledge': {
    readonly path: {
      readonly id: string;
    };
    readonly headers?: {
      /** The ETag that the resource was last seen with: changed since, it is not touched (412). */
      readonly "If-Match"?: string;
    };
    readonly body: MoveAlertDto;
    readonly answer: AlertDto;
  };
  /** Close an alert */
  readonly 'alerts.resolve': {
    readonly path: {
      readonly id: string;
    };
    readonly headers?: {
      /** The ETag that the resource was last seen with: changed since, it is not touched (412). */
      readonly "If-Match"?: string;
    };
    readonly body: MoveAlertDto;
    readonly answer: AlertDto;
  };
  /** Open an alert again */
  readonly 'alerts.reopen': {
    readonly path: {
      readonly id: string;
    };
    readonly headers?: {
      /** The ETag that the resource was last seen with: changed since, it is not touched (412). */
      readonly "If-Match"?: string;
    };
    readonly body: MoveAlertDto;
    readonly answer: AlertDto;
  };
  /** Silence an alert until a time */
  readonly 'alerts.suppress': {
    readonly path: {
      readonly id: string;
    };
    readonly headers?: {
      /** The ETag that the resource was last seen with: changed since, it is not touched (412). */
      readonly "If-Match"?: string;
    };
    readonly body: SuppressAlertDto;
    readonly answer: AlertDto;
  };
  /** End the silence of an alert */
  readonly 'alerts.unsuppress': {
    readonly path: {
      readonly id: string;
    };
    readonly headers?: {
      /** The ETag that the resource was last seen with: changed since, it is not touched (412). */
      readonly "If-Match"?: string;
    };
    readonly body: MoveAlertDto;
    readonly answer: AlertDto;
  };
  /** Make a webhook */
  readonly 'webhooks.create': {
    readonly headers?: {
      /** Makes a repeated request give what the first one made, for 24 hours; with another body it is refused (422). */
      readonly "Idempotency-Key"?: string;
    };
    readonly body: CreateWebhookDto;
    readonly answer: WebhookWithSecretDto;
  };
  /** List webhooks */
  readonly 'webhooks.list': {
    readonly query?: {
      /** How many items at most. */
      readonly limit?: number;
      /** Where to go on: the cursor of the `next` link. */
      readonly cursor?: string;
    };
    readonly answer: WebhookListDto;
  };
  /** Show a webhook */
  readonly 'webhooks.get': {
    readonly path: {
      readonly id: string;
    };
    readonly answer: WebhookDto;
  };
  /** Change where a webhook goes, or what it sends */
  readonly 'webhooks.update': {
    readonly path: {
      readonly id: string;
    };
    readonly headers?: {
      /** The ETag that the resource was last seen with: changed since, it is not touched (412). */
      readonly "If-Match"?: string;
    };
    readonly body: UpdateWebhookDto;
    readonly answer: WebhookDto;
  };
  /** Remove a webhook */
  readonly 'webhooks.delete': {
    readonly path: {
      readonly id: string;
    };
    readonly headers?: {
      /** The ETag that the resource was last seen with: changed since, it is not touched (412). */
      readonly "If-Match"?: string;
    };
    readonly answer: undefined;
  };
  /** Give a webhook a new secret */
  readonly 'webhooks.rotateSecret': {
    readonly path: {
      readonly id: string;
    };
    readonly headers?: {
      /** The ETag that the resource was last seen with: changed since, it is not touched (412). */
      readonly "If-Match"?: string;
    };
    readonly answer: WebhookWithSecretDto;
  };
  /** Switch a webhook on */
  readonly 'webhooks.enable': {
    readonly path: {
      readonly id: string;
    };
    readonly headers?: {
      /** The ETag that the resource was last seen with: changed since, it is not touched (412). */
      readonly "If-Match"?: string;
    };
    readonly answer: WebhookDto;
  };
  /** Switch a webhook off */
  readonly 'webhooks.disable': {
    readonly path: {
      readonly id: string;
    };
    readonly headers?: {
      /** The ETag that the resource was last seen with: changed since, it is not touched (412). */
      readonly "If-Match"?: string;
    };
    readonly answer: WebhookDto;
  };
  /** Have a test message sent */
  readonly 'webhooks.test': {
    readonly path: {
      readonly id: string;
    };
    readonly headers?: {
      /** Makes a repeated request give what the first one made, for 24 hours; with another body it is refused (422). */
      readonly "Idempotency-Key"?: string;
    };
    readonly answer: WebhookTestDto;
  };
  /** List what became of a webhook's messages */
  readonly 'webhooks.deliveries': {
    readonly path: {
      readonly id: string;
    };
    readonly query?: {
      /** How many items at most. */
      readonly limit?: number;
      /** Where to go on: the cursor of the `next` link. */
      readonly cursor?: string;
    };
    readonly answer: DeliveryListDto;
  };
  /** List repositories */
  readonly 'repositories.list': {
    readonly query?: {
      /** How many items at most. */
      readonly limit?: number;
      /** Where to go on: the cursor of the `next` link. */
      readonly cursor?: string;
      /** Only of this project, by id or slug. */
      readonly project?: string;
    };
    readonly answer: RepositoryListDto;
  };
  /** Get a repository */
  readonly 'repositories.get': {
    readonly path: {
      readonly id: string;
    };
    readonly answer: RepositoryDto;
  };
  /** List the manifests of a repository */
  readonly 'repositories.manifests': {
    readonly path: {
      readonly id: string;
    };
    readonly query?: {
      /** How many items at most. */
      readonly limit?: number;
      /** Where to go on: the cursor of the `next` link. */
      readonly cursor?: string;
    };
    readonly answer: ManifestListDto;
  };
  /** Get a manifest */
  readonly 'repositories.manifest': {
    readonly path: {
      readonly id: string;
      readonly digest: string;
    };
    readonly answer: ManifestDetailDto;
  };
  /** List the tags of a repository */
  readonly 'repositories.tags': {
    readonly path: {
      readonly id: string;
    };
    readonly query?: {
      /** How many items at most. */
      readonly limit?: number;
      /** Where to go on: the cursor of the `next` link. */
      readonly cursor?: string;
    };
    readonly answer: TagListDto;
  };
  /** Hold a manifest against the policy now */
  readonly 'lifecycle.evaluate': {
    readonly path: {
      readonly id: string;
      readonly digest: string;
    };
    readonly answer: EvaluationDto;
  };
  /** Release or deprecate a manifest */
  readonly 'lifecycle.transition': {
    readonly path: {
      readonly id: string;
      readonly digest: string;
    };
    readonly headers: {
      /** The ETag that the resource was last seen with: changed since, it is not touched (412). */
      readonly "If-Match": string;
      /** An approval that was given for the identical request, which it uses up. */
      readonly "Approval-Id"?: string;
    };
    readonly body: TransitionDto;
    readonly answer: ManifestStateDto | ApprovalDto;
  };
  /** Revoke a manifest */
  readonly 'lifecycle.revoke': {
    readonly path: {
      readonly id: string;
      readonly digest: string;
    };
    readonly headers: {
      /** The ETag that the resource was last seen with: changed since, it is not touched (412). */
      readonly "If-Match": string;
    };
    readonly body: RevocationDto;
    readonly answer: ManifestStateDto;
  };
  /** What a project demands of its images */
  readonly 'registryPolicy.get': {
    readonly path: {
      readonly id: string;
    };
    readonly answer: RegistryPolicyDto;
  };
  /** Change what a project demands of its images */
  readonly 'registryPolicy.set': {
    readonly path: {
      readonly id: string;
    };
    readonly headers: {
      /** The ETag that the resource was last seen with: changed since, it is not touched (412). */
      readonly "If-Match": string;
    };
    readonly body: SetRegistryPolicyDto;
    readonly answer: RegistryPolicyDto;
  };
  /** Delete what the rules of retention let go, or tell what that would be */
  readonly 'retention.start': {
    readonly path: {
      readonly id: string;
    };
    readonly headers?: {
      /** Makes a repeated request give what the first one made, for 24 hours; with another body it is refused (422). */
      readonly "Idempotency-Key"?: string;
    };
    readonly body: StartRetentionRunDto;
    readonly answer: RetentionRunDetailDto;
  };
  /** List a project’s runs of retention */
  readonly 'retention.list': {
    readonly path: {
      readonly id: string;
    };
    readonly query?: {
      /** How many items at most. */
      readonly limit?: number;
      /** Where to go on: the cursor of the `next` link. */
      readonly cursor?: string;
    };
    readonly answer: RetentionRunListDto;
  };
  /** Get a run of retention */
  readonly 'retention.get': {
    readonly path: {
      readonly id: string;
      readonly runId: string;
    };
    readonly answer: RetentionRunDetailDto;
  };
  /** Believe signatures of a key or an authority */
  readonly 'trustedKeys.add': {
    readonly path: {
      readonly id: string;
    };
    readonly headers?: {
      /** Makes a repeated request give what the first one made, for 24 hours; with another body it is refused (422). */
      readonly "Idempotency-Key"?: string;
    };
    readonly body: AddTrustedKeyDto;
    readonly answer: TrustedKeyDto;
  };
  /** List whose signatures a project believes */
  readonly 'trustedKeys.list': {
    readonly path: {
      readonly id: string;
    };
    readonly query?: {
      /** How many items at most. */
      readonly limit?: number;
      /** Where to go on: the cursor of the `next` link. */
      readonly cursor?: string;
    };
    readonly answer: TrustedKeyListDto;
  };
  /** Get a key or an authority that a project believes */
  readonly 'trustedKeys.get': {
    readonly path: {
      readonly id: string;
      readonly keyId: string;
    };
    readonly answer: TrustedKeyDto;
  };
  /** No longer believe a key or an authority */
  readonly 'trustedKeys.remove': {
    readonly path: {
      readonly id: string;
      readonly keyId: string;
    };
    readonly answer: undefined;
  };
  /** Collect what nothing uses, or tell what that would be */
  readonly 'upkeep.collect': {
    readonly body: StartCollectionDto;
    readonly answer: CollectionRunDto;
  };
  /** List collections */
  readonly 'upkeep.collections': {
    readonly query?: {
      /** How many items at most. */
      readonly limit?: number;
      /** Where to go on: the cursor of the `next` link. */
      readonly cursor?: string;
    };
    readonly answer: CollectionRunListDto;
  };
  /** Get a collection */
  readonly 'upkeep.collectionRun': {
    readonly path: {
      readonly id: string;
    };
    readonly answer: CollectionRunDto;
  };
  /** Have stored content looked over */
  readonly 'upkeep.scrub': {
    readonly body: StartScrubDto;
    readonly answer: ScrubRunDetailDto;
  };
  /** List runs of the scrubber */
  readonly 'upkeep.scrubRuns': {
    readonly query?: {
      /** How many items at most. */
      readonly limit?: number;
      /** Where to go on: the cursor of the `next` link. */
      readonly cursor?: string;
    };
    readonly answer: ScrubRunListDto;
  };
  /** Get a run of the scrubber */
  readonly 'upkeep.scrubRun': {
    readonly path: {
      readonly id: string;
    };
    readonly answer: ScrubRunDetailDto;
  };
  /** Compare all tags with the ledger, and sign the root over them */
  readonly 'upkeep.checkpoint': {
    readonly body: TakeTagCheckpointDto;
    readonly answer: TagCheckpointDetailDto;
  };
  /** List checkpoints of all tags */
  readonly 'upkeep.listCheckpoints': {
    readonly query?: {
      /** How many items at most. */
      readonly limit?: number;
      /** Where to go on: the cursor of the `next` link. */
      readonly cursor?: string;
    };
    readonly answer: TagCheckpointListDto;
  };
  /** Get a checkpoint of all tags */
  readonly 'upkeep.getCheckpoint': {
    readonly path: {
      readonly id: string;
    };
    readonly answer: TagCheckpointDetailDto;
  };
  /** What a project uses of its quota */
  readonly 'usage.get': {
    readonly path: {
      readonly id: string;
    };
    readonly answer: UsageDto;
  };
  /** Push a simulation */
  readonly 'artifacts.push': {
    readonly path: {
      readonly id: string;
    };
    readonly body: PushSimulationDto;
    readonly answer: SimulationArtifactDto;
  };
  /** Draw the circuit */
  readonly 'drawings.circuit': {
    readonly path: {
      readonly id: string;
    };
    readonly query?: {
      /** Of a simulation of several circuits: which one, counted from 0 in the order of the request. */
      readonly item?: number;
    };
    readonly answer: string;
  };
  /** Draw the counts */
  readonly 'drawings.histogram': {
    readonly path: {
      readonly id: string;
    };
    readonly query?: {
      /** Of a simulation of several circuits: which one, counted from 0 in the order of the request. */
      readonly item?: number;
    };
    readonly answer: string;
  };
  /** Draw single qubits */
  readonly 'drawings.bloch': {
    readonly path: {
      readonly id: string;
    };
    readonly query?: {
      /** Of a simulation of several circuits: which one, counted from 0 in the order of the request. */
      readonly item?: number;
    };
    readonly answer: string;
  };
  /** Estimate a simulation */
  readonly 'estimate.estimate': {
    readonly body: SubmitSimulationDto;
    readonly answer: EstimateDto;
  };
  /** Follow a simulation */
  readonly 'events.follow': {
    readonly path: {
      readonly id: string;
    };
    readonly headers?: {
      /** Of the last event that was received: where that was the final state, the answer is 204, at which browsers ask no more. */
      readonly "Last-Event-ID"?: string;
    };
    readonly answer: string | undefined;
  };
  /** Submit a circuit */
  readonly 'simulations.submit': {
    readonly headers?: {
      /** `wait=N`: answer with the finished simulation if it takes less than N seconds (60 at most). */
      readonly Prefer?: string;
      /** Makes a repeated request give what the first one made, for 24 hours; with another body it is refused (422). */
      readonly "Idempotency-Key"?: string;
    };
    readonly body: SubmitSimulationDto;
    readonly answer: SimulationDto;
  };
  /** List simulations, newest first */
  readonly 'simulations.list': {
    readonly query?: {
      /** How many items at most. */
      readonly limit?: number;
      /** Where to go on: the cursor of the `next` link. */
      readonly cursor?: string;
    };
    readonly answer: SimulationListDto;
  };
  /** See a simulation */
  readonly 'simulations.get': {
    readonly path: {
      readonly id: string;
    };
    readonly answer: ShownSimulationDto;
  };
  /** Fetch the result */
  readonly 'simulations.result': {
    readonly path: {
      readonly id: string;
    };
    readonly answer: ResultDto | BatchResultDto;
  };
  /** Fetch the receipt */
  readonly 'simulations.receipt': {
    readonly path: {
      readonly id: string;
    };
    readonly answer: string | undefined;
  };
  /** Cancel a simulation */
  readonly 'simulations.cancel': {
    readonly path: {
      readonly id: string;
    };
    readonly answer: SimulationDto;
  };
  /** Fetch the state vector */
  readonly 'stateVector.statevector': {
    readonly path: {
      readonly id: string;
    };
    readonly query?: {
      /** Of a simulation of several circuits: which one, counted from 0 in the order of the request. */
      readonly item?: number;
    };
    readonly answer: Uint8Array;
  };
}

/** Where each operation is. */
export const OPERATIONS = {
  'version.version': { method: 'GET', path: '/v1/version' },
  'attestation.attest': { method: 'GET', path: '/v1/attestation' },
  'attestation.verifierKeys': { method: 'GET', path: '/v1/attestation/vkeys' },
  'signingKeys.list': { method: 'GET', path: '/v1/keys/signing' },
  'signingKeys.announce': { method: 'POST', path: '/v1/keys/signing/{purpose}/announce' },
  'signingKeys.rotate': { method: 'POST', path: '/v1/keys/signing/{purpose}/rotate' },
  'signingKeys.revoke': { method: 'POST', path: '/v1/keys/signing/{purpose}/{keyId}/revoke', body: 'json' },
  'waveforms.tag': { method: 'POST', path: '/v1/waveforms/tag', body: 'json' },
  'waveforms.verify': { method: 'POST', path: '/v1/waveforms/verify', body: 'json' },
  'waveforms.digest': { method: 'POST', path: '/v1/waveforms/digest', body: 'json' },
  'waveforms.analyze': { method: 'POST', path: '/v1/waveforms/analyze', body: 'json' },
  'clientKeys.create': { method: 'POST', path: '/v1/service-accounts/{id}/keys', body: 'json' },
  'clientKeys.list': { method: 'GET', path: '/v1/service-accounts/{id}/keys' },
  'clientKeys.revoke': { method: 'DELETE', path: '/v1/service-accounts/{id}/keys/{keyId}' },
  'clients.create': { method: 'POST', path: '/v1/clients', body: 'json' },
  'clients.list': { method: 'GET', path: '/v1/clients' },
  'clients.get': { method: 'GET', path: '/v1/clients/{id}' },
  'clients.replace': { method: 'PUT', path: '/v1/clients/{id}', body: 'json' },
  'clients.disable': { method: 'POST', path: '/v1/clients/{id}/disable' },
  'clients.enable': { method: 'POST', path: '/v1/clients/{id}/enable' },
  'device.look': { method: 'GET', path: '/v1/auth/device' },
  'device.approve': { method: 'POST', path: '/v1/auth/device/approve', body: 'json' },
  'device.deny': { method: 'POST', path: '/v1/auth/device/deny', body: 'json' },
  'metadata.show': { method: 'GET', path: '/.well-known/oauth-authorization-server' },
  'oAuth.token': { method: 'POST', path: '/oauth/token', body: 'form' },
  'oAuth.revoke': { method: 'POST', path: '/oauth/revoke', body: 'form' },
  'oAuth.introspect': { method: 'POST', path: '/oauth/introspect', body: 'form' },
  'oAuth.deviceAuthorization': { method: 'POST', path: '/oauth/device_authorization', body: 'form' },
  'accessBlocks.list': { method: 'GET', path: '/v1/access/blocks' },
  'accessBlocks.lift': { method: 'DELETE', path: '/v1/access/blocks/{id}' },
  'accountAddress.change': { method: 'PUT', path: '/v1/users/{id}/email', body: 'json' },
  'accountSessions.ofUser': { method: 'GET', path: '/v1/users/{id}/sessions' },
  'accountSessions.endAllOfUser': { method: 'DELETE', path: '/v1/users/{id}/sessions' },
  'accountSessions.endOfUser': { method: 'DELETE', path: '/v1/users/{id}/sessions/{sessionId}' },
  'accountSessions.ofProgram': { method: 'GET', path: '/v1/service-accounts/{id}/sessions' },
  'accountSessions.endAllOfProgram': { method: 'DELETE', path: '/v1/service-accounts/{id}/sessions' },
  'accountSessions.endOfProgram': { method: 'DELETE', path: '/v1/service-accounts/{id}/sessions/{sessionId}' },
  'apiKeys.create': { method: 'POST', path: '/v1/api-keys', body: 'json' },
  'apiKeys.list': { method: 'GET', path: '/v1/api-keys' },
  'apiKeys.get': { method: 'GET', path: '/v1/api-keys/{id}' },
  'apiKeys.revoke': { method: 'DELETE', path: '/v1/api-keys/{id}' },
  'auth.login': { method: 'POST', path: '/v1/auth/login', body: 'json' },
  'auth.certificate': { method: 'POST', path: '/v1/auth/certificate', body: 'json' },
  'auth.logout': { method: 'POST', path: '/v1/auth/logout' },
  'auth.me': { method: 'GET', path: '/v1/auth/me' },
  'auth.changePassword': { method: 'PUT', path: '/v1/auth/password', body: 'json' },
  'clientCertificates.create': { method: 'POST', path: '/v1/service-accounts/{id}/certificates', body: 'json' },
  'clientCertificates.list': { method: 'GET', path: '/v1/service-accounts/{id}/certificates' },
  'clientCertificates.revoke': { method: 'DELETE', path: '/v1/service-accounts/{id}/certificates/{certificateId}' },
  'clientSecrets.create': { method: 'POST', path: '/v1/service-accounts/{id}/secrets', body: 'json' },
  'clientSecrets.list': { method: 'GET', path: '/v1/service-accounts/{id}/secrets' },
  'clientSecrets.revoke': { method: 'DELETE', path: '/v1/service-accounts/{id}/secrets/{secretId}' },
  'invites.create': { method: 'POST', path: '/v1/users/invites', body: 'json' },
  'invites.list': { method: 'GET', path: '/v1/users/invites' },
  'invites.revoke': { method: 'DELETE', path: '/v1/users/invites/{id}' },
  'jwks.jwks': { method: 'GET', path: '/.well-known/jwks.json' },
  'ownAddress.show': { method: 'GET', path: '/v1/auth/email' },
  'ownAddress.change': { method: 'PUT', path: '/v1/auth/email', body: 'json' },
  'ownFactors.list': { method: 'GET', path: '/v1/auth/mfa' },
  'ownFactors.beginTotp': { method: 'POST', path: '/v1/auth/mfa/totp' },
  'ownFactors.removeTotp': { method: 'DELETE', path: '/v1/auth/mfa/totp' },
  'ownFactors.confirmTotp': { method: 'POST', path: '/v1/auth/mfa/totp/confirm', body: 'json' },
  'ownFactors.offerPasskey': { method: 'POST', path: '/v1/auth/mfa/webauthn/options' },
  'ownFactors.enrolPasskey': { method: 'POST', path: '/v1/auth/mfa/webauthn/verify', body: 'json' },
  'ownFactors.removePasskey': { method: 'DELETE', path: '/v1/auth/mfa/webauthn/{id}' },
  'ownFactors.makeRecoveryCodes': { method: 'POST', path: '/v1/auth/mfa/recovery-codes' },
  'resetLinks.make': { method: 'POST', path: '/v1/users/{id}/password-reset' },
  'secondFactor.challenge': { method: 'POST', path: '/v1/auth/mfa/challenge', body: 'json' },
  'secondFactor.verify': { method: 'POST', path: '/v1/auth/mfa/verify', body: 'json' },
  'secondFactor.passkeyOptions': { method: 'POST', path: '/v1/auth/passkeys/options' },
  'secondFactor.passkeyLogin': { method: 'POST', path: '/v1/auth/passkeys/verify', body: 'json' },
  'secondFactor.stepUpOptions': { method: 'POST', path: '/v1/auth/step-up/options' },
  'secondFactor.raise': { method: 'POST', path: '/v1/auth/step-up', body: 'json' },
  'secondFactor.reset': { method: 'POST', path: '/v1/users/{id}/mfa/reset' },
  'selfService.accept': { method: 'POST', path: '/v1/auth/invites/accept', body: 'json' },
  'selfService.register': { method: 'POST', path: '/v1/auth/register', body: 'json' },
  'selfService.request': { method: 'POST', path: '/v1/auth/password/reset-request', body: 'json' },
  'selfService.reset': { method: 'POST', path: '/v1/auth/password/reset', body: 'json' },
  'serviceAccountKeys.create': { method: 'POST', path: '/v1/service-accounts/{id}/api-keys', body: 'json' },
  'serviceAccountKeys.list': { method: 'GET', path: '/v1/service-accounts/{id}/api-keys' },
  'serviceAccountKeys.revoke': { method: 'DELETE', path: '/v1/service-accounts/{id}/api-keys/{keyId}' },
  'serviceAccounts.create': { method: 'POST', path: '/v1/service-accounts', body: 'json' },
  'serviceAccounts.list': { method: 'GET', path: '/v1/service-accounts' },
  'serviceAccounts.get': { method: 'GET', path: '/v1/service-accounts/{id}' },
  'serviceAccounts.update': { method: 'PATCH', path: '/v1/service-accounts/{id}', body: 'json' },
  'serviceAccounts.handOver': { method: 'PUT', path: '/v1/service-accounts/{id}/owner', body: 'json' },
  'serviceAccounts.disable': { method: 'POST', path: '/v1/service-accounts/{id}/disable' },
  'serviceAccounts.enable': { method: 'POST', path: '/v1/service-accounts/{id}/enable' },
  'sessions.refresh': { method: 'POST', path: '/v1/auth/refresh', body: 'json' },
  'sessions.list': { method: 'GET', path: '/v1/auth/sessions' },
  'sessions.endAll': { method: 'DELETE', path: '/v1/auth/sessions' },
  'sessions.end': { method: 'DELETE', path: '/v1/auth/sessions/{id}' },
  'users.create': { method: 'POST', path: '/v1/users', body: 'json' },
  'users.list': { method: 'GET', path: '/v1/users' },
  'users.get': { method: 'GET', path: '/v1/users/{id}' },
  'users.update': { method: 'PATCH', path: '/v1/users/{id}', body: 'json' },
  'users.disable': { method: 'POST', path: '/v1/users/{id}/disable' },
  'users.enable': { method: 'POST', path: '/v1/users/{id}/enable' },
  'approvals.list': { method: 'GET', path: '/v1/approvals' },
  'approvals.get': { method: 'GET', path: '/v1/approvals/{id}' },
  'approvals.withdraw': { method: 'DELETE', path: '/v1/approvals/{id}' },
  'approvals.approve': { method: 'POST', path: '/v1/approvals/{id}/approve' },
  'approvals.reject': { method: 'POST', path: '/v1/approvals/{id}/reject', body: 'json' },
  'breakGlass.accounts': { method: 'GET', path: '/v1/break-glass/accounts' },
  'breakGlass.enroll': { method: 'POST', path: '/v1/break-glass/accounts', body: 'json' },
  'breakGlass.remove': { method: 'DELETE', path: '/v1/break-glass/accounts/{id}' },
  'breakGlass.uses': { method: 'GET', path: '/v1/break-glass' },
  'breakGlass.open': { method: 'POST', path: '/v1/break-glass', body: 'json' },
  'breakGlass.review': { method: 'POST', path: '/v1/break-glass/{id}/review', body: 'json' },
  'permissions.list': { method: 'GET', path: '/v1/permissions' },
  'policyQuestions.check': { method: 'POST', path: '/v1/rbac/check', body: 'json' },
  'policyQuestions.explain': { method: 'POST', path: '/v1/rbac/explain', body: 'json' },
  'policyQuestions.dryRun': { method: 'POST', path: '/v1/rbac/dry-run', body: 'json' },
  'policyQuestions.effective': { method: 'GET', path: '/v1/rbac/subjects/{id}/effective' },
  'projectApprovals.set': { method: 'PUT', path: '/v1/projects/{id}/approvals', body: 'json' },
  'projectMembers.list': { method: 'GET', path: '/v1/projects/{id}/members' },
  'projectMembers.get': { method: 'GET', path: '/v1/projects/{id}/members/{subjectId}' },
  'projectMembers.put': { method: 'PUT', path: '/v1/projects/{id}/members/{subjectId}', body: 'json' },
  'projectMembers.remove': { method: 'DELETE', path: '/v1/projects/{id}/members/{subjectId}' },
  'projects.create': { method: 'POST', path: '/v1/projects', body: 'json' },
  'projects.list': { method: 'GET', path: '/v1/projects' },
  'projects.get': { method: 'GET', path: '/v1/projects/{id}' },
  'projects.update': { method: 'PATCH', path: '/v1/projects/{id}', body: 'json' },
  'projects.archive': { method: 'POST', path: '/v1/projects/{id}/archive' },
  'projects.unarchive': { method: 'POST', path: '/v1/projects/{id}/unarchive' },
  'roleBindings.create': { method: 'POST', path: '/v1/role-bindings', body: 'json' },
  'roleBindings.list': { method: 'GET', path: '/v1/role-bindings' },
  'roleBindings.get': { method: 'GET', path: '/v1/role-bindings/{id}' },
  'roleBindings.delete': { method: 'DELETE', path: '/v1/role-bindings/{id}' },
  'roles.create': { method: 'POST', path: '/v1/roles', body: 'json' },
  'roles.list': { method: 'GET', path: '/v1/roles' },
  'roles.get': { method: 'GET', path: '/v1/roles/{id}' },
  'roles.replace': { method: 'PUT', path: '/v1/roles/{id}', body: 'json' },
  'roles.delete': { method: 'DELETE', path: '/v1/roles/{id}' },
  'roles.versions': { method: 'GET', path: '/v1/roles/{id}/versions' },
  'roles.version': { method: 'GET', path: '/v1/roles/{id}/versions/{version}' },
  'roles.diff': { method: 'GET', path: '/v1/roles/{id}/diff' },
  'separations.create': { method: 'POST', path: '/v1/rbac/separations', body: 'json' },
  'separations.list': { method: 'GET', path: '/v1/rbac/separations' },
  'separations.get': { method: 'GET', path: '/v1/rbac/separations/{id}' },
  'separations.delete': { method: 'DELETE', path: '/v1/rbac/separations/{id}' },
  'log.verifierKeys': { method: 'GET', path: '/v1/audit/log/vkeys' },
  'log.checkpoint': { method: 'GET', path: '/v1/audit/log/checkpoint' },
  'log.tile': { method: 'GET', path: '/v1/audit/log/tile/{path}' },
  'bundles.bundle': { method: 'GET', path: '/v1/audit/log/tile/entries/{path}' },
  'search.find': { method: 'GET', path: '/v1/audit/entries' },
  'entries.entry': { method: 'GET', path: '/v1/audit/entries/{id}' },
  'entries.receipt': { method: 'GET', path: '/v1/audit/entries/{id}/receipt' },
  'entries.items': { method: 'GET', path: '/v1/audit/entries/{id}/items' },
  'entries.inclusion': { method: 'GET', path: '/v1/audit/proofs/inclusion' },
  'entries.consistency': { method: 'GET', path: '/v1/audit/proofs/consistency' },
  'erasure.erase': { method: 'POST', path: '/v1/audit/erasure', body: 'json' },
  'verifications.verify': { method: 'POST', path: '/v1/audit/verify' },
  'verifications.list': { method: 'GET', path: '/v1/audit/verifications' },
  'verifications.get': { method: 'GET', path: '/v1/audit/verifications/{id}' },
  'alertRules.list': { method: 'GET', path: '/v1/alerts/rules' },
  'alertRules.test': { method: 'POST', path: '/v1/alerts/rules/test', body: 'json' },
  'alerts.list': { method: 'GET', path: '/v1/alerts' },
  'alerts.get': { method: 'GET', path: '/v1/alerts/{id}' },
  'alerts.acknowledge': { method: 'POST', path: '/v1/alerts/{id}/acknowledge', body: 'json' },
  'alerts.resolve': { method: 'POST', path: '/v1/alerts/{id}/resolve', body: 'json' },
  'alerts.reopen': { method: 'POST', path: '/v1/alerts/{id}/reopen', body: 'json' },
  'alerts.suppress': { method: 'POST', path: '/v1/alerts/{id}/suppress', body: 'json' },
  'alerts.unsuppress': { method: 'POST', path: '/v1/alerts/{id}/unsuppress', body: 'json' },
  'webhooks.create': { method: 'POST', path: '/v1/webhooks', body: 'json' },
  'webhooks.list': { method: 'GET', path: '/v1/webhooks' },
  'webhooks.get': { method: 'GET', path: '/v1/webhooks/{id}' },
  'webhooks.update': { method: 'PATCH', path: '/v1/webhooks/{id}', body: 'json' },
  'webhooks.delete': { method: 'DELETE', path: '/v1/webhooks/{id}' },
  'webhooks.rotateSecret': { method: 'POST', path: '/v1/webhooks/{id}/rotate-secret' },
  'webhooks.enable': { method: 'POST', path: '/v1/webhooks/{id}/enable' },
  'webhooks.disable': { method: 'POST', path: '/v1/webhooks/{id}/disable' },
  'webhooks.test': { method: 'POST', path: '/v1/webhooks/{id}/test' },
  'webhooks.deliveries': { method: 'GET', path: '/v1/webhooks/{id}/deliveries' },
  'repositories.list': { method: 'GET', path: '/v1/registry/repositories' },
  'repositories.get': { method: 'GET', path: '/v1/registry/repositories/{id}' },
  'repositories.manifests': { method: 'GET', path: '/v1/registry/repositories/{id}/manifests' },
  'repositories.manifest': { method: 'GET', path: '/v1/registry/repositories/{id}/manifests/{digest}' },
  'repositories.tags': { method: 'GET', path: '/v1/registry/repositories/{id}/tags' },
  'lifecycle.evaluate': { method: 'POST', path: '/v1/registry/repositories/{id}/manifests/{digest}/evaluate' },
  'lifecycle.transition': { method: 'POST', path: '/v1/registry/repositories/{id}/manifests/{digest}/transition', body: 'json' },
  'lifecycle.revoke': { method: 'POST', path: '/v1/registry/repositories/{id}/manifests/{digest}/revoke', body: 'json' },
  'registryPolicy.get': { method: 'GET', path: '/v1/registry/projects/{id}/policy' },
  'registryPolicy.set': { method: 'PUT', path: '/v1/registry/projects/{id}/policy', body: 'json' },
  'retention.start': { method: 'POST', path: '/v1/registry/projects/{id}/retention-runs', body: 'json' },
  'retention.list': { method: 'GET', path: '/v1/registry/projects/{id}/retention-runs' },
  'retention.get': { method: 'GET', path: '/v1/registry/projects/{id}/retention-runs/{runId}' },
  'trustedKeys.add': { method: 'POST', path: '/v1/registry/projects/{id}/keys', body: 'json' },
  'trustedKeys.list': { method: 'GET', path: '/v1/registry/projects/{id}/keys' },
  'trustedKeys.get': { method: 'GET', path: '/v1/registry/projects/{id}/keys/{keyId}' },
  'trustedKeys.remove': { method: 'DELETE', path: '/v1/registry/projects/{id}/keys/{keyId}' },
  'upkeep.collect': { method: 'POST', path: '/v1/registry/gc-runs', body: 'json' },
  'upkeep.collections': { method: 'GET', path: '/v1/registry/gc-runs' },
  'upkeep.collectionRun': { method: 'GET', path: '/v1/registry/gc-runs/{id}' },
  'upkeep.scrub': { method: 'POST', path: '/v1/registry/scrub-runs', body: 'json' },
  'upkeep.scrubRuns': { method: 'GET', path: '/v1/registry/scrub-runs' },
  'upkeep.scrubRun': { method: 'GET', path: '/v1/registry/scrub-runs/{id}' },
  'upkeep.checkpoint': { method: 'POST', path: '/v1/registry/tag-checkpoints', body: 'json' },
  'upkeep.listCheckpoints': { method: 'GET', path: '/v1/registry/tag-checkpoints' },
  'upkeep.getCheckpoint': { method: 'GET', path: '/v1/registry/tag-checkpoints/{id}' },
  'usage.get': { method: 'GET', path: '/v1/registry/projects/{id}/usage' },
  'artifacts.push': { method: 'POST', path: '/v1/simulations/{id}/artifacts', body: 'json' },
  'drawings.circuit': { method: 'GET', path: '/v1/simulations/{id}/circuit' },
  'drawings.histogram': { method: 'GET', path: '/v1/simulations/{id}/histogram' },
  'drawings.bloch': { method: 'GET', path: '/v1/simulations/{id}/bloch' },
  'estimate.estimate': { method: 'POST', path: '/v1/simulations/estimate', body: 'json' },
  'events.follow': { method: 'GET', path: '/v1/simulations/{id}/events' },
  'simulations.submit': { method: 'POST', path: '/v1/simulations', body: 'json' },
  'simulations.list': { method: 'GET', path: '/v1/simulations' },
  'simulations.get': { method: 'GET', path: '/v1/simulations/{id}' },
  'simulations.result': { method: 'GET', path: '/v1/simulations/{id}/result' },
  'simulations.receipt': { method: 'GET', path: '/v1/simulations/{id}/receipt' },
  'simulations.cancel': { method: 'POST', path: '/v1/simulations/{id}/cancel' },
  'stateVector.statevector': { method: 'GET', path: '/v1/simulations/{id}/statevector' },
} as const satisfies Readonly<Record<keyof Operations, { readonly method: string; readonly path: string; readonly body?: 'json' | 'form' | 'bytes' }>>;

/** Every refusal and failure that the server can answer. */
export type ProblemCode =
  | 'access-denied'
  | 'account-erased'
  | 'account-protected'
  | 'already-bound'
  | 'already-enrolled'
  | 'approval-settled'
  | 'approvals-waiting'
  | 'approver-lacks-permission'
  | 'approver-not-independent'
  | 'audit-unavailable'
  | 'authorization-pending'
  | 'blob-in-use'
  | 'blob-unknown'
  | 'blob-upload-invalid'
  | 'blob-upload-unknown'
  | 'body-too-large'
  | 'break-glass-reviewed'
  | 'break-glass-running'
  | 'break-glass-unreviewed'
  | 'builtin-client'
  | 'builtin-role'
  | 'certificate-refused'
  | 'certificate-taken'
  | 'client-name-taken'
  | 'conflict'
  | 'denied'
  | 'device-decided'
  | 'digest-invalid'
  | 'dpop-refused'
  | 'enrolment-refused'
  | 'entry-pruned'
  | 'erasure-held'
  | 'erasure-under-alert'
  | 'expectation-failed'
  | 'expired-token'
  | 'forbidden'
  | 'grant-exceeds-own'
  | 'headers-too-large'
  | 'holds-role'
  | 'holds-roles'
  | 'https-required'
  | 'idempotency-key-reused'
  | 'idempotency-replay-refused'
  | 'insufficient-assurance'
  | 'insufficient-scope'
  | 'internal-error'
  | 'invalid-client'
  | 'invalid-credentials'
  | 'invalid-dpop-proof'
  | 'invalid-grant'
  | 'invalid-program'
  | 'invalid-request'
  | 'invalid-scope'
  | 'invalid-simulation'
  | 'key-taken'
  | 'key-transition-refused'
  | 'keyring-sealed'
  | 'keys-unavailable'
  | 'last-owner'
  | 'link-refused'
  | 'log-unpublished'
  | 'login-needed'
  | 'longer-password-required'
  | 'malformed-json'
  | 'malformed-request'
  | 'manifest-blob-unknown'
  | 'manifest-invalid'
  | 'manifest-too-large'
  | 'manifest-unknown'
  | 'method-not-allowed'
  | 'mfa-enrolment-required'
  | 'name-invalid'
  | 'name-taken'
  | 'name-unknown'
  | 'no-second-factor'
  | 'not-found'
  | 'own-account'
  | 'own-erasure'
  | 'parameter-invalid'
  | 'passkey-refused'
  | 'passkey-taken'
  | 'password-change-required'
  | 'password-rejected'
  | 'people-only'
  | 'possession-required'
  | 'precondition-failed'
  | 'precondition-required'
  | 'program-too-large'
  | 'project-archived'
  | 'quota-exceeded'
  | 'range-unsatisfiable'
  | 'receipt-not-ready'
  | 'refresh-refused'
  | 'registration-closed'
  | 'request-timeout'
  | 'result-absent'
  | 'result-not-ready'
  | 'result-too-large-here'
  | 'role-cycle'
  | 'role-in-use'
  | 'role-limit'
  | 'role-name-taken'
  | 'run-under-way'
  | 'sealed'
  | 'search-too-wide'
  | 'second-factor-refused'
  | 'second-factor-required'
  | 'self-binding'
  | 'separation-exists'
  | 'separation-limit'
  | 'separation-of-duties'
  | 'session-required'
  | 'several-circuits'
  | 'signing-key-held-elsewhere'
  | 'signing-key-pinned'
  | 'simulation-budget-exceeded'
  | 'simulation-finished'
  | 'simulation-not-succeeded'
  | 'simulation-queue-full'
  | 'simulation-too-large'
  | 'size-invalid'
  | 'slow-down'
  | 'slug-taken'
  | 'storage-full'
  | 'tag-immutable'
  | 'tag-invalid'
  | 'tags-changed'
  | 'ticket-refused'
  | 'token-not-renewable'
  | 'token-too-narrow'
  | 'too-many-attempts'
  | 'too-many-codes'
  | 'too-many-invites'
  | 'too-many-keys'
  | 'too-many-requests'
  | 'too-many-secrets'
  | 'totp-exists'
  | 'transit-busy'
  | 'transit-key-unknown'
  | 'transit-refused'
  | 'transit-undecryptable'
  | 'transition-refused'
  | 'trusted-key-listed'
  | 'trusted-keys-exhausted'
  | 'unauthenticated'
  | 'unauthorized-client'
  | 'unavailable'
  | 'unknown-user-code'
  | 'unseal-refused'
  | 'unsupported'
  | 'unsupported-grant-type'
  | 'unsupported-media-type'
  | 'upload-out-of-order'
  | 'uploads-exhausted'
  | 'uri-too-long'
  | 'username-taken'
  | 'vault-login-refused'
  | 'waveform-refused'
  | 'webhook-limit'
  | 'wrong-password';
