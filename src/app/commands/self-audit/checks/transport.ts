import { type Check, firstOf } from '../check.js';
import { Unlooked } from '../target.js';
import { refusedWith } from './samples.js';

const HYBRID = 'X25519MLKEM768';
/** With forward secrecy and authenticated encryption: all of TLS 1.3, and those of TLS 1.2 that RFC 9325 §4.2 names. */
const CIPHER = /^TLS_(?:AES|CHACHA20)|^ECDHE-.*(?:GCM|CHACHA20)/;

/** Without forward secrecy, or with a block cipher in CBC mode. */
const WEAK_CIPHERS = 'AES128-GCM-SHA256:AES256-GCM-SHA384:AES128-SHA:ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA';

export const TRANSPORT_CHECKS: readonly Check[] = [
  {
    name: 'tls-version',
    about: 'TLS is 1.3, and older versions are refused',
    needs: ['https'],
    run: async (target) => {
      const best = await target.shake({});
      const older = await target.shake({ maxVersion: 'TLSv1.2', minVersion: 'TLSv1' });
      return firstOf(best?.protocol === 'TLSv1.3' ? null : `the best version is ${best?.protocol ?? 'none'}`, older === null ? null : `${older.protocol} is taken`);
    },
  },
  {
    name: 'tls-group',
    about: 'keys are agreed by the hybrid post-quantum group',
    needs: ['https'],
    run: async (target) => {
      const shaken = await target.shake({ ecdhCurve: HYBRID });
      return shaken === null ? `${HYBRID} is not taken` : null;
    },
  },
  {
    name: 'tls-ciphers',
    about: 'no cipher is without forward secrecy or authentication of its own',
    needs: ['https'],
    run: async (target) => {
      const weak = await target.shake({ maxVersion: 'TLSv1.2', minVersion: 'TLSv1.2', ciphers: WEAK_CIPHERS });
      const best = await target.shake({});
      return firstOf(weak === null ? null : `${weak.cipher} is taken`, best !== null && CIPHER.test(best.cipher) ? null : `the best cipher is ${best?.cipher ?? 'none'}`);
    },
  },
  {
    name: 'tls-certificate',
    about: 'the certificate is one that this machine trusts, for this name',
    needs: ['https'],
    run: async (target) => {
      const shaken = await target.shake({});
      if (shaken === null) throw new Unlooked('there is no handshake');
      return shaken.distrust;
    },
  },
  {
    name: 'tls-clear',
    about: 'who speaks in clear at the same port gets nothing',
    needs: ['https'],
    run: async (target) => {
      const bytes = Buffer.from(`GET /v1/auth/me HTTP/1.1\r\nHost: ${target.url.host}\r\nConnection: close\r\n\r\n`);
      return refusedWith(await target.send(bytes, 'source', { ...target.place, tls: null }), [400, 403, 426]);
    },
  },
];
