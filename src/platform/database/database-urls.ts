/** The connection strings of one database, a login each. */
export interface DatabaseUrls {
  readonly app: string;
  readonly sequencer: string;
  readonly worker: string;
  readonly migration: string;
}
