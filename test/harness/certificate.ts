import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

export interface Certificate {
  /** Both PEM. */
  readonly key: string;
  readonly cert: string;
}

/** Kept so that it can vouch for others. */
export interface Authority extends Certificate {
  readonly privateKey: KeyObject;
  readonly name: Buffer;
}

const der = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const content = Buffer.concat(parts);
  const length = content.length < 0x80 ? [content.length] : content.length < 0x100 ? [0x81, content.length] : [0x82, content.length >> 8, content.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
};
const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts);
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
const text = (tag: number, value: string): Buffer => der(tag, Buffer.from(value, 'latin1'));
const ECDSA_WITH_SHA256 = sequence(oid('2a8648ce3d040302'));
const extension = (hex: string, value: Buffer): Buffer => sequence(oid(hex), der(0x04, value));
const nameOf = (common: string): Buffer => sequence(der(0x31, sequence(oid('550403'), text(0x0c, common))));

interface Wanted {
  readonly common: string;
  readonly isAuthority: boolean;
  /** Null: it vouches for itself. */
  readonly issuer: Authority | null;
  readonly notAfter?: string;
  /** Its extended key usage is to sign code. */
  readonly signsCode?: boolean;
}

/** A certificate of RFC 5280 for one DNS name, IPv4 address or program. Node reads certificates and makes none. */
function certificate({ common, isAuthority, issuer, notAfter = '491231235959Z', signsCode = false }: Wanted): Authority {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = nameOf(common);
  const isAddress = /^[\d.]+$/.test(common);
  const subject = isAddress ? der(0x87, Buffer.from(common.split('.').map(Number))) : text(0x82, common);
  const signed = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    ECDSA_WITH_SHA256,
    issuer?.name ?? name,
    sequence(text(0x17, '200101000000Z'), text(0x17, notAfter)),
    name,
    publicKey.export({ format: 'der', type: 'spki' }),
    // basicConstraints CA:TRUE, so that it can be given as an authority; subjectAltName.
    der(0xa3, sequence(...(isAuthority ? [extension('551d13', sequence(der(0x01, Buffer.from([0xff]))))] : []), ...(signsCode ? [extension('551d25', sequence(oid('2b06010505070303')))] : []), extension('551d11', sequence(subject)))),
  );
  const signature = der(0x03, Buffer.from([0]), sign('sha256', signed, issuer?.privateKey ?? privateKey));
  const base64 = sequence(signed, ECDSA_WITH_SHA256, signature).toString('base64');
  const cert = `-----BEGIN CERTIFICATE-----\n${base64.match(/.{1,64}/g)!.join('\n')}\n-----END CERTIFICATE-----\n`;
  return { key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(), cert, privateKey, name };
}

/** Vouches for itself, and may vouch for others. */
export const selfSigned = (common: string): Authority => certificate({ common, isAuthority: true, issuer: null });

/** One that the authority vouches for. */
export const issuedBy = (issuer: Authority, common: string, notAfter?: string): Certificate => certificate({ common, isAuthority: false, issuer, ...(notAfter === undefined ? {} : { notAfter }) });

/** One that the authority vouches for to sign code. */
export const codeSigner = (issuer: Authority, common: string, notAfter?: string): Authority => certificate({ common, isAuthority: false, issuer, signsCode: true, ...(notAfter === undefined ? {} : { notAfter }) });
