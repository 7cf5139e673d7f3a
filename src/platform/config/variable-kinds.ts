import { BlockList, isIP } from 'node:net';

/** Turns a variable's text into its value, or says what was expected: never what was found. */
export interface Kind<T> {
  readonly expects: string;
  /** Undefined: refused. */
  readonly parse: (text: string) => T | undefined;
}

/** A path; relative ones are of the working directory. */
export const path: Kind<string> = { expects: 'a path', parse: (text) => (hasControlCharacter(text) ? undefined : text) };

export function integer(min: number, max: number): Kind<number> {
  return {
    expects: `a whole number from ${min} to ${max}, in digits`,
    parse: (text) => {
      if (!/^(0|[1-9][0-9]{0,15})$/.test(text)) return undefined;
      const value = Number(text);
      return value >= min && value <= max ? value : undefined;
    },
  };
}

export function oneOf<const T extends string>(...values: readonly T[]): Kind<T> {
  return { expects: `one of ${values.join(', ')}`, parse: (text) => values.find((value) => value === text) };
}

export function setOf<const T extends string>(...values: readonly T[]): Kind<ReadonlySet<T>> {
  return {
    expects: `a comma-separated list of ${values.join(', ')}`,
    parse: (text) => {
      const found = items(text).map((item) => values.find((value) => value === item));
      return found.length > 0 && found.every((item) => item !== undefined) ? new Set(found) : undefined;
    },
  };
}

export function url(...protocols: readonly string[]): Kind<string> {
  return {
    expects: `a URL (${protocols.map((protocol) => `${protocol}//…`).join(', ')})`,
    parse: (text) => (URL.canParse(text) && protocols.includes(new URL(text).protocol) ? text : undefined),
  };
}

/** A database URL must name its login: the grants are given to the names in the URLs. */
export const databaseUrl: Kind<string> = {
  expects: 'a URL postgresql://login:password@host/database',
  parse: (text) => {
    if (!URL.canParse(text)) return undefined;
    const { protocol, username, pathname } = new URL(text);
    return /^postgres(ql)?:$/.test(protocol) && username !== '' && pathname.length > 1 ? text : undefined;
  },
};

/** scheme://host[:port], as browsers send it in `Origin`. */
export const origins: Kind<readonly string[]> = {
  expects: 'a comma-separated list of origins (https://app.example.com), each without a path',
  parse: (text) => {
    const list = items(text);
    return list.every((item) => URL.canParse(item) && /^https?:/.test(item) && new URL(item).origin === item) ? list : undefined;
  },
};

/** Believing everybody's X-Forwarded-For lets every client choose its own address: there is no value for that. */
export const cidrBlocks: Kind<readonly string[]> = {
  expects: 'a comma-separated list of addresses or CIDR blocks (10.0.0.0/8, ::1), and never all addresses',
  parse: (text) => {
    const list = items(text);
    return list.every(isCidrBlock) ? list : undefined;
  },
};

function isCidrBlock(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  if (prefix === undefined) return true;
  if (!/^[1-9][0-9]{0,2}$/.test(prefix)) return false;
  try {
    new BlockList().addSubnet(address, Number(prefix), family === 4 ? 'ipv4' : 'ipv6');
    return true;
  } catch {
    return false;
  }
}

/** `host` part of what is listened on: an address or a name. */
export const host: Kind<string> = {
  expects: 'an address or a host name',
  parse: (text) => (isIP(text) !== 0 || /^(?=.{1,253}$)[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?$/.test(text) ? text : undefined),
};

/** As the auth module takes user names. */
export const username: Kind<string> = {
  expects: 'a user name: 1 to 64 of a–z, 0–9, dot, dash and underscore',
  parse: (text) => (/^[a-z0-9][a-z0-9._-]{0,63}$/.test(text) ? text : undefined),
};

/** Printable ASCII without spaces. */
export function text(lengthMax: number): Kind<string> {
  return { expects: `1 to ${lengthMax} printable ASCII characters without spaces`, parse: (value) => (value.length <= lengthMax && /^[\x21-\x7e]+$/.test(value) ? value : undefined) };
}

/** What a person can type; twelve characters are the least that says anything, and no promise of strength. */
export const passphrase: Kind<string> = {
  expects: 'at least 12 characters and at most 1024, without control characters',
  parse: (value) => ([...value].length >= 12 && value.length <= 1024 && !hasControlCharacter(value) ? value : undefined),
};

/** A segment of a path, as Transit servers name their keys. */
export const keyName: Kind<string> = {
  expects: 'the name of a key: 1 to 128 letters, digits, dots, dashes and underscores',
  parse: (value) => (/^[A-Za-z0-9_]([A-Za-z0-9_.-]{0,126}[A-Za-z0-9_])?$/.test(value) ? value : undefined),
};

/** The mail servers decide what an address is; here nothing passes that could end a header or an envelope. */
export const address: Kind<string> = {
  expects: 'an e-mail address',
  parse: (value) => (value.length <= 254 && /^[^\s@<>,;:"\\\x00-\x1f]+@[a-zA-Z0-9.-]+$/.test(value) ? value : undefined),
};

export const addresses: Kind<readonly string[]> = {
  expects: 'a comma-separated list of e-mail addresses',
  parse: (value) => {
    const list = items(value);
    return list.every((item) => address.parse(item) !== undefined) ? list : undefined;
  },
};

export const bucket: Kind<string> = {
  expects: 'the name of a bucket: 3 to 63 of a–z, 0–9, dot and dash',
  parse: (value) => (/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(value) ? value : undefined),
};

export const crashPointName: Kind<string> = {
  expects: 'the name of a crash point, or name:n',
  parse: (text) => (/^[a-z0-9.-]+(:[1-9][0-9]{0,6})?$/.test(text) ? text : undefined),
};

function items(text: string): string[] {
  return text === '' ? [] : text.split(',').map((item) => item.trim());
}

function hasControlCharacter(text: string): boolean {
  return [...text].some((character) => character < ' ' || character === '\x7f');
}
