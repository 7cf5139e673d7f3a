/** Every kind of event that this server records: the roof's knowledge, since most are declared to the right of here. */
export abstract class EventCatalogue {
  abstract codes(): ReadonlySet<string>;
}
