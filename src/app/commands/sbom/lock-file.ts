/** What `package-lock.json` (version 3) says of one package, as far as anything here asks. */
export interface LockedPackage {
  /** Of an alias, what is installed under the name of its directory. */
  readonly name?: string;
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly inBundle?: boolean;
  readonly dev?: boolean;
  /** Of a tool that both a dependency and the checkout would like, and neither needs. */
  readonly devOptional?: boolean;
  /** For other machines than this, or for a comfort: it may be missing. */
  readonly optional?: boolean;
  readonly hasInstallScript?: boolean;
  readonly license?: unknown;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

export interface LockFile {
  readonly lockfileVersion: number;
  /** By the directory of each; the checkout itself is ''. */
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

/** `node_modules/a/node_modules/@b/c` is `@b/c`, unless it is an alias of another. */
export function nameOf(path: string, { name }: LockedPackage): string {
  return name ?? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

/** Those that a release is made of, whichever machine it is for, by their directories. */
export function shippedPackages({ packages }: LockFile): ReadonlyMap<string, LockedPackage> {
  return new Map(Object.entries(packages).filter(([path, { dev, devOptional }]) => path !== '' && dev !== true && devOptional !== true));
}
