/** What may be spoken to in clear where the operator says so, because something else encrypts the way to it. */
export const OUTER_SERVICES = ['postgres', 'redis', 's3', 'smtp', 'syslog', 'alertmanager', 'anchor-webhook', 'otlp'] as const;
export type OuterService = (typeof OUTER_SERVICES)[number];
