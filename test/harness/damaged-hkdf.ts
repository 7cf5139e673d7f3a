import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';

/** `--import` of this is a Node whose HKDF is wrong by one bit, for every module that is loaded after it. */
const { hkdfSync } = crypto;
crypto.hkdfSync = (...words) => {
  const bytes = Buffer.from(hkdfSync(...words));
  bytes[0]! ^= 1;
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
};
syncBuiltinESMExports();
